/**
 * That everyone gets at the page: by keyboard, on a phone, in the dark, with a screen reader.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { onPage } from "./browser.ts";

const FOCUSED = `document.activeElement.textContent.trim()`;

onPage("all of it can be done with the keyboard", {}, async (stage) => {
  const { page } = stage;
  const pool = stage.createPool("work");
  stage.createPool("zoo");
  for (let n = 1; n <= 3; n++) pool.append({ n });
  await stage.open("/ui");
  await page.getByRole("link", { name: "zoo" }).waitFor();
  await page.keyboard.press("?");
  await stage.sees("dialog dl", "New pool");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  assertEquals(await page.evaluate(FOCUSED), "zoo");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await stage.seesExactly([1, 2, 3]);
  await page.keyboard.press("k");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await stage.sees(".detail h2", "Message 2");
  await page.keyboard.press("j");
  await stage.sees(".detail h2", "Message 3");
  await page.keyboard.press("c");
  await stage.sees(".copy-data", "Copied");
  await page.keyboard.press("Escape");
  await page.locator(".detail").waitFor({ state: "hidden" });
  await page.keyboard.press("End");
  await page.keyboard.press("f");
  await page.keyboard.type('{"n":4}');
  await page.keyboard.press("Control+Enter");
  await stage.seesExactly([1, 2, 3, 4]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type(".data.n > 3");
  await page.keyboard.press("Enter");
  await stage.seesExactly([4]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("u");
  await stage.sees("h1", "Pools");
});

onPage("what has the focus is marked, on every stop of the Tab key", {}, async (stage) => {
  stage.createPool("work").append(1);
  await stage.open("/ui/pools/work");
  await stage.seesExactly([1]);
  const outline = `(() => {
    const at = document.activeElement;
    const marked = at.closest(".tag-input") ?? at;
    const { outlineStyle, outlineWidth } = getComputedStyle(marked);
    return [at === document.body, outlineStyle === "none" || outlineWidth === "0px",
      at.getAttribute("aria-label") ?? at.textContent].join();
  })()`;
  const stops: unknown[] = [];
  for (let stop = 0; stop < 40; stop++) {
    await stage.page.keyboard.press("Tab");
    const seen = String(await stage.page.evaluate(outline));
    if (seen.startsWith("true") || stops.includes(seen)) break;
    stops.push(seen);
  }
  assert(stops.length >= 10, JSON.stringify(stops));
  assertEquals(stops.filter((stop) => String(stop).startsWith("false,true")), []);
});

onPage("every control has a name", {}, async (stage) => {
  stage.createPool("work").append(1, ["t"]);
  const nameless = `[...document.querySelectorAll("a, button, input, textarea, [tabindex]")]
    .filter((control) => !(control.getAttribute("aria-label") ?? "").trim() &&
      !control.textContent.trim() && !control.closest("label")).map((one) => one.outerHTML)`;
  await stage.open("/ui");
  await stage.page.getByRole("link", { name: "work" }).waitFor();
  assertEquals(await stage.page.evaluate(nameless), []);
  await stage.page.keyboard.press("n");
  assertEquals(await stage.page.evaluate(nameless), []);
  await stage.open("/ui/pools/work");
  await stage.page.locator(".row").click();
  await stage.page.keyboard.press("f");
  assertEquals(await stage.page.evaluate(nameless), []);
});

onPage(
  "nothing is cut off on a phone",
  { screen: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } },
  async (stage) => {
    const pool = stage.createPool("a-pool-whose-name-is-rather-long-for-a-phone.eu-west-1");
    for (let n = 1; n <= 50; n++) pool.append({ text: "x".repeat(500) }, ["tag-one", "tag-two"]);
    const width = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)";
    await stage.open("/ui");
    await stage.page.getByRole("link", { name: pool.name }).waitFor();
    assertEquals(await stage.page.evaluate(width), 360);
    await stage.page.getByRole("link", { name: pool.name }).tap();
    await stage.sees(".row .seq", "50");
    assertEquals(await stage.page.evaluate(width), 360);
    await stage.page.locator(".row:visible").first().tap();
    await stage.sees(".detail pre", "xxx");
    assertEquals(await stage.page.evaluate(width), 360);
    await stage.page.getByRole("button", { name: "Close" }).tap();
    await stage.page.locator(".detail").waitFor({ state: "hidden" });
    await stage.page.getByRole("button", { name: "Resume" }).tap();
    pool.append("last");
    await stage.sees(".row .data", '"last"');
  },
);

onPage(
  "it is dark where the system is, and as the reader chooses",
  { screen: { colorScheme: "dark" } },
  async (stage) => {
    const isDark = `getComputedStyle(document.documentElement).colorScheme`;
    await stage.open("/ui");
    await stage.sees("h1", "Pools");
    assertEquals(await stage.page.evaluate(isDark), "dark");
    await stage.page.getByRole("button", { name: "Switch between light and dark" }).click();
    assertEquals(await stage.page.evaluate(isDark), "light");
    await stage.page.reload();
    await stage.sees("h1", "Pools");
    assertEquals(await stage.page.evaluate(isDark), "light");
    await stage.page.keyboard.press("t");
    assertEquals(await stage.page.evaluate(isDark), "dark");
  },
);

onPage("the chart of the rate is drawn", {}, async (stage) => {
  const pool = stage.createPool("work");
  await stage.open("/ui/pools/work");
  const writing = setInterval(() => pool.append(1), 5);
  try {
    // Any pixel of the colour of the line.
    const drawn = `(() => {
      const canvas = document.querySelector(".chart canvas");
      if (canvas === null) return false;
      const { width, height } = canvas;
      const copy = new OffscreenCanvas(width, height).getContext("2d");
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, width, height);
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] === 79 && data[at + 1] === 70 && data[at + 2] === 229) return true;
      }
      return false;
    })()`;
    assertEquals(await stage.lookUntil(drawn, (value) => value === true), true);
  } finally {
    clearInterval(writing);
  }
});
