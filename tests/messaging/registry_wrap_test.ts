/**
 * A registry that gives up its oldest operations while it is written and read by several.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { DEFAULT_RETENTION, type Operation, Registry } from "../../messaging/registry/mod.ts";
import type { MessagePool, TailOptions } from "../../pool/mod.ts";
import { sharedServer } from "../nats/nats_server.ts";
import { takeTurn } from "./snapshots.ts";
import { meshTest, stateText, type World } from "./world.ts";

const server = sharedServer();

/** Bytes of the registry, and sources in it: a tenth of it is what they take. */
const SIZE_BYTES = 2 ** 20;
const SOURCES = 120;

const WRITERS = 8;

/** Changes of each writer: enough to fill the registry several times. */
const CHANGES = 200;

/** Changes of a writer, of two kinds each, from one new reader to the next. */
const LOOK_EVERY = 10;

/** Makes an operation long. */
const FILL = "x".repeat(800);

async function registryPool(world: World): Promise<MessagePool> {
  const client = world.client();
  await client.createPool(`${world.prefix}wrapping`, { sizeBytes: SIZE_BYTES });
  return await client.openPool(`${world.prefix}wrapping`);
}

/** Creates sources, of which there are still as many when others come and go. */
async function fill(pool: MessagePool): Promise<void> {
  await pool.appendMany(Array.from({ length: SOURCES }, (_, i) => {
    const data: Operation = {
      op: "create-source",
      manifold: "",
      handle: `s${i}`,
      kind: "message",
      by: FILL,
    };
    return { data };
  }));
}

function pipe(name: string): Operation {
  return {
    op: "create-pipe",
    manifold: "",
    handle: "",
    name,
    retention: DEFAULT_RETENTION,
    by: FILL,
  };
}

meshTest(
  server,
  "eight writers fill a registry again and again, and all can read it",
  async (world) => {
    const pool = await registryPool(world);
    await fill(pool);
    const writers = Array.from({ length: WRITERS }, () => new Registry(pool));
    await Promise.all(writers.map(async (registry, w) => {
      for (let i = 0; i < CHANGES / 2; i++) {
        await registry.propose(pipe(`p${w}`));
        if (i % LOOK_EVERY === 0) {
          const { sources, uncollared } = await new Registry(pool).refresh();
          assertEquals(sources.length, SOURCES);
          assert(uncollared.some(({ name }) => name === `p${w}`));
        }
        await registry.propose({ op: "destroy-pipe", manifold: "", handle: "", name: `p${w}` });
      }
      await registry.propose(pipe(`p${w}`));
    }));
    assert((await pool.info()).bounds!.oldest > SOURCES, "it has wrapped");
    const text = stateText(await new Registry(pool).refresh());
    for (const registry of writers) assertEquals(stateText(await registry.refresh()), text);
  },
);

/** A pool that lets others go ahead when it is about to be read. */
function overtaken(pool: MessagePool): MessagePool & { overtake?: () => Promise<void> } {
  const made = {
    name: pool.name,
    overtake: undefined as (() => Promise<void>) | undefined,
    append: pool.append.bind(pool),
    appendMany: pool.appendMany.bind(pool),
    get: pool.get.bind(pool),
    tail: pool.tail.bind(pool),
    async *tailBatches(options: TailOptions = {}) {
      const { overtake } = made;
      made.overtake = undefined;
      await overtake?.();
      yield* pool.tailBatches(options);
    },
    info: pool.info.bind(pool),
    close: pool.close.bind(pool),
  };
  return made;
}

/** Long operations that change nothing. */
function noise(count: number): { data: Operation }[] {
  return Array.from({ length: count }, () => {
    return { data: { op: "destroy-pipe", manifold: FILL, handle: "", name: "none" } };
  });
}

/** Which operations are gone when a reader comes to read them that has seen that they are there. */
const OVERTAKEN: Readonly<Record<string, { unread: number; others: number }>> = {
  "the first ones": { unread: 700, others: 500 },
  "all": { unread: 10, others: 2500 },
};

for (const [which, { unread, others }] of Object.entries(OVERTAKEN)) {
  meshTest(
    server,
    `a reader that stands still until ${which} are gone finds out`,
    async (world) => {
      const pool = await registryPool(world);
      await fill(pool);
      const slow = overtaken(pool);
      const readers = [new Registry(slow), new Registry(slow), new Registry(slow)];
      await readers[0].refresh();
      await readers[1].refresh();
      await pool.append({ op: "destroy-source", manifold: "", handle: "s0" });
      await pool.appendMany(noise(unread));
      slow.overtake = async () => {
        await new Registry(pool).propose(pipe("lobby"));
        for (let left = others; left > 0; left -= 200) {
          await pool.appendMany(noise(Math.min(left, 200)));
          await takeTurn(pool);
        }
      };
      await readers[0].refresh();
      const { bounds } = await pool.info();
      assert(bounds!.oldest > SOURCES + 1, "what was to be read is gone");
      const expected = stateText(await new Registry(pool).refresh());
      for (const reader of readers) assertEquals(stateText(await reader.refresh()), expected);
    },
  );
}
