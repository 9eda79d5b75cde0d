/**
 * A registry comes to what a naive one comes to, however it is read: from its start, step by step,
 * or from a state that was written into it.
 *
 * @module
 */

import { IoError } from "@plasmite/pool";
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as fc from "fast-check";
import { MessagingError } from "../../messaging/contracts/mod.ts";
import {
  DEFAULT_RETENTION,
  type Operation,
  Registry,
  RegistryState,
  type SnapshotPart,
  type SnapshotRecord,
} from "../../messaging/registry/mod.ts";
import type { MessageBatch, MessagePool, TailOptions } from "../../pool/mod.ts";
import { sharedServer } from "../nats/nats_server.ts";
import { operation, Oracle } from "./registry_oracle.ts";
import { partsIn, takeTurn } from "./snapshots.ts";
import { meshTest, stateText, type World } from "./world.ts";

const server = sharedServer();

/** A pool of which reading can fail once, behind `count` messages: a connection that is lost. */
function failingLater(pool: MessagePool, count: number): MessagePool & { isFailing: boolean } {
  async function* failing(options: TailOptions): AsyncGenerator<MessageBatch> {
    yield* pool.tailBatches({ ...options, untilSeq: (options.sinceSeq ?? 1) + count - 1 });
    throw new IoError("the connection was lost");
  }
  const made = {
    name: pool.name,
    isFailing: false,
    append: pool.append.bind(pool),
    appendMany: pool.appendMany.bind(pool),
    get: pool.get.bind(pool),
    tail: pool.tail.bind(pool),
    tailBatches(options: TailOptions = {}) {
      if (!made.isFailing) return pool.tailBatches(options);
      made.isFailing = false;
      return failing(options);
    },
    info: pool.info.bind(pool),
    close: pool.close.bind(pool),
  };
  return made;
}

meshTest(server, "a read that fails midway takes nothing in twice", async (world) => {
  const pool = await registryPool(world, "failing", 2 ** 20);
  const lobby = { manifold: "", handle: "", name: "nina" };
  const nina = { manifold: "", handle: "nina" };
  await pool.append({ op: "create-source", ...nina, kind: "message", by: "" });
  const pools = [1, 2].map((count) => failingLater(pool, count));
  const registries = pools.map((one) => new Registry(one));
  for (const registry of registries) await registry.refresh();
  const operations: Operation[] = [
    // Refused, as the source has its name; not any more when it comes behind what follows.
    { op: "create-pipe", ...lobby, retention: DEFAULT_RETENTION, by: "" },
    { op: "destroy-source", ...nina },
  ];
  await pool.appendMany(operations.map((data) => ({ data })));
  const expected = stateText(await new Registry(pool).refresh());
  for (const [i, registry] of registries.entries()) {
    pools[i].isFailing = true;
    await assertRejects(() => registry.refresh(), IoError);
    assertEquals(stateText(await registry.refresh()), expected, `behind ${i + 1}`);
  }
});

/** Operations that bring about that the state is written with the next one. */
const MANY = 256;

Deno.test("random operations come to what they come to in lists, also through a snapshot", () => {
  const operations = fc.array(operation, { minLength: 1, maxLength: 60, size: "max" });
  fc.assert(
    fc.property(operations, fc.nat(59), (operations, snapshotAt) => {
      const oracle = new Oracle();
      let state = new RegistryState();
      for (const [i, operation] of operations.entries()) {
        if (i === snapshotAt) state = throughSnapshot(state);
        const expected = oracle.apply(operation, i + 1);
        assertEquals(String(state.refusal(operation) ?? ""), expected, JSON.stringify(operation));
        assertEquals(String(state.apply(operation, i + 1) ?? ""), expected);
        assertEquals(stateText(state), oracle.text());
      }
      assertEquals(stateText(throughSnapshot(state)), oracle.text());
    }),
    { numRuns: 1000 },
  );
});

/** The state that is read from the snapshot of another. */
function throughSnapshot(state: RegistryState): RegistryState {
  const records: SnapshotRecord[] = JSON.parse(JSON.stringify([...state.snapshot()]));
  return RegistryState.fromSnapshot(records);
}

/** An empty pool for a registry. */
async function registryPool(world: World, name: string, sizeBytes: number): Promise<MessagePool> {
  const client = world.client();
  await client.createPool(world.prefix + name, { sizeBytes });
  return await client.openPool(world.prefix + name);
}

/** Applies what is in `pool` behind message `lastSeq` to `oracle`; returns the last number. */
async function bring(oracle: Oracle, pool: MessagePool, lastSeq: number): Promise<number> {
  const untilSeq = (await pool.info()).nextSeq - 1;
  if (untilSeq === lastSeq) return lastSeq;
  for await (const { seq, data } of pool.tail({ sinceSeq: lastSeq + 1, untilSeq })) {
    const operation = data as Operation | SnapshotPart;
    if (operation.op !== "snapshot") oracle.apply(operation, seq);
  }
  return untilSeq;
}

/** Rounds of random operations, each of which ends with a snapshot. */
const ROUNDS = 12;

for (
  const [size, sizeBytes] of [["one that keeps all", 2 ** 24], [
    "one that wraps again and again",
    160 * 1024,
  ]] as const
) {
  meshTest(server, `${size} says the same to all readers`, async (world) => {
    const pool = await registryPool(world, size, sizeBytes);
    const oracle = new Oracle();
    let oracleAt = 0;
    const stepByStep = new Registry(pool);
    // Looks in every third round, and finds out that much has gone since.
    const seldom = new Registry(pool);
    const early = fc.sample(operation, { numRuns: MANY * ROUNDS, seed: 42 });
    for (let round = 0; round < ROUNDS; round++) {
      const operations = early.slice(round * MANY, (round + 1) * MANY);
      await pool.appendMany(operations.map((data) => ({ data })));
      oracleAt = await bring(oracle, pool, oracleAt);
      await stepByStep.refresh();
      // The state was not written yet.
      const [before, behind] = [new Registry(pool), new Registry(pool)];
      assertEquals(stateText(await before.refresh()), oracle.text(), `round ${round}`);
      await takeTurn(pool, before);
      oracleAt = await bring(oracle, pool, oracleAt);
      const expected = oracle.text();
      const parts = await partsIn(pool);
      assert(parts.some(({ at }) => at >= oracleAt - MANY - 64), "a state was written");
      const readers = [before, behind, stepByStep, ...round % 3 === 2 ? [seldom] : []];
      for (const reader of readers) {
        assertEquals(stateText(await reader.refresh()), expected, `round ${round}`);
      }
    }
    const { bounds } = await pool.info();
    assertEquals(bounds!.oldest > MANY, sizeBytes < 2 ** 20, "whether it gave up the oldest");
  });
}

/** Sources of a large mesh, and pipes of one of its sources. */
const LARGE = 3000;

meshTest(server, "a large mesh is written in several parts", async (world) => {
  const pool = await registryPool(world, "large", 2 ** 24);
  const creations = Array.from({ length: LARGE }, (_, i): Operation => {
    const manifold = i % 3 === 0 ? "" : `m${i % 7}.n${i % 5}`;
    const kind = i % 4 === 0 ? "pty" : "message";
    return { op: "create-source", manifold, handle: `s${i}`, kind, by: "ö".repeat(40) };
  });
  await pool.appendMany(creations.map((data) => ({ data })));
  const writer = new Registry(pool);
  await takeTurn(pool, writer);
  const parts = await partsIn(pool);
  assert(parts.length > 3, `${parts.length} parts`);
  assert(parts.every(({ parts: count }) => count === parts.length));
  const reader = new Registry(pool);
  await reader.refresh();
  assertEquals(reader.state.sources.length, LARGE);
  assertEquals(stateText(reader.state), stateText(writer.state));

  // Whoever wrote only some of its parts was killed: it counts for nothing.
  await pool.append({ ...parts[0], id: "unfinished", records: [] });
  await reader.propose({ op: "destroy-source", manifold: "", handle: "s0" });
  assertEquals(stateText(await writer.refresh()), stateText(reader.state));
  assertEquals(stateText(await new Registry(pool).refresh()), stateText(reader.state));
  const refused = await assertRejects(
    () => writer.propose({ op: "destroy-source", manifold: "", handle: "s0" }),
    MessagingError,
  );
  assertEquals(refused.code, "E_SOURCE_NOT_FOUND");
});

/** Pipes of one source: too many for one message of a NATS server. */
const PIPES_OF_ONE = 9000;

meshTest(server, "a source can have thousands of pipes", async (world) => {
  const pool = await registryPool(world, "crowd", 2 ** 24);
  const source = { manifold: "", handle: "nina" };
  const creations = Array.from({ length: PIPES_OF_ONE }, (_, i): Operation => {
    return {
      op: "create-pipe",
      ...source,
      name: `log-${i}`,
      retention: DEFAULT_RETENTION,
      by: "ada",
    };
  });
  await pool.appendMany([
    { data: { op: "create-source", ...source, kind: "pty", by: "ada" } },
    ...creations.map((data) => ({ data })),
  ]);
  const registry = new Registry(pool);
  await takeTurn(pool, registry);
  assert((await partsIn(pool)).length > 1);
  await registry.propose({ op: "destroy-pipe", ...source, name: "log-0" });
  const reader = new Registry(pool);
  assertEquals(stateText(await reader.refresh()), stateText(registry.state));
  assertEquals(reader.state.sources[0].pipes.size, PIPES_OF_ONE + 5 - 1);
});
