import { assertEquals } from "@std/assert";
import { IdleTimer } from "../../cli/idle_timer.ts";
import { within } from "./pls.ts";

Deno.test("an idle timer calls back when nothing happens", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _timer = new IdleTimer(1, resolve);
  await within("the timer", promise);
});

Deno.test("an idle timer that is restarted waits its whole time again", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const startedMs = performance.now();
  using timer = new IdleTimer(30, resolve);
  while (performance.now() < startedMs + 20) await Promise.resolve();
  timer.restart();
  await within("the timer", promise);
  assertEquals(performance.now() - startedMs >= 50, true);
});

Deno.test("an idle timer longer than a timer of the runtime does not fire at once", async () => {
  let fired = false;
  using _timer = new IdleTimer(2 ** 40, () => fired = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(fired, false);
});
