/**
 * A client of `pls serve` notices nothing of the NATS server behind it: the same calls, the same
 * tails, and nothing lost or repeated whatever is away for a while.
 *
 * @module
 */

import { AlreadyExistsError, type Gap, NotFoundError, UsageError } from "@plasmite/pool";
import { connect as connectToNats } from "@plasmite/pool/nats";
import { connect, type RemoteClient } from "@plasmite/pool/remote";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Place } from "../cli/pls.ts";
import { Serving } from "../cli/serving.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";
import { Bare } from "./world.ts";

const server = sharedServer();

/** `pls serve` in front of `on`, and a client of it. */
class World implements AsyncDisposable {
  readonly client: RemoteClient;
  readonly serving: Serving;
  readonly #place: Place;

  private constructor(place: Place, serving: Serving) {
    this.#place = place;
    this.serving = serving;
    this.client = connect(serving.url);
  }

  static async start(on: NatsServer = server()): Promise<World> {
    const place = new Place();
    return new World(place, await Serving.start(place, "--engine", on.url));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.serving[Symbol.asyncDispose]();
    await this.#place[Symbol.asyncDispose]();
  }
}

natsTest("a remote client makes, uses and deletes pools", async () => {
  await using world = await World.start();
  const { client } = world;
  const name = "remote pool";
  const created = await client.createPool(name, { sizeBytes: 131_072 });
  assertEquals(created.sizeBytes, 131_072);
  await assertRejects(() => client.createPool(name), AlreadyExistsError);
  const pool = await client.openPool(name);
  const sent = await pool.append({ n: 1 }, ["a", "é"]);
  const many = await pool.appendMany([{ data: 2 }, { data: [3], tags: ["b"] }]);
  assertEquals([sent.seq, ...many.map(({ seq }) => seq)], [1, 2, 3]);
  assertEquals((await pool.get(1)).envelope, sent.envelope);
  // As a program next to NATS sees it.
  await using direct = connectToNats(server().url);
  const behind = await direct.openPool(name);
  assertEquals((await behind.get(1)).envelope, sent.envelope);
  await assertRejects(() => pool.get(9), NotFoundError);
  await assertRejects(() => pool.append(1, [], { durability: "flush" }), UsageError);
  const { bounds, nextSeq } = await pool.info();
  assertEquals([bounds, nextSeq], [{ oldest: 1, newest: 3 }, 4]);
  assert((await client.listPools()).some((listing) => listing.name === name));
  await client.deletePool(name);
  await assertRejects(() => client.openPool(name), NotFoundError);
  await assertRejects(() => pool.append(1), NotFoundError);
});

natsTest("a remote tail starts, filters and ends as it is told, and tells of gaps", async () => {
  await using world = await World.start();
  const pool = await world.client.pool("remote tail");
  const inputs = Array.from(
    { length: 1000 },
    (_, n) => ({ data: { n }, tags: n % 3 ? [] : ["t"] }),
  );
  await pool.appendMany(inputs);
  const seqs = async (options: Parameters<typeof pool.tail>[0]) =>
    (await Array.fromAsync(pool.tail(options))).map(({ seq }) => seq);
  assertEquals((await seqs({ untilSeq: 1000 })).length, 1000);
  assertEquals(await seqs({ last: 2, untilSeq: 1000 }), [999, 1000]);
  assertEquals(await seqs({ last: 2, tags: ["t"], untilSeq: 1000 }), [997, 1000]);
  assertEquals(await seqs({ sinceSeq: 990, where: ".data.n > 996", untilSeq: 1000 }), [
    998,
    999,
    1000,
  ]);
  assertEquals(await seqs({ since: "1h", maxMessages: 2 }), [1, 2]);
  assertEquals(await seqs({ last: 0, timeoutMs: 200 }), []);
  await using bare = await Bare.connect(server(), "remote tail");
  await bare.manager.streams.purge(bare.stream, { seq: 501 });
  const gaps: Gap[] = [];
  assertEquals(await seqs({ sinceSeq: 400, maxMessages: 1, onGap: (gap) => gaps.push(gap) }), [
    501,
  ]);
  assertEquals(gaps, [{ fromSeq: 400, toSeq: 500, count: 101, reason: "retention" }]);
});

natsTest(
  "a remote tail misses and repeats nothing while NATS is away, nor while the server is",
  async () => {
    await using away = await NatsServer.start();
    await using world = await World.start(away);
    const pool = await world.client.pool("jobs");
    await using direct = connectToNats(away.url);
    const behind = await direct.openPool("jobs");
    const seen: number[] = [];
    const tail = pool.tail();
    const readTo = async (seq: number) => {
      while (seen.at(-1) !== seq) seen.push((await tail.next()).value!.seq);
    };
    await behind.append("first");
    await readTo(1);
    for (const how of ["SIGTERM", "SIGKILL"] as const) {
      await away.kill(how);
      await away.startAgain();
      const sent = await behind.appendMany(Array.from({ length: 20 }, (_, n) => ({ data: n })));
      await readTo(sent[19].seq);
    }
    assertEquals(seen, Array.from({ length: 41 }, (_, i) => i + 1));
    await tail.return?.();
  },
);

natsTest(
  "appends of a remote client are stored once each, though NATS goes away in between",
  async () => {
    await using away = await NatsServer.start();
    await using world = await World.start(away);
    const pool = await world.client.pool("jobs", { sizeBytes: 8 * 1024 * 1024 });
    await using direct = connectToNats(away.url);
    const behind = await direct.openPool("jobs");
    const count = 30;
    let acknowledged = 0;
    const first = Promise.withResolvers<void>();
    const appending = (async () => {
      for (let n = 0; n < count; n++) {
        await pool.append({ n });
        acknowledged++;
        if (n === 5) first.resolve();
      }
    })();
    await Promise.race([first.promise, appending]);
    await away.kill();
    await away.startAgain();
    await appending;
    assertEquals(acknowledged, count);
    const stored = await Array.fromAsync(behind.tail({ maxMessages: count }));
    assertEquals(stored.map(({ data }) => data), Array.from({ length: count }, (_, n) => ({ n })));
    assertEquals((await behind.info()).nextSeq, count + 1);
  },
);
