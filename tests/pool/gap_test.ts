/**
 * What a tail says of messages it will never deliver.
 *
 * @module
 */

import { CorruptError, type Gap, type Pool, RetentionGapError } from "@plasmite/pool";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { collect, fill, overfilledPool, ScratchClient, seqs } from "./scratch.ts";

Deno.test("messages lost before the start are a gap, reported before the next message", async () => {
  using client = new ScratchClient();
  const pool = overfilledPool(client);
  const { oldest } = pool.info().bounds!;
  const gaps: Gap[] = [];
  const [first] = await collect(
    pool.tail({ sinceSeq: 3, maxMessages: 1, onGap: (gap) => gaps.push(gap) }),
  );
  assertEquals(first.seq, oldest);
  assertEquals(gaps, [{ fromSeq: 3, toSeq: oldest - 1, count: oldest - 3, reason: "retention" }]);
});

Deno.test("messages past the age limit are a gap of retention for who asks for them", async () => {
  using client = new ScratchClient();
  client.createPool("aged", { maxAgeMs: 60_000 });
  const now = Date.now;
  try {
    Date.now = () => now() - 120_000;
    using pool = client.openPool("aged");
    fill(pool, 5);
    Date.now = now;
    pool.append("young");
    const gaps: Gap[] = [];
    const options = { sinceSeq: 2, maxMessages: 1, onGap: (gap: Gap) => gaps.push(gap) };
    assertEquals(seqs(await collect(pool.tail(options))), [6]);
    assertEquals(gaps, [{ fromSeq: 2, toSeq: 5, count: 4, reason: "retention" }]);
    const insisting = pool.tail({ sinceSeq: 2, gapPolicy: "error" });
    await assertRejects(() => insisting.next(), RetentionGapError);
  } finally {
    Date.now = now;
  }
});

Deno.test("with gap policy error a gap ends the tail, with the first missing number", async () => {
  using client = new ScratchClient();
  const pool = overfilledPool(client);
  const tail = pool.tail({ sinceSeq: 3, gapPolicy: "error" });
  const error = await assertRejects(() => tail.next(), RetentionGapError);
  assertEquals(error.seq, 3);
  assertEquals(await tail.next(), { done: true, value: undefined });
  await assertRejects(
    () => collect(pool.tail({ sinceSeq: 0, gapPolicy: "error" })),
    RetentionGapError,
  );
});

Deno.test("a reader that is overtaken goes on with the oldest retained message and counts what it missed", async () => {
  using client = new ScratchClient();
  client.createPool("slow", { sizeBytes: 8192 });
  using pool = client.openPool("slow");
  pool.append({ i: 1 });
  const gaps: Gap[] = [];
  const tail = pool.tail({ onGap: (gap) => gaps.push(gap) });
  assertEquals((await tail.next()).value.seq, 1);
  for (let i = 2; i <= 300; i++) pool.append({ i, fill: "s".repeat(60) });
  const next = (await tail.next()).value;
  assertEquals(next.seq, pool.info().bounds!.oldest);
  assertEquals(gaps, [{
    fromSeq: 2,
    toSeq: next.seq - 1,
    count: next.seq - 2,
    reason: "retention",
  }]);
  await tail.return!();
});

Deno.test("a filter does not hide a gap", async () => {
  using client = new ScratchClient();
  client.createPool("hidden", { sizeBytes: 8192 });
  using pool = client.openPool("hidden");
  pool.append(1, ["x"]);
  const tail = pool.tail({ tags: ["x"], gapPolicy: "error" });
  assertEquals((await tail.next()).value.seq, 1);
  for (let i = 2; i <= 300; i++) pool.append({ i, fill: "h".repeat(60) });
  const error = await assertRejects(() => tail.next(), RetentionGapError);
  assertEquals(error.seq, 2);
});

Deno.test("a damaged message is a gap of its own kind, and everything around it is delivered", async () => {
  using client = new ScratchClient();
  using pool = client.pool("hurt");
  const marks = ["first", "second", "third", "fourth"];
  for (const mark of marks) pool.append({ mark });
  damage(pool, "third");
  const gaps: Gap[] = [];
  const got = await collect(pool.tail({ maxMessages: 3, onGap: (gap) => gaps.push(gap) }));
  assertEquals(seqs(got), [1, 2, 4]);
  assertEquals(gaps, [{ fromSeq: 3, toSeq: 3, count: 1, reason: "damage" }]);
  await assertRejects(() => collect(pool.tail({ gapPolicy: "error" })), CorruptError);
  const error = assertThrows(() => pool.get(3), CorruptError, "damaged");
  assertEquals(error.seq, 3);
});

/** Changes a byte of the payload that holds `mark`. */
function damage(pool: Pool, mark: string): void {
  const bytes = Deno.readFileSync(pool.path);
  const needle = new TextEncoder().encode(mark);
  const at = bytes.findIndex((_, i) => needle.every((byte, k) => bytes[i + k] === byte));
  assert(at > 0);
  using file = Deno.openSync(pool.path, { write: true });
  file.seekSync(at, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array([bytes[at] ^ 0x20]));
}

Deno.test("the first writer repairs a damaged end, and never gives a number out twice", async () => {
  using client = new ScratchClient();
  {
    using pool = client.pool("end");
    for (const mark of ["first", "second", "third"]) pool.append({ mark });
    damage(pool, "third");
  }
  using pool = client.openPool("end");
  assertEquals(pool.append({ mark: "fourth" }).seq, 4);
  const gaps: Gap[] = [];
  const got = await collect(pool.tail({ maxMessages: 3, onGap: (gap) => gaps.push(gap) }));
  assertEquals(got.map((message) => message.data), [{ mark: "first" }, { mark: "second" }, {
    mark: "fourth",
  }]);
  assertEquals(gaps, [{ fromSeq: 3, toSeq: 3, count: 1, reason: "damage" }]);
});

Deno.test("a tail that began before messages were overwritten is told, wherever it began", async () => {
  using client = new ScratchClient();
  client.createPool("begun", { sizeBytes: 8192 });
  using pool = client.openPool("begun");
  pool.append({ i: 1 });
  for (const options of [{}, { last: 0 }, { since: "1h" }]) {
    const from = pool.info().bounds!;
    const gaps: Gap[] = [];
    const tail = pool.tail({ ...options, maxMessages: 1, onGap: (gap) => gaps.push(gap) });
    for (let i = 1; i <= 300; i++) pool.append({ i, fill: "b".repeat(60) });
    const [first] = await collect(tail);
    const fromSeq = "last" in options ? from.newest + 1 : from.oldest;
    const count = first.seq - fromSeq;
    assertEquals(gaps, [{ fromSeq, toSeq: first.seq - 1, count, reason: "retention" }]);
  }
});

Deno.test("messages past the count limit are retention, also when they were delivered", async () => {
  using client = new ScratchClient();
  client.createPool("three", { maxMessages: 3 });
  using pool = client.openPool("three");
  const gaps: Gap[] = [];
  const tail = pool.tail({ onGap: (gap) => gaps.push(gap) });
  pool.append(1);
  assertEquals((await tail.next()).value.seq, 1);
  const waiting = tail.next();
  await pool.tail({ timeoutMs: 20 }).next();
  pool.appendMany(Array.from({ length: 6 }, (_, i) => ({ data: i })));
  assertEquals((await waiting).value.seq, 5);
  assertEquals(gaps, [{ fromSeq: 2, toSeq: 4, count: 3, reason: "retention" }]);
  await tail.return!();
});

Deno.test("sequence number 0 is a gap only for who insists on it", async () => {
  using client = new ScratchClient();
  using pool = client.pool("zero");
  fill(pool, 1);
  const gaps: Gap[] = [];
  await collect(pool.tail({ sinceSeq: 0, maxMessages: 1, onGap: (gap) => gaps.push(gap) }));
  assertEquals(gaps, []);
});
