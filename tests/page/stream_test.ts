/**
 * A pool's messages in the browser: live, filtered, held still, gone to, opened.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { JsonText } from "@plasmite/pool";
import { onPage } from "./browser.ts";

onPage("messages are shown as they come, the kept ones first", {}, async (stage) => {
  const pool = stage.createPool("work");
  pool.append({ task: "resize" }, ["img"]);
  await stage.open("/ui/pools/work");
  await stage.seesExactly([1]);
  await stage.sees(".row .data", '{"task":"resize"}');
  await stage.sees(".row .tag", "img");
  pool.append({ task: "encode" });
  await stage.seesExactly([1, 2]);
  await stage.sees(".connection", "Live");
});

onPage("what is in a message is text, whatever it looks like", {}, async (stage) => {
  const pool = stage.createPool("work");
  const html = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
  pool.append({ html }, [html]);
  await stage.open("/ui/pools/work");
  await stage.page.locator(".row").click();
  await stage.sees(".detail pre", "onerror");
  assertEquals(await stage.page.locator("main img, main script").count(), 0);
  assertEquals(await stage.page.title(), "work · Plasmite UI");
});

onPage("an opened message keeps every digit, and is copied as stored", {}, async (stage) => {
  const pool = stage.createPool("work");
  const json = '{"b":12345678901234567890,"a":1.10,"s":"a: {\\"x\\"}, [","e":{},"l":[1,[]]}';
  pool.appendMany([{ json: JsonText.parse(json), tags: ["t"] }]);
  await stage.open("/ui/pools/work");
  await stage.page.locator(".row").click();
  const shown = await stage.page.locator(".detail pre").textContent();
  assertEquals(
    shown,
    '{\n  "b": 12345678901234567890,\n  "a": 1.10,\n  "s": "a: {\\"x\\"}, [",\n  "e": {},\n' +
      '  "l": [\n    1,\n    []\n  ]\n}',
  );
  await stage.page.getByRole("button", { name: "Copy JSON" }).click();
  await stage.sees(".copy-data", "Copied");
  assertEquals(await stage.page.evaluate("navigator.clipboard.readText()"), json);
  await stage.page.getByRole("button", { name: "Copy envelope" }).click();
  await stage.sees(".copy-envelope", "Copied");
  assertEquals(await stage.page.evaluate("navigator.clipboard.readText()"), pool.get(1).envelope);
});

onPage("filters choose messages, and are kept in the address", {}, async (stage) => {
  const pool = stage.createPool("work");
  for (let n = 1; n <= 9; n++) pool.append({ n }, n % 3 === 0 ? ["third", "a,b"] : []);
  await stage.open("/ui/pools/work");
  await stage.seesExactly([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await stage.page.getByLabel("Filter by tag").fill("a,b");
  await stage.page.keyboard.press("Enter");
  await stage.seesExactly([3, 6, 9]);
  await stage.page.getByLabel("Filter (jq)").fill(".data.n > 3");
  await stage.page.keyboard.press("Enter");
  await stage.seesExactly([6, 9]);
  pool.append({ n: 10 });
  pool.append({ n: 11 }, ["a,b"]);
  await stage.seesExactly([6, 9, 11]);
  await stage.page.reload();
  await stage.seesExactly([6, 9, 11]);
  await stage.page.getByRole("button", { name: "Remove tag a,b" }).click();
  await stage.seesExactly([4, 5, 6, 7, 8, 9, 10, 11]);
});

onPage("a wrong jq filter is told of", { expectsRefusals: true }, async (stage) => {
  stage.createPool("work").append(1);
  await stage.open("/ui/pools/work");
  await stage.seesExactly([1]);
  const filter = stage.page.getByLabel("Filter (jq)");
  await filter.fill(".data |");
  await filter.press("Enter");
  await stage.page.locator('[aria-invalid="true"]').waitFor();
  await stage.sees(".strip", "jq");
  await filter.fill(".data == 1");
  await filter.press("Enter");
  await stage.seesExactly([1]);
  assertEquals(await stage.page.locator('[aria-invalid="true"]').count(), 0);
  // This one is found to be wrong only when it meets a message.
  await filter.fill(".data");
  await filter.press("Enter");
  await stage.page.locator('[aria-invalid="true"]').waitFor();
});

onPage("while the list is paused, what comes is counted; then it is shown", {}, async (stage) => {
  const pool = stage.createPool("work");
  pool.append(1);
  await stage.open("/ui/pools/work");
  await stage.seesExactly([1]);
  await stage.page.getByRole("button", { name: "Pause" }).click();
  for (let n = 2; n <= 5; n++) pool.append(n);
  await stage.sees(".newest-pill", "4 new");
  await stage.seesExactly([1]);
  await stage.page.getByRole("button", { name: "Resume" }).click();
  await stage.seesExactly([1, 2, 3, 4, 5]);
  pool.append(6);
  await stage.seesExactly([1, 2, 3, 4, 5, 6]);
});

onPage("a selected message stays in sight", {}, async (stage) => {
  const pool = stage.createPool("work");
  for (let n = 1; n <= 100; n++) pool.append(n);
  await stage.open("/ui/pools/work");
  await stage.sees(".row .seq", "100");
  await stage.page.keyboard.press("k");
  await stage.page.keyboard.press("k");
  await stage.sees('.row[aria-selected="true"]', "99");
  for (let n = 101; n <= 200; n++) pool.append(n);
  await stage.sees(".newest-pill", "100 new");
  await stage.sees('.row[aria-selected="true"]', "99");
  await stage.page.keyboard.press("End");
  await stage.sees(".row .seq", "200");
});

onPage("one can go to a number and to a time", {}, async (stage) => {
  const pool = stage.createPool("work", 8_388_608);
  pool.appendMany(Array.from({ length: 3000 }, (_, n) => ({ data: { n } })));
  const middle = new Date(Date.parse(pool.get(3000).time) + 1).toISOString();
  while (new Date().toISOString() <= middle) await new Promise((go) => setTimeout(go, 1));
  pool.appendMany(Array.from({ length: 3000 }, (_, n) => ({ data: { n } })));
  await stage.open("/ui/pools/work");
  await stage.sees(".row .seq", "6000");
  const jump = stage.page.getByLabel("Go to number or time");
  await jump.fill("17");
  await jump.press("Enter");
  await stage.sees('.row[aria-selected="true"] .seq', "17");
  await jump.fill(middle);
  await jump.press("Enter");
  await stage.sees('.row[aria-selected="true"] .seq', "3001");
  // Reading on with the keyboard and the wheel passes over no message.
  await stage.page.keyboard.press("ArrowDown");
  await stage.sees('.row[aria-selected="true"] .seq', "3002");
  await stage.page.keyboard.press("End");
  await stage.sees(".row .seq", "6000");
});

onPage("messages that are gone are told of where they were", {}, async (stage) => {
  const pool = stage.createPool("work", 65_536);
  for (let n = 1; n <= 5000; n++) pool.append({ n });
  const oldest = pool.info().bounds?.oldest ?? 0;
  assert(oldest > 1);
  await stage.open("/ui/pools/work");
  await stage.sees(".row .seq", "5000");
  await stage.page.keyboard.press("Home");
  await stage.sees(".row.gap", `1 to ${oldest - 1}, no longer kept`);
  await stage.sees(".row .seq", String(oldest));
});
