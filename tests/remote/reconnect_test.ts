import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Gap, type MessageBatch, NotFoundError, PermissionError } from "@plasmite/pool";
import { connect, type Reconnect } from "@plasmite/pool/remote";
import { backoffMs } from "../../pool/internal_mod.ts";
import { fill, seqs } from "../pool/scratch.ts";
import { eventually } from "../server/eventually.ts";
import { CuttingProxy } from "./proxy.ts";
import { Served } from "./served.ts";

Deno.test("waits double from a quarter of a second to ten seconds, half of them chance", () => {
  assertEquals([1, 2, 3, 6, 7, 60].map((attempt) => backoffMs(attempt, 1)), [
    250,
    500,
    1000,
    8000,
    10_000,
    10_000,
  ]);
  assertEquals([1, 2, 60].map((attempt) => backoffMs(attempt, 0)), [125, 250, 5000]);
});

/** Waits until a server is missed for the first time. */
function missing(): {
  reconnects: Reconnect[];
  first: Promise<Reconnect>;
  onReconnect: (r: Reconnect) => void;
} {
  const reconnects: Reconnect[] = [];
  const { promise: first, resolve } = Promise.withResolvers<Reconnect>();
  const onReconnect = (reconnect: Reconnect) => {
    reconnects.push(reconnect);
    resolve(reconnect);
  };
  return { reconnects, first, onReconnect };
}

Deno.test("a tail outlives a restart of the server, and misses nothing of what came meanwhile", async () => {
  await using served = await Served.start();
  const local = served.local.pool("work");
  const { reconnects, first, onReconnect } = missing();
  const pool = await served.connect({ onReconnect }).openPool("work");
  const gaps: Gap[] = [];
  const tail = pool.tail({ last: 0, maxMessages: 4, onGap: (gap) => gaps.push(gap) });
  const all = Array.fromAsync(tail);
  await pool.append(1);
  await served.stop();
  const { pool: name, attempt, delayMs, error } = await first;
  assertEquals([name, attempt, error.kind], ["work", 1, "Io"]);
  assert(delayMs >= 125 && delayMs <= 250);
  local.append(2);
  local.append(3);
  await served.startAgain();
  await served.connect().openPool("work").then((again) => again.append(4));
  assertEquals((await all).map(({ seq, data }) => [seq, data]), [[1, 1], [2, 2], [3, 3], [4, 4]]);
  assertEquals(gaps, []);
  assertEquals(reconnects.map(({ attempt }) => attempt), reconnects.map((_, i) => i + 1));
});

Deno.test("a live tail that lost the server before its first message misses nothing either", async () => {
  await using served = await Served.start();
  const local = served.local.pool("work");
  fill(local, 5);
  const { first, onReconnect } = missing();
  const pool = await served.connect({ onReconnect }).openPool("work");
  const tails = [
    { last: 0, maxMessages: 2 },
    { last: 1, tags: ["third"], maxMessages: 2 },
    { since: local.get(5).time, maxMessages: 3 },
  ].map((options) => Array.fromAsync(pool.tail(options)));
  // Once this is answered, all of them have started.
  await pool.append(6, ["x"]);
  await served.stop();
  await first;
  local.append(7, ["third"]);
  await served.startAgain();
  assertEquals((await Promise.all(tails)).map(seqs), [[6, 7], [3, 7], [5, 6, 7]]);
});

Deno.test("a connection that breaks anywhere, over and over, loses and repeats nothing", async () => {
  await using served = await Served.start();
  const local = served.local.pool("work", { sizeBytes: 2 ** 20 });
  fill(local, 2000);
  await using proxy = new CuttingProxy(served.port);
  const reconnects: Reconnect[] = [];
  await using client = connect(proxy.url, { onReconnect: (one) => reconnects.push(one) });
  const pool = await client.openPool("work");
  // Prime, so that the cuts fall everywhere: into headers' ends, lines, and between chunks.
  let bytes = 40_009;
  proxy.breakAll();
  proxy.cut = { afterBytes: bytes };
  const received: number[] = [];
  let [text, gaps] = ["", 0];
  for await (
    const batch of pool.tailBatches({ untilSeq: 2000, onGap: () => gaps++ })
  ) {
    received.push(...seqs(batch.messages()));
    text += new TextDecoder().decode(batch.jsonLines());
    bytes += 1009;
    proxy.cut = { afterBytes: bytes };
  }
  assertEquals(received, Array.from({ length: 2000 }, (_, i) => i + 1));
  const own = await Array.fromAsync(local.tail({ untilSeq: 2000 }));
  assertEquals(text, own.map(({ envelope }) => envelope + "\n").join(""));
  assertEquals(gaps, 0);
  assert(proxy.cuts >= 2 && reconnects.length >= 2, `${proxy.cuts} cuts`);
  assert(reconnects.every(({ error }) => error.kind === "Io"));
  // Something came between two breaks, so each was the first of its kind.
  assert(reconnects.every(({ attempt }) => attempt === 1));
});

Deno.test("a filtered tail and one with a limit go on where they were", async () => {
  await using served = await Served.start();
  fill(served.local.pool("work", { sizeBytes: 2 ** 20 }), 2000);
  await using proxy = new CuttingProxy(served.port);
  await using client = connect(proxy.url);
  const pool = await client.openPool("work");
  for (
    const [options, wanted] of [
      [{ tags: ["third"], untilSeq: 2000 }, Array.from({ length: 666 }, (_, i) => 3 * (i + 1))],
      [{ maxMessages: 1234 }, Array.from({ length: 1234 }, (_, i) => i + 1)],
    ] as const
  ) {
    proxy.breakAll();
    proxy.cut = { afterBytes: 70_001 };
    const cuts = proxy.cuts;
    assertEquals(seqs(await Array.fromAsync(pool.tail(options))), wanted);
    assert(proxy.cuts > cuts);
  }
});

Deno.test("what was overwritten while there was no connection is one gap", async () => {
  await using served = await Served.start();
  const local = served.local.pool("over", { sizeBytes: 8192 });
  const { first, onReconnect } = missing();
  const pool = await served.connect({ onReconnect }).openPool("over");
  const told: (Gap | number)[] = [];
  const tail = pool.tail({ last: 0, untilSeq: 200, onGap: (gap) => told.push(gap) });
  const reading = (async () => {
    for await (const { seq } of tail) told.push(seq);
  })();
  await pool.append("first");
  await eventually("the first message is there", () => told.length > 0);
  await served.stop();
  await first;
  for (let i = 2; i <= 200; i++) local.append({ i, fill: "o".repeat(60) });
  const { oldest } = local.info().bounds!;
  await served.startAgain();
  await reading;
  const gap: Gap = { fromSeq: 2, toSeq: oldest - 1, count: oldest - 2, reason: "retention" };
  assertEquals(told, [1, gap, ...Array.from({ length: 201 - oldest }, (_, i) => oldest + i)]);
});

Deno.test("a pool that was replaced meanwhile ends the tail", async () => {
  for (const replace of [true, false]) {
    await using served = await Served.start();
    served.local.pool("work");
    const { first, onReconnect } = missing();
    const pool = await served.connect({ onReconnect }).openPool("work");
    const tail = pool.tail({ last: 0 });
    await pool.append(1);
    await tail.next();
    const next = assertRejects(() => tail.next(), NotFoundError);
    await served.stop();
    await first;
    served.local.deletePool("work");
    if (replace) fill(served.local.pool("work"), 3);
    await served.startAgain();
    await next;
  }
});

Deno.test("what no reconnecting helps against ends the tail", async () => {
  await using served = await Served.start({ token: "old" });
  served.local.pool("work");
  const { first, onReconnect } = missing();
  const client = served.connect({ token: "old", onReconnect });
  const pool = await client.openPool("work");
  const tail = pool.tailBatches({ last: 0 });
  await pool.append(1);
  await tail.next();
  await served.stop();
  const next: Promise<IteratorResult<MessageBatch>> = tail.next();
  const refused = assertRejects(() => next, PermissionError);
  await first;
  await using other = await Served.start({ token: "new", port: served.port });
  other.local.pool("work");
  await refused;
});

Deno.test("a tail that waits for its server can be ended at once", async () => {
  await using served = await Served.start();
  const { first, onReconnect } = missing();
  const pool = await served.connect({ onReconnect }).pool("work");
  const abort = new AbortController();
  const tails = [pool.tail({ last: 0, signal: abort.signal }), pool.tail({ last: 0 })];
  await pool.append(1);
  await Promise.all(tails.map((tail) => tail.next()));
  const waiting = tails.map((tail) => tail.next());
  await served.stop();
  await first;
  abort.abort();
  await tails[1].return?.();
  for (const result of await Promise.all(waiting)) assertEquals(result.done, true);
});

Deno.test("a server that is too busy to resume a tail is asked again", async () => {
  await using served = await Served.start({
    limits: { maxTailConcurrency: 1, maxTailTimeoutMs: 200 },
  });
  const local = served.local.pool("work");
  const { reconnects, first, onReconnect } = missing();
  const pool = await served.connect({ onReconnect }).openPool("work");
  const waiting = Array.fromAsync(pool.tail({ last: 0, maxMessages: 2 }));
  await pool.append(1);
  // Others take the only place as soon as it is free for a moment.
  const greedy = (async () => {
    const other = await served.connect().openPool("work");
    while (reconnects.length === 0) {
      const tail = other.tail({ last: 0, timeoutMs: 400 });
      await Array.fromAsync(tail).catch(() => {});
    }
  })();
  assertEquals((await first).error.kind, "Busy");
  await greedy;
  local.append(2);
  assertEquals(seqs(await waiting), [1, 2]);
});

Deno.test("a connection that falls silent amid messages is given up, and nothing is missed", async () => {
  await using served = await Served.start();
  const local = served.local.pool("work");
  fill(local, 20);
  await using proxy = new CuttingProxy(served.port);
  const { first, onReconnect } = missing();
  await using client = connect(proxy.url, { onReconnect });
  const pool = await client.openPool("work");
  proxy.breakAll();
  // More than the first answers, and less than all messages.
  proxy.cut = { afterBytes: 2000, silently: true };
  const waiting = Array.fromAsync(pool.tail({ untilSeq: 20 }));
  const { error } = await first;
  assertEquals([error.kind, proxy.cuts > 0], ["Io", true]);
  proxy.cut = undefined;
  assertEquals(seqs(await waiting), Array.from({ length: 20 }, (_, i) => i + 1));
});

Deno.test("a refusal that breaks off while the server is missed is not the end", async () => {
  await using served = await Served.start();
  const local = served.local.pool("work");
  const { first, onReconnect } = missing();
  const pool = await served.connect({ onReconnect }).openPool("work");
  const waiting = Array.fromAsync(pool.tail({ last: 0, maxMessages: 2 }));
  await pool.append(1);
  const { port } = served;
  await served.stop();
  await first;
  {
    using dying = Deno.listen({ hostname: "127.0.0.1", port });
    using connection = await dying.accept();
    await connection.read(new Uint8Array(4096));
    await connection.write(new TextEncoder().encode(
      "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 100\r\n\r\n{",
    ));
  }
  await served.startAgain();
  local.append(2);
  assertEquals(seqs(await waiting), [1, 2]);
});
