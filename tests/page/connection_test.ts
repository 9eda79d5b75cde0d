/**
 * Connections that end, and streams that are too fast to read.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { onPage } from "./browser.ts";

const through = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

onPage(
  "after the server was gone nothing is missing and nothing is there twice",
  { expectsRefusals: true },
  async (stage) => {
    const pool = stage.createPool("work");
    for (let n = 1; n <= 6; n++) pool.append(n);
    await stage.open("/ui/pools/work");
    await stage.seesExactly(through(6));
    await stage.stopServer();
    await stage.sees(".connection", "Reconnecting");
    for (let n = 7; n <= 12; n++) pool.append(n);
    await stage.startServer();
    await stage.seesExactly(through(12));
    await stage.sees(".connection", "Live");
    for (let n = 13; n <= 18; n++) pool.append(n);
    await stage.seesExactly(through(18));
  },
);

onPage(
  "a stream goes on past the longest life of a connection",
  { maxTailTimeoutMs: 300 },
  async (stage) => {
    const pool = stage.createPool("work");
    await stage.open("/ui/pools/work");
    const streams = () => stage.requests.filter((url) => url.includes("/events?")).length;
    for (let n = 1; n <= 5; n++) {
      const before = streams();
      while (streams() === before) await stage.page.waitForRequest(/\/events\?/);
      pool.append(n);
      await stage.seesExactly(through(n));
    }
  },
);

onPage("a pool that is made anew is shown from its beginning", {
  expectsRefusals: true,
}, async (stage) => {
  const pool = stage.createPool("work");
  for (let n = 1; n <= 5; n++) pool.append(n);
  await stage.open("/ui/pools/work");
  await stage.seesExactly(through(5));
  // So that the page has seen which pool it is.
  await stage.sees(".pool-facts dd", "5");
  stage.client.deletePool("work");
  stage.createPool("work").append("new");
  await stage.sees(".row.notice", "made anew");
  await stage.sees(".row .data", '"new"');
});

onPage("a pool that is not there yet is shown once it is", {
  expectsRefusals: true,
}, async (stage) => {
  await stage.open("/ui/pools/later");
  await stage.sees(".strip", "no such pool");
  stage.createPool("later").append(1);
  await stage.seesExactly([1]);
});

onPage("reading on from the first message passes over none, however many there are", {
  screen: { viewport: { width: 1280, height: 3000 } },
}, async (stage) => {
  const pool = stage.createPool("work", 8 * 1_048_576);
  const count = 25_000;
  pool.appendMany(Array.from({ length: count }, (_, n) => ({ data: n })));
  await stage.open("/ui/pools/work");
  await stage.sees(".row .seq", String(count));
  await stage.page.keyboard.press("Home");
  await stage.sees('.row[aria-selected="true"] .seq', "1");
  // More wait than the page keeps: the connection was let go meanwhile.
  await stage.sees(".newest-pill", "+ new");
  await stage.sees(".connection", "Paused");
  await stage.page.evaluate(`(() => {
    const list = document.querySelector(".messages");
    window.seen = new Set();
    const step = () => {
      for (const seq of document.querySelectorAll(".row:not([hidden]) .seq")) {
        window.seen.add(seq.textContent);
      }
      list.scrollTop += list.clientHeight * 0.9;
      requestAnimationFrame(() => requestAnimationFrame(step));
    };
    step();
  })()`);
  assertEquals(await stage.lookUntil("window.seen.size", (size) => size === count), count);
  await stage.sees(".connection", "Live");
  pool.append("last");
  await stage.sees(".row .data", '"last"');
});

onPage("thousands of messages a second leave the page quick and small", {}, async (stage) => {
  const pool = stage.createPool("work", 64 * 1_048_576);
  await stage.open("/ui/pools/work");
  await stage.sees(".connection", "Live");
  let last = 0;
  const flood = setInterval(() => {
    const data = { text: "as long as messages often are, which is some dozens of bytes", n: last };
    pool.appendMany(Array.from({ length: 100 }, () => ({ data, tags: ["fast"] })));
    last += 100;
  }, 20);
  try {
    const newestIsPast = async (seq: number) => {
      const newest = `Math.max(...[...document.querySelectorAll(".row:not([hidden]) .seq")]` +
        `.map((seq) => Number(seq.textContent)))`;
      assert(Number(await stage.lookUntil(newest, (shown) => Number(shown) > seq)) > seq);
    };
    await newestIsPast(15_000);
    // With the stream at full speed the page still hears clicks and keys.
    await stage.page.getByRole("button", { name: "Pause" }).click();
    await stage.page.locator(".newest-pill").waitFor();
    const waiting = `document.querySelector(".newest-pill").textContent`;
    const count = (text: unknown) => parseInt(String(text).replace(",", ""));
    assert(count(await stage.lookUntil(waiting, (text) => count(text) > 3000)) > 3000);
    await stage.page.keyboard.press("p");
    await newestIsPast(last);
    await stage.page.locator(".row:visible").first().click();
    await stage.sees(".detail pre", "some dozens of bytes");
    const rows = Number(await stage.page.locator(".row").count());
    assert(rows < 100, `${rows} rows in the page`);
    await stage.page.keyboard.press("End");
  } finally {
    clearInterval(flood);
  }
  await stage.sees(".row .seq", String(last));
  assert(await stage.page.locator(".row.gap").count() === 0);
});
