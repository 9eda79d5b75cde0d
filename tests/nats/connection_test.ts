/**
 * Connections that break, and answers that get lost, with a server that is well: each message is
 * stored once and read once.
 *
 * @module
 */

import { BusyError, IoError, type Message } from "@plasmite/pool";
import { connect, type ConnectOptions, type NatsPool, type Reconnect } from "@plasmite/pool/nats";
import { assert, assertEquals } from "@std/assert";
import * as pureRand from "pure-rand";
import { seqs } from "../pool/scratch.ts";
import { NatsProxy, type Verdict, type Way } from "./nats_proxy.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { newName } from "./world.ts";

const server = sharedServer();

/** Less than the time that a server has to answer one request. */
const AT_ONCE_MS = 4000;

/** A pool that is reached through a proxy, and directly to see what is in it. */
async function behindProxy(options?: ConnectOptions) {
  const proxy = new NatsProxy(server().port);
  const [client, direct] = [connect(proxy.url, options), connect(server().url)];
  const name = newName();
  const pool = await client.pool(name, { sizeBytes: 2 ** 27 });
  const own = await direct.openPool(name);
  return {
    ...{ proxy, client, pool },
    /** All messages, read without the proxy. */
    stored: async (): Promise<Message[]> => {
      const untilSeq = (await own.info()).nextSeq - 1;
      return await Array.fromAsync(own.tail({ untilSeq }));
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await direct[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Whether bytes hold the server's acknowledgement of a message. */
function isAcknowledgement(text: string, way: Way): boolean {
  return way === "to client" && /\{"stream":"pls_[^"]*", ?"seq":\d+/.test(text);
}

/** Cuts the first piece for which `isIt`; all else passes. */
function cutOnce(isIt: (text: string, way: Way) => boolean, verdict: Verdict = "cut") {
  let done = false;
  return (text: string, way: Way): Verdict => {
    if (done || !isIt(text, way)) return "pass";
    done = true;
    return verdict;
  };
}

natsTest("a message whose acknowledgement is lost with the connection is stored once", async () => {
  await using world = await behindProxy();
  const { proxy, pool } = world;
  for (let i = 1; i <= 5; i++) {
    proxy.judge = cutOnce(isAcknowledgement);
    const { seq, data } = await pool.append(i, ["t"]);
    assertEquals([seq, data, proxy.cuts], [i, i, i]);
  }
  const stored = await world.stored();
  assertEquals(stored.map(({ data }) => data), [1, 2, 3, 4, 5]);
});

natsTest(
  "a message that is lost with the connection before it arrives is stored once",
  async () => {
    await using world = await behindProxy();
    const { proxy, pool } = world;
    for (let i = 1; i <= 5; i++) {
      proxy.judge = cutOnce((text, way) => way === "to server" && text.includes("HPUB pls."));
      const { seq } = await pool.append(i);
      assertEquals([seq, proxy.cuts], [i, i]);
    }
    assertEquals((await world.stored()).map(({ data }) => data), [1, 2, 3, 4, 5]);
  },
);

natsTest(
  "an acknowledgement that is lost on a connection that holds is asked for again",
  async () => {
    await using world = await behindProxy();
    const { proxy, pool } = world;
    proxy.judge = cutOnce(isAcknowledgement, "drop");
    // All of them, as they come together.
    const sent = await pool.appendMany(Array.from({ length: 50 }, (_, i) => ({ data: i })));
    assertEquals(seqs(sent), Array.from({ length: 50 }, (_, i) => i + 1));
    assertEquals(proxy.cuts, 0);
    const stored = await world.stored();
    assertEquals(stored.map(({ envelope }) => envelope), sent.map(({ envelope }) => envelope));
  },
);

natsTest("a pool that was created, and whose creation was not confirmed, is created", async () => {
  await using world = await behindProxy();
  const { proxy, client } = world;
  const name = newName();
  proxy.judge = cutOnce((text, way) => way === "to client" && text.includes("stream_create_resp"));
  const { id, sizeBytes } = await client.createPool(name, { sizeBytes: 65_536 });
  assertEquals([sizeBytes, proxy.cuts], [65_536, 1]);
  assertEquals((await client.poolInfo(name)).id, id);
});

/** Cuts connections after some thousands of bytes in either direction, by chance. */
function cutByChance(seed: number, meanBytes: number): (text: string) => Verdict {
  const random = pureRand.xoroshiro128plus(seed);
  return ({ length }) => {
    const draw = pureRand.unsafeUniformIntDistribution(0, meanBytes, random);
    return draw < length ? "cut" : "pass";
  };
}

natsTest(
  "over a connection that breaks all the time everything is stored and read once",
  async () => {
    await using world = await behindProxy();
    const { proxy, pool } = world;
    const total = 3000;
    const live = Array.fromAsync(
      pool.tail({ sinceSeq: 1, maxMessages: total, gapPolicy: "error" }),
    );
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`connections are cut by chance, seed ${seed}`);
    proxy.judge = cutByChance(seed, 120_000);
    const sent = await appendInPieces(pool, total);
    const read = await live;
    proxy.judge = () => "pass";
    assert(proxy.cuts >= 3, `only ${proxy.cuts} cuts`);
    const envelopes = (messages: Message[]) => messages.map(({ envelope }) => envelope);
    assertEquals(seqs(sent), Array.from({ length: total }, (_, i) => i + 1));
    assertEquals(envelopes(await world.stored()), envelopes(sent));
    assertEquals(envelopes(read), envelopes(sent));
  },
);

/** Appends `{ n }` from 0 to `total` - 1, in pieces of all sizes. */
async function appendInPieces(pool: NatsPool, total: number): Promise<Message[]> {
  const sent: Message[] = [];
  for (let size = 1; sent.length < total; size = size % 400 + 37) {
    const inputs = Array.from({ length: Math.min(size, total - sent.length) }, (_, i) => {
      return { data: { n: sent.length + i, fill: "x".repeat(100) }, tags: ["t"] };
    });
    sent.push(...await pool.appendMany(inputs));
  }
  return sent;
}

natsTest("requests of all kinds get over a connection that is cut", async () => {
  await using world = await behindProxy();
  const { proxy, client, pool } = world;
  await pool.appendMany(Array.from({ length: 20 }, (_, i) => ({ data: i, tags: ["t"] })));
  const calls: Record<string, () => Promise<unknown>> = {
    info: async () => (await pool.info()).nextSeq,
    get: async () => (await pool.get(7)).data,
    list: async () => (await client.listPools()).length > 0,
    last: async () => seqs(await Array.fromAsync(pool.tail({ last: 2, untilSeq: 20 }))),
    since: async () => seqs(await Array.fromAsync(pool.tail({ since: "1h", maxMessages: 3 }))),
    filtered: async () => {
      return seqs(await Array.fromAsync(pool.tail({ last: 3, tags: ["t"], untilSeq: 20 })));
    },
  };
  for (const [name, call] of Object.entries(calls)) {
    proxy.judge = () => "pass";
    const expected = await call();
    for (let piece = 0; piece < 3; piece++) {
      let passed = 0;
      proxy.judge = (_, way) => way === "to client" && passed++ === piece ? "cut" : "pass";
      const start = performance.now();
      assertEquals(await call(), expected, `${name}, cut after ${piece} answers`);
      // A connection is back in no time, and what was asked for over the old one is asked again.
      assert(performance.now() - start < AT_ONCE_MS, `${name}, cut after ${piece} answers`);
    }
  }
});

natsTest(
  "a server that answers nothing more, and keeps the connection, is told of in the end",
  async () => {
    const told = Promise.withResolvers<Reconnect>();
    await using world = await behindProxy({ onReconnect: told.resolve });
    const { proxy, pool } = world;
    await pool.append(1);
    const tail = pool.tail({ sinceSeq: 1 });
    assertEquals((await tail.next()).value?.data, 1);
    proxy.judge = (text) => /^(PING|PONG)\r\n$/.test(text) ? "pass" : "drop";
    const next = tail.next();
    const { attempt, error } = await told.promise;
    assertEquals([attempt, error instanceof IoError || error instanceof BusyError], [1, true]);
    proxy.judge = () => "pass";
    await pool.append(2);
    assertEquals((await next).value?.data, 2);
    await tail.return?.();
  },
);
