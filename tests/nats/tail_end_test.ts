/**
 * How tails end: of themselves, when they are told to, and at once.
 *
 * @module
 */

import type { MessageBatch, TailOptions } from "@plasmite/pool";
import { assert, assertEquals } from "@std/assert";
import { seqs } from "../pool/scratch.ts";
import { eventually } from "../server/eventually.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";
import { World } from "./world.ts";

const server = sharedServer();

/** Far less than the time after which a server that does not answer is given up, and generous. */
const AT_ONCE_MS = 2500;

natsTest("maxMessages, untilSeq, timeoutMs and a signal end a tail", async () => {
  await using world = await World.create(server());
  await world.fill(10);
  const ends: [TailOptions, number[]][] = [
    [{ maxMessages: 0 }, []],
    [{ maxMessages: 1 }, [1]],
    [{ maxMessages: 3 }, [1, 2, 3]],
    [{ maxMessages: 10 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    [{ maxMessages: 2, tags: ["third"] }, [3, 6]],
    [{ maxMessages: 3, untilSeq: 2 }, [1, 2]],
    [{ maxMessages: 2, untilSeq: 8 }, [1, 2]],
    [{ untilSeq: 0 }, []],
    [{ untilSeq: 4 }, [1, 2, 3, 4]],
    [{ untilSeq: 10, tags: ["third"] }, [3, 6, 9]],
    [{ sinceSeq: 8, untilSeq: 9 }, [8, 9]],
    [{ sinceSeq: 30, untilSeq: 20 }, []],
    [{ last: 3, untilSeq: 9 }, [8, 9]],
    [{ last: 0, untilSeq: 10 }, []],
    [{ timeoutMs: 0 }, []],
    [{ signal: AbortSignal.abort() }, []],
  ];
  for (const [options, expected] of ends) {
    assertEquals(seqs(await world.collect(options)), expected, Deno.inspect(options));
  }
});

natsTest("untilSeq waits for what is not there yet, and for nothing else", async () => {
  await using world = await World.create(server());
  await world.fill(2);
  const waiting = world.collect({ untilSeq: 4 });
  const filtered = world.collect({ untilSeq: 4, tags: ["none"] });
  await world.fill(3);
  assertEquals([seqs(await waiting), await filtered], [[1, 2, 3, 4], []]);
});

natsTest("timeoutMs ends a tail that waits, after that time", async () => {
  await using world = await World.create(server());
  await world.fill(3);
  const start = performance.now();
  assertEquals(seqs(await world.collect({ timeoutMs: 700 })), [1, 2, 3]);
  const tookMs = performance.now() - start;
  assert(tookMs >= 699 && tookMs < 700 + AT_ONCE_MS, String(tookMs));
});

/** Ways to end a tail from outside, given what it was asked for with. */
const ENDS: Record<
  string,
  (world: World, tail: AsyncIterator<unknown>, abort: () => void) => void
> = {
  "return": (_, tail) => void tail.return?.(),
  "a signal": (_world, _tail, abort) => abort(),
  "closing the pool": ({ pool }) => pool.close(),
  "closing the client": ({ client }) => client.close(),
};

for (const [way, end] of Object.entries(ENDS)) {
  natsTest(`${way} ends a tail at once, whatever it is at`, async () => {
    // Later and later: before it started, while it does, while it waits.
    for (let ticks = 0; ticks < 60; ticks += 6) {
      await using world = await World.create(server());
      const abort = new AbortController();
      const tail = world.pool.tail({ signal: abort.signal });
      const nexts = [tail.next(), tail.next()];
      for (let tick = 0; tick < ticks; tick++) await new Promise((resolve) => setTimeout(resolve));
      const start = performance.now();
      end(world, tail, () => abort.abort());
      for (const next of nexts) assertEquals((await next).done, true);
      assert(performance.now() - start < AT_ONCE_MS);
      assertEquals((await tail.next()).done, true);
    }
  });
}

natsTest("a tail ends at once while the server does not answer", async () => {
  await using own = await NatsServer.start();
  await using world = await World.create(own);
  await world.pool.append(1);
  const waiting = world.pool.tail({ last: 0 });
  const abort = new AbortController();
  const aborted = world.pool.tail({ signal: abort.signal });
  await aborted.next();
  own.suspend();
  const fresh = world.pool.tail();
  const timed = world.pool.tail({ timeoutMs: 100 });
  const nexts = [waiting, aborted, fresh, timed].map((tail) => tail.next());
  const start = performance.now();
  assertEquals((await nexts[3]).done, true);
  abort.abort();
  await Promise.all([waiting.return?.(), fresh.return?.()]);
  for (const next of nexts) assertEquals((await next).done, true);
  assert(performance.now() - start < AT_ONCE_MS);
  own.resume();
});

natsTest("after it was ended a tail delivers nothing more", async () => {
  await using world = await World.create(server());
  await world.fill(600);
  const abort = new AbortController();
  let seen = 0;
  for await (const _ of world.pool.tail({ signal: abort.signal })) {
    seen++;
    abort.abort();
  }
  assertEquals(seen, 1);
  for await (const _ of world.pool.tail()) {
    seen++;
    world.pool.close();
  }
  assertEquals(seen, 2);
});

natsTest("calls of next made at the same time are answered in order", async () => {
  await using world = await World.create(server());
  const tail = world.pool.tail();
  const nexts = Array.from({ length: 20 }, () => tail.next());
  await world.fill(20);
  const got = (await Promise.all(nexts)).map(({ value }) => value?.seq);
  assertEquals(got, Array.from({ length: 20 }, (_, i) => i + 1));
  await tail.return?.();
});

natsTest(
  "leaving a loop, or disposing of it, ends the tail at the server as well",
  async () => {
    await using world = await World.create(server());
    const { pool, bare } = world;
    await world.fill(3);
    for await (const { seq } of pool.tail()) {
      if (seq === 2) break;
    }
    const batches: AsyncIterator<MessageBatch> & Partial<AsyncDisposable> = pool.tailBatches();
    assertEquals((await batches.next()).value?.length, 3);
    const waiting = batches.next();
    await batches[Symbol.asyncDispose]?.();
    assertEquals((await waiting).done, true);
    for (let i = 0; i < 20; i++) await world.collect({ maxMessages: 1 });
    await eventually("no consumer is left", async () => await bare.consumerCount() === 0);
  },
);

natsTest("a hundred tails that start at once each start where they should", async () => {
  await using world = await World.create(server());
  await world.fill(3);
  const tails = Array.from(
    { length: 100 },
    (_, i) => world.collect({ maxMessages: 3, last: i % 7 }),
  );
  await world.fill(3);
  for (const [i, tail] of tails.entries()) {
    const last = Math.min(i % 7, 3);
    assertEquals(seqs(await tail), [4 - last, 5 - last, 6 - last]);
  }
});

natsTest(
  "a consumer whose program was killed is given up by the server after a minute",
  async () => {
    await using world = await World.create(server());
    const { pool, bare } = world;
    await pool.append(1);
    const tail = pool.tail();
    await tail.next();
    const consumers = await bare.manager.consumers.list(bare.stream).next();
    assertEquals(consumers.map(({ config }) => config.inactive_threshold), [60_000_000_000]);
    await tail.return?.();
  },
);
