/**
 * A server that is killed and comes back, again and again, while it is written to and read from:
 * what was acknowledged is there, once and in order, and readers see no more and no less.
 *
 * @module
 */

import { IoError, type Message, PlasmiteError } from "@plasmite/pool";
import { connect, type Reconnect } from "@plasmite/pool/nats";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { seqs } from "../pool/scratch.ts";
import { eventually } from "../server/eventually.ts";
import { NatsServer, natsTest } from "./nats_server.ts";
import { mayFailEarly, World } from "./world.ts";

const SIZE = { sizeBytes: 2 ** 28 };

/** Kills the server `kills` times, each time after some messages more; then writers end. */
class Restarts {
  #sentCount = 0;
  #isOver = false;
  readonly #server: NatsServer;

  constructor(server: NatsServer) {
    this.#server = server;
  }

  /** Whether writers are to end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Told of messages that were acknowledged. */
  count(messages: number): void {
    this.#sentCount += messages;
  }

  async run(kills: number, messagesBetween: number): Promise<void> {
    try {
      for (let kill = 0; kill < kills; kill++) {
        const wanted = this.#sentCount + messagesBetween;
        await eventually("more is appended", () => this.#sentCount >= wanted);
        await this.#server.kill();
        await this.#server.startAgain();
      }
      const wanted = this.#sentCount + messagesBetween;
      await eventually("more is appended after the last", () => this.#sentCount >= wanted);
    } finally {
      this.#isOver = true;
    }
  }
}

natsTest(
  "a server killed over and over loses, repeats and moves no acknowledged message",
  async () => {
    await using server = await NatsServer.start();
    await using world = await World.create(server, { pool: SIZE });
    const restarts = new Restarts(server);
    /** One client of its own, that sends as `shape` says until it is over; returns what was sent. */
    const write = async (writer: number, sizes: (n: number) => number) => {
      await using client = connect(server.url);
      const pool = await client.openPool(world.pool.name);
      const sent: Message[] = [];
      while (!restarts.isOver) {
        const inputs = Array.from({ length: sizes(sent.length) }, (_, i) => {
          return { data: { writer, n: sent.length + i, fill: "x".repeat(200) } };
        });
        const messages = await pool.appendMany(inputs);
        sent.push(...messages);
        restarts.count(messages.length);
      }
      return sent;
    };
    const live: Message[] = [];
    const abort = new AbortController();
    const reading = (async () => {
      for await (const batch of world.pool.tailBatches({ sinceSeq: 1, signal: abort.signal })) {
        live.push(...batch.messages());
      }
    })();
    const [, ...written] = await Promise.all([
      restarts.run(8, 2500),
      write(0, () => 1),
      write(1, () => 100),
      write(2, (n) => 1 + n % 700),
    ]);
    const total = written.reduce((sum, { length }) => sum + length, 0);
    const { nextSeq, bounds } = await world.pool.info();
    assertEquals([bounds, nextSeq], [{ oldest: 1, newest: total }, total + 1]);
    const all = await world.collect({ sinceSeq: 1, untilSeq: total, gapPolicy: "error" });
    assertEquals(seqs(all), Array.from({ length: total }, (_, i) => i + 1));
    for (const [writer, sent] of written.entries()) {
      const read = all.filter(({ data }) => (data as { writer: number }).writer === writer);
      assertEquals(read.length, sent.length);
      for (const [n, { envelope, seq, data, time }] of sent.entries()) {
        assertEquals([read[n].envelope, (data as { n: number }).n], [envelope, n]);
        if (n > 0) assert(seq > sent[n - 1].seq && time > sent[n - 1].time);
      }
    }
    await eventually("the live tail has all", () => live.length >= total);
    abort.abort();
    await reading;
    assertEquals(live.map(({ envelope }) => envelope), all.map(({ envelope }) => envelope));
  },
);

natsTest("a single append that waits when the server dies is stored once", async () => {
  await using server = await NatsServer.start();
  await using world = await World.create(server);
  for (let i = 1; i <= 3; i++) {
    server.suspend();
    // On its way to a server that takes nothing in, and will not any more.
    const sending = world.pool.append(i);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server.kill();
    await server.startAgain();
    assertEquals((await sending).seq, i);
  }
  const all = await world.collect({ untilSeq: 3 });
  assertEquals(all.map(({ data }) => data), [1, 2, 3]);
});

natsTest("a slow reader over many restarts gets everything once", async () => {
  await using server = await NatsServer.start();
  await using world = await World.create(server, { pool: SIZE });
  const total = 20_000;
  for (let at = 0; at < total; at += 5000) await world.fill(5000);
  let [expected, restarts] = [1, 0];
  for await (const batch of world.pool.tailBatches({ sinceSeq: 1, untilSeq: total })) {
    for (const { seq } of batch.messages()) assertEquals(seq, expected++);
    if (expected > (restarts + 1) * 4000) {
      restarts++;
      if (restarts % 2 === 0) await server.kill();
      else await server.stop();
      await server.startAgain();
    }
  }
  assertEquals([expected, restarts], [total + 1, 5]);
});

natsTest("a tail that waits tells of lost connections, and goes on where it was", async () => {
  await using server = await NatsServer.start();
  const reconnects: Reconnect[] = [];
  const onReconnect = (reconnect: Reconnect) => reconnects.push(reconnect);
  await using world = await World.create(server, { connect: { onReconnect } });
  const { pool } = world;
  const tail = pool.tail({ last: 0 });
  const first = tail.next();
  await pool.append(0);
  assertEquals((await first).value?.data, 0);
  assertEquals(reconnects, []);
  for (let i = 1; i <= 3; i++) {
    const next = tail.next();
    reconnects.length = 0;
    await server.kill();
    await eventually("it was told", () => reconnects.length > 0);
    for (const [k, { pool: name, attempt, delayMs, error }] of reconnects.entries()) {
      assertEquals([name, attempt], [pool.name, k + 1]);
      assert(delayMs >= 0 && error instanceof PlasmiteError);
    }
    await server.startAgain();
    await pool.append(i);
    assertEquals((await next).value?.data, i);
  }
  await tail.return?.();
});

natsTest("a server that stays away ends calls, and one that hangs holds them up", async () => {
  // Side by side, as both are long.
  await Promise.all([staysAway(), hangs()]);
});

/** Calls end with Io after a while and not before; tails wait. */
async function staysAway(): Promise<void> {
  await using server = await NatsServer.start();
  await using world = await World.create(server);
  const { client, pool } = world;
  await pool.append(1);
  const tail = pool.tail();
  await tail.next();
  const waiting = tail.next();
  await server.kill();
  const start = performance.now();
  const calls = [
    () => pool.append(2),
    () => pool.appendMany(Array.from({ length: 1000 }, () => ({ data: 2 }))),
    () => pool.get(1),
    () => pool.info(),
    () => client.listPools(),
    () => client.createPool("another"),
  ];
  await Promise.all(calls.map(async (call) => {
    const error = await assertRejects(call, IoError);
    const tookMs = performance.now() - start;
    assert(tookMs > 10_000 && tookMs < 30_000, `${call} took ${tookMs} ms: ${error.message}`);
    assert(error.hint !== undefined, error.message);
  }));
  await server.startAgain();
  // What waited on goes on, and what was said not to be known is there or not, once.
  const again = await pool.append("again");
  assertEquals((await waiting).value?.seq, 2);
  const all = await world.collect({ untilSeq: again.seq });
  assert(all.filter(({ data }) => data === 2).length <= 1001);
  assertEquals(all.at(-1)?.data, "again");
}

/** Appends and tails go on as if nothing had been. */
async function hangs(): Promise<void> {
  await using server = await NatsServer.start();
  await using world = await World.create(server);
  const { pool } = world;
  await pool.append("before");
  const tail = pool.tail({ sinceSeq: 1, maxMessages: 602 });
  const reading = Array.fromAsync(tail);
  server.suspend();
  const sending = [
    pool.append("during"),
    pool.appendMany(Array.from({ length: 600 }, (_, i) => ({ data: i }))),
  ];
  // Longer than a request waits for its answer, and than a silent connection counts as one.
  await new Promise((resolve) => setTimeout(resolve, 11_500));
  server.resume();
  const sent = (await Promise.all(sending)).flat();
  const expected = ["before", "during", ...Array.from({ length: 600 }, (_, i) => i)];
  assertEquals(seqs(sent), Array.from({ length: 601 }, (_, i) => i + 2));
  assertEquals((await reading).map(({ data }) => data), expected);
  assertEquals((await pool.info()).nextSeq, 603);
}

natsTest(
  "a pool whose files are gone after a restart is not found, by all that use it",
  async () => {
    await using server = await NatsServer.start();
    await using world = await World.create(server);
    const { pool } = world;
    await pool.append(1);
    const tail = pool.tail();
    await tail.next();
    const next = mayFailEarly(tail.next());
    await server.stop();
    Deno.removeSync(`${server.dir}/store`, { recursive: true });
    await server.startAgain();
    for (const call of [() => pool.append(2), () => pool.get(1), () => next]) {
      const error = await assertRejects(call, PlasmiteError);
      assertEquals(error.kind, "NotFound");
    }
    assertStringIncludes(
      (await assertRejects(() => pool.info(), PlasmiteError)).message,
      "not found",
    );
  },
);
