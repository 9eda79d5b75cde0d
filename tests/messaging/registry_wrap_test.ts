/**
 * A registry that gives up its oldest operations while it is written and read by several.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { DEFAULT_RETENTION, type Operation, Registry } from "../../messaging/registry/mod.ts";
import type { MessagePool, TailOptions } from "../../pool/mod.ts";
import { sharedServer } from "../nats/nats_server.ts";
import { meshTest, stateText, type World } from "./world.ts";

const server = sharedServer();

/** Bytes of the registry, and sources in it: a tenth of it is what they take. */
const SIZE_BYTES = 2 ** 20;
const SOURCES = 120;

const WRITERS = 8;

/** Changes of each writer: enough to fill the registry several times. */
const CHANGES = 400;

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
    const work = writers.map(async (registry, w) => {
      for (let i = 0; i < CHANGES / 2; i++) {
        await registry.propose(pipe(`p${w}`));
        await registry.propose({ op: "destroy-pipe", manifold: "", handle: "", name: `p${w}` });
      }
      await registry.propose(pipe(`p${w}`));
    });
    let isOver = false;
    const done = Promise.all(work).finally(() => isOver = true);
    let readers = 0;
    while (!isOver) {
      const { sources, uncollared } = await new Registry(pool).refresh();
      assertEquals(sources.length, SOURCES);
      assert(uncollared.length <= WRITERS);
      readers++;
      await new Promise((resolve) => setTimeout(resolve));
    }
    await done;
    assert(readers > 3, `${readers} readers`);
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

/** Fills a registry more than once, with states in between. */
async function overtake(pool: MessagePool): Promise<void> {
  const registry = new Registry(pool);
  for (let i = 0; i < 1500; i++) {
    await registry.propose(pipe("lobby"));
    await registry.propose({ op: "destroy-pipe", manifold: "", handle: "", name: "lobby" });
  }
  await registry.propose(pipe("last"));
}

meshTest(
  server,
  "a reader that stands still while all it was about to read goes knows all the same",
  async (world) => {
    const pool = await registryPool(world);
    await fill(pool);
    const slow = overtaken(pool);
    const isNew = new Registry(slow);
    slow.overtake = () => overtake(pool);
    const registry = new Registry(slow);
    await registry.refresh();
    await registry.propose({ op: "destroy-pipe", manifold: "", handle: "", name: "last" });
    await pool.append({ op: "destroy-source", manifold: "", handle: "s0" });
    slow.overtake = () => overtake(pool);
    const texts = [await registry.refresh(), await registry.refresh(), await isNew.refresh()];
    const expected = stateText(await new Registry(pool).refresh());
    assertEquals(texts.slice(1).map(stateText), [expected, expected]);
  },
);
