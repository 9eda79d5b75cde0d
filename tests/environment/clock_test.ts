/**
 * A clock that is set back, forward, or to before 1970: times of messages still rise, and
 * nothing waits for the clock to come round.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Message, Pool } from "@plasmite/pool";
import { diagnosePool } from "../../pool/maintenance.ts";
import { collect, ScratchClient, seqs } from "../pool/scratch.ts";
import { replaced } from "./replaced.ts";

const HOUR_MS = 3_600_000;
const { now } = Date;

/** Appends as if the clock were off by `offsetMs`. */
function appendAt(pool: Pool, offsetMs: number, data: unknown): Message {
  using _ = replaced(Date, "now", () => now() + offsetMs);
  return pool.append(data);
}

Deno.test("times rise with the numbers, however the clock is set", async () => {
  using client = new ScratchClient();
  using pool = client.pool("work");
  using other = client.openPool("work");
  const live = collect(pool.tail({ maxMessages: 7, gapPolicy: "error" }));
  const offsets = [0, -HOUR_MS, HOUR_MS, 0, -1e13, -24 * HOUR_MS, 0];
  const sent = offsets.map((offsetMs, i) => appendAt(i % 2 === 0 ? pool : other, offsetMs, i));
  assertEquals(seqs(sent), [1, 2, 3, 4, 5, 6, 7]);
  const times = sent.map(({ time }) => time);
  assertEquals(times, [...new Set(times)].sort());
  assertEquals((await live).map(({ time }) => time), times);
  assertEquals(diagnosePool(pool.path).issues, []);
});

Deno.test("a clock before 1970 gives the first nanosecond of it", () => {
  using client = new ScratchClient();
  using _ = replaced(Date, "now", () => -5000);
  using pool = client.pool("work", { maxAgeMs: 1000 });
  assertEquals(pool.append(1).time, "1970-01-01T00:00:00.000000001Z");
  assertEquals(pool.get(1).data, 1);
});

Deno.test("an age limit lets messages live longer when the clock is set back, and shorter forward", async () => {
  using client = new ScratchClient();
  using pool = client.pool("work", { maxAgeMs: HOUR_MS });
  pool.append("now");
  {
    using _ = replaced(Date, "now", () => now() - 2 * HOUR_MS);
    assertEquals(pool.get(1).data, "now");
    assertEquals(pool.append("before").seq, 2);
  }
  {
    using _ = replaced(Date, "now", () => now() + 2 * HOUR_MS);
    assertEquals(pool.info().bounds, undefined);
    assertEquals(pool.append("later").seq, 3);
    assertEquals(seqs(await collect(pool.tail({ timeoutMs: 0 }))), []);
    assertEquals(pool.info().bounds, { oldest: 3, newest: 3 });
  }
  // Set right again, all of them are there: an age limit hides, and removes nothing.
  assertEquals(seqs(await collect(pool.tail({ maxMessages: 3 }))), [1, 2, 3]);
});

Deno.test("waiting goes by a clock that nobody sets", async () => {
  using client = new ScratchClient();
  using pool = client.pool("work");
  using _ = replaced(Date, "now", () => now() - 24 * HOUR_MS);
  const tail = pool.tail({ timeoutMs: 30_000, maxMessages: 1 });
  const next = tail.next();
  const ended = collect(pool.tail({ timeoutMs: 20 }));
  using _later = replaced(Date, "now", () => now() - 48 * HOUR_MS);
  assertEquals(await ended, []);
  pool.append("here");
  assertEquals((await next).value.data, "here");
});

Deno.test("a selection by age finds what was appended since, after the clock was set back", async () => {
  using client = new ScratchClient();
  using pool = client.pool("work");
  appendAt(pool, HOUR_MS, "from the future");
  const { time } = pool.append("present");
  // It can't be told from the message before but by a nanosecond.
  assert(time > new Date(now() + HOUR_MS / 2).toISOString());
  const since = await collect(pool.tail({ since: "5m", maxMessages: 2 }));
  assertEquals(since.map(({ data }) => data), ["from the future", "present"]);
});
