import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BusyError,
  type Gap,
  NotFoundError,
  PermissionError,
  RetentionGapError,
  type TailOptions,
  UsageError,
} from "@plasmite/pool";
import type { RemotePool } from "@plasmite/pool/remote";
import { fill, seqs } from "../pool/scratch.ts";
import { within } from "../cli/pls.ts";
import { eventually } from "../server/eventually.ts";
import { Served } from "./served.ts";

const collect = (pool: RemotePool, options: TailOptions) => Array.fromAsync(pool.tail(options));

/** A server of a pool `work` with `count` messages `{ i }`, every third with tag `third`. */
async function servedPool(count: number, options: Parameters<typeof Served.start>[0] = {}) {
  const served = await Served.start(options);
  const local = served.local.pool("work");
  if (count > 0) fill(local, count);
  const pool = await served.connect().openPool("work");
  return { served, local, pool, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() };
}

Deno.test("a tail delivers what a tail of the file does, from every kind of start", async () => {
  await using world = await servedPool(30);
  const { local, pool } = world;
  const middle = local.get(15).time;
  const starts: TailOptions[] = [
    {},
    { sinceSeq: 0 },
    { sinceSeq: 12 },
    { last: 5 },
    { last: 100 },
    { since: middle },
    { since: "1h" },
    { since: new Date(0) },
    { last: 3, tags: ["third"] },
    { sinceSeq: 4, tags: ["third"], where: ".data.i > 10" },
    { where: [".data.i % 2 == 0", ".seq < 20"] },
    { last: 2, where: ".data.i < 10" },
    { since: middle, tags: ["third"] },
  ];
  for (const start of starts) {
    const options = { ...start, untilSeq: 30 };
    const [remote, own] = [
      await collect(pool, options),
      await Array.fromAsync(local.tail(options)),
    ];
    assertEquals(remote.map(({ envelope }) => envelope), own.map(({ envelope }) => envelope));
    assert(own.length > 0, JSON.stringify(start));
  }
});

Deno.test("a tail ends after maxMessages, at untilSeq, at its time and when it is aborted", async () => {
  await using world = await servedPool(10);
  const { pool } = world;
  assertEquals(seqs(await collect(pool, { maxMessages: 3 })), [1, 2, 3]);
  assertEquals(seqs(await collect(pool, { maxMessages: 0 })), []);
  assertEquals(seqs(await collect(pool, { untilSeq: 4 })), [1, 2, 3, 4]);
  assertEquals(seqs(await collect(pool, { untilSeq: 0 })), []);
  assertEquals(await collect(pool, { timeoutMs: 0 }), []);
  // How many come in this time is the machine's affair; that it ends is not.
  assert((await collect(pool, { timeoutMs: 100 })).length <= 10);
  assertEquals(await collect(pool, { tags: ["none"], untilSeq: 10 }), []);
  assertEquals(seqs(await collect(pool, { tags: ["third"], untilSeq: 10 })), [3, 6, 9]);
  const abort = new AbortController();
  const waiting = pool.tail({ last: 0, signal: abort.signal }).next();
  abort.abort();
  assertEquals(await waiting, { done: true, value: undefined });
  const returned = pool.tail({ last: 0 });
  const next = returned.next();
  await returned.return?.();
  assertEquals((await next).done, true);
});

Deno.test("what is appended after a tail was asked for is seen, from here or elsewhere", async () => {
  await using world = await servedPool(3);
  const { local, pool } = world;
  const tail = pool.tail({ last: 0, maxMessages: 2 });
  await pool.append({ from: "here" });
  local.append({ from: "there" });
  assertEquals(seqs(await Array.fromAsync(tail)), [4, 5]);
  const filtered = pool.tail({ last: 1, tags: ["x"], maxMessages: 1 });
  await pool.append({ from: "here" }, ["x"]);
  assertEquals(seqs(await Array.fromAsync(filtered)), [6]);
  const ahead = pool.tail({ sinceSeq: 8, maxMessages: 1 });
  await pool.appendMany([{ data: 7 }, { data: 8 }]);
  assertEquals(seqs(await Array.fromAsync(ahead)), [8]);
});

Deno.test("tags are compared exactly, also those that a query would trim", async () => {
  await using world = await servedPool(0);
  const { pool } = world;
  for (const tags of [[""], [" a "], ["a"], ["a,b"], ["\ta"], ['q"\\(x)']]) {
    await pool.append({ tags }, tags);
  }
  for (const [seq, tag] of ["", " a ", "a", "a,b", "\ta", 'q"\\(x)'].entries()) {
    assertEquals(seqs(await collect(pool, { tags: [tag], untilSeq: 6 })), [seq + 1]);
  }
});

/** Told of the requests of a server, it knows when the streams of tails end. */
class StreamEnds {
  #next = Promise.withResolvers<void>();

  /** For a server's configuration. */
  readonly logRequest = ({ path }: { path: string }) => {
    if (!path.endsWith("/tail")) return;
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  };

  /** Resolved when a stream that is open now, or a later one, has ended. */
  get next(): Promise<void> {
    return within("a stream to end", this.#next.promise);
  }
}

Deno.test("streams that the server ends at its limit are continued unseen", async () => {
  const ends = new StreamEnds();
  const { logRequest } = ends;
  await using world = await servedPool(0, { limits: { maxTailTimeoutMs: 120 }, logRequest });
  const { served } = world;
  const local = served.local.openPool("work");
  const reconnects: unknown[] = [];
  const client = served.connect({ onReconnect: (reconnect) => reconnects.push(reconnect) });
  const pool = await client.openPool("work");
  const gaps: Gap[] = [];
  const received: number[] = [];
  const tail = pool.tail({ last: 0, maxMessages: 20, onGap: (gap) => gaps.push(gap) });
  const reading = (async () => {
    for await (const { seq } of tail) received.push(seq);
  })();
  // It goes to the server after the tail did.
  await pool.append(0);
  for (let seq = 2; seq <= 20; seq++) {
    local.append(seq);
    // Some come when the stream before has just ended, some together.
    if (seq % 4 === 0) await ends.next;
  }
  await reading;
  assertEquals(received, Array.from({ length: 20 }, (_, i) => i + 1));
  assertEquals([gaps, reconnects], [[], []]);
});

Deno.test("a batch gives its messages and its lines, whole or data alone", async () => {
  await using world = await servedPool(20);
  const { local, pool } = world;
  local.append([1.50, "é", { "}": ["]"] }], ['a"]},"data":', "\\"]);
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  let [lines, data, count] = ["", "", 0];
  const messages = [];
  for await (const batch of pool.tailBatches({ untilSeq: 21 })) {
    messages.push(...batch.messages());
    count += batch.length;
    lines += decode(batch.jsonLines());
    data += decode(batch.jsonLines({ dataOnly: true }));
  }
  const own = await Array.fromAsync(local.tail({ untilSeq: 21 }));
  assertEquals(count, 21);
  assertEquals(messages.map(({ envelope }) => envelope), own.map(({ envelope }) => envelope));
  assertEquals(messages.at(-1)?.tags, ['a"]},"data":', "\\"]);
  assertEquals(lines, own.map(({ envelope }) => envelope + "\n").join(""));
  assertEquals(data, own.map(({ json }) => json + "\n").join(""));
});

/** Overfills the pool `over` of 8 KiB until message `seq` is its newest. */
function overfill(served: Served, seq: number): void {
  const pool = served.local.pool("over", { sizeBytes: 8192 });
  for (let i = pool.info().nextSeq; i <= seq; i++) pool.append({ i, fill: "o".repeat(60) });
}

Deno.test("a gap is told once, before the message that follows it", async () => {
  await using served = await Served.start();
  overfill(served, 200);
  const pool = await served.connect().openPool("over");
  const { oldest } = served.local.poolInfo("over").bounds!;
  const told: (Gap | number)[] = [];
  const options = { sinceSeq: 3, untilSeq: 200, onGap: (gap: Gap) => told.push(gap) };
  for await (const { seq } of pool.tail(options)) told.push(seq);
  const gap: Gap = { fromSeq: 3, toSeq: oldest - 1, count: oldest - 3, reason: "retention" };
  const rest = Array.from({ length: 200 - oldest + 1 }, (_, i) => oldest + i);
  assertEquals(told, [gap, ...rest]);
  // Without a start of its own a tail misses nothing it asked for.
  const gaps: Gap[] = [];
  await collect(pool, { untilSeq: 200, onGap: (gap) => gaps.push(gap) });
  assertEquals(gaps, []);
  // Of a part that is gone altogether there is only the gap.
  assertEquals(await collect(pool, { sinceSeq: 1, untilSeq: 5, onGap: (g) => gaps.push(g) }), []);
  assertEquals(gaps, [{ fromSeq: 1, toSeq: 5, count: 5, reason: "retention" }]);
});

Deno.test("a gap ends a tail that insists on every message", async () => {
  await using served = await Served.start();
  overfill(served, 200);
  const pool = await served.connect().openPool("over");
  const error = await assertRejects(
    () => collect(pool, { sinceSeq: 3, gapPolicy: "error" }),
    RetentionGapError,
  );
  assertEquals([error.seq, error.path], [3, "over"]);
  const zero = await assertRejects(
    () => collect(pool, { sinceSeq: 0, gapPolicy: "error" }),
    RetentionGapError,
  );
  assertEquals(zero.seq, 0);
});

Deno.test("a reader that is overtaken while it reads is told what it missed, and nothing twice", async () => {
  await using served = await Served.start();
  overfill(served, 20);
  const pool = await served.connect().openPool("over");
  const tail = pool.tailBatches({ sinceSeq: 1, untilSeq: 3000, onGap: (gap) => gaps.push(gap) });
  const gaps: Gap[] = [];
  let expected = 1;
  let read = 0;
  for await (const batch of tail) {
    for (const { seq } of batch.messages()) {
      expected += gaps.splice(0).reduce((missing, gap) => {
        assertEquals(gap.fromSeq, expected + missing);
        return missing + gap.count;
      }, 0);
      assertEquals(seq, expected++);
      read++;
    }
    const { nextSeq } = served.local.poolInfo("over");
    if (nextSeq <= 3000) overfill(served, Math.min(3000, nextSeq + 400));
  }
  assertEquals(expected + gaps.reduce((sum, gap) => sum + gap.count, 0), 3001);
  assert(read < 3000, "it was never overtaken");
});

Deno.test("filters are asked on the server, and hide no gap and make none", async () => {
  const ends = new StreamEnds();
  const { logRequest } = ends;
  await using served = await Served.start({ limits: { maxTailTimeoutMs: 100 }, logRequest });
  served.local.createPool("over", { sizeBytes: 32_768 });
  overfill(served, 10);
  const pool = await served.connect().openPool("over");
  const gaps: Gap[] = [];
  const tail = pool.tail({ last: 0, tags: ["wanted"], onGap: (gap) => gaps.push(gap) });
  const next = tail.next();
  // Far more than the pool holds goes by, over the lives of many streams, each of which passes a
  // part of it that still is there.
  for (let seq = 50; seq <= 800; seq += 50) {
    overfill(served, seq);
    await ends.next;
  }
  assert((await pool.info()).bounds!.oldest > 500);
  served.local.openPool("over").append("this", ["wanted"]);
  assertEquals((await next).value?.seq, 801);
  assertEquals(gaps, []);
  await tail.return?.();
});

Deno.test("ten thousand messages go in together and come out in order, once", async () => {
  await using served = await Served.start();
  const client = served.connect();
  const pool = await client.pool("many", { sizeBytes: 4 * 2 ** 20 });
  const inputs = Array.from({ length: 10_000 }, (_, i) => ({ data: { i: i + 1 } }));
  const live = Array.fromAsync(pool.tail({ last: 0, maxMessages: 10_000 }));
  const sent = await pool.appendMany(inputs);
  assertEquals(seqs(sent), inputs.map(({ data }) => data.i));
  for (const received of [await live, await collect(pool, { untilSeq: 10_000 })]) {
    assertEquals(
      received.map(({ seq, data }) => ({ seq, data })),
      sent.map(({ seq, data }) => ({ seq, data })),
    );
  }
});

Deno.test("the first contact has to succeed, and what is wrong is told as it is", async () => {
  await using served = await Served.start({ token: "t" });
  served.local.createPool("work");
  const client = served.connect({ token: "t" });
  const pool = await client.openPool("work");
  await assertRejects(() => collect(pool, { where: ".data ==" }), UsageError);
  await assertRejects(() => collect(pool, { since: "yesterday" }), UsageError);
  let thrown: unknown;
  try {
    pool.tail({ last: 1, sinceSeq: 1 });
  } catch (error) {
    thrown = error;
  }
  assert(thrown instanceof UsageError);
  served.local.openPool("work").append(1);
  await assertRejects(() => collect(pool, { where: ".data" }), UsageError, "not true or false");
  served.local.deletePool("work");
  await assertRejects(() => collect(pool, {}), NotFoundError);
  await served.stop();
  await assertRejects(() => collect(pool, {}), Error, "can't connect");
});

Deno.test("a pool that is deleted while it is followed ends the tail with NotFound", async () => {
  await using world = await servedPool(2);
  const { served, pool } = world;
  const tail = pool.tail();
  await tail.next();
  await tail.next();
  served.local.deletePool("work");
  await assertRejects(() => tail.next(), NotFoundError);
  assertEquals((await tail.next()).done, true);
});

Deno.test("a tail leaves its place at the server as soon as it ends", async () => {
  await using world = await servedPool(1, { limits: { maxTailConcurrency: 1 } });
  const { pool } = world;
  for (let i = 0; i < 5; i++) {
    // The server learns a moment later that the one before has ended.
    await eventually("there is a place", async () => {
      const tail = pool.tailBatches();
      try {
        return !(await tail.next()).done;
      } catch (error) {
        assert(error instanceof BusyError);
        return false;
      } finally {
        await tail.return?.();
      }
    });
  }
});

Deno.test("a server that gives nothing out refuses tails", async () => {
  await using served = await Served.start({ access: "write-only" });
  served.local.createPool("work");
  const pool = await served.connect().openPool("work");
  await assertRejects(() => collect(pool, { last: 0 }), PermissionError);
});
