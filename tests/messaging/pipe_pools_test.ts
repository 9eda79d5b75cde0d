/**
 * Appending to pipes that were removed, created anew, or have no pool; what is kept of what was
 * appended; and pools that nobody needs.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, IoError, type PoolInfo, type PoolOptions } from "@plasmite/pool";
import { MessagingError, newEnvelope } from "../../messaging/contracts/mod.ts";
import {
  DEFAULT_RETENTION,
  type PipeAddress,
  type PipeRecord,
  type Retention,
} from "../../messaging/registry/mod.ts";
import type { MeshStore } from "../../messaging/store/mod.ts";
import { sharedServer } from "../nats/nats_server.ts";
import { eventually } from "../server/eventually.ts";
import { meshTest, World } from "./world.ts";

const server = sharedServer();

const LOBBY: PipeAddress = { manifold: "ops", handle: "", name: "lobby" };

function envelopes(...payloads: string[]) {
  return payloads.map((payload) => newEnvelope({ payload }));
}

/** The payloads that are in a pipe. */
async function payloads(store: MeshStore, pipe: PipeRecord): Promise<string[]> {
  const pool = await store.pools.open(pipe);
  if (pool === undefined) return [];
  const untilSeq = (await pool.info()).nextSeq - 1;
  const found: string[] = [];
  if (untilSeq > 0) {
    for await (const { data } of pool.tail({ untilSeq })) {
      found.push((data as { payload: string }).payload);
    }
  }
  await pool.close();
  return found;
}

/** The code of the failure that `work` has. */
async function codeOf(work: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(work, MessagingError)).code;
}

meshTest(server, "what is sent to a pipe that was removed is refused", async (world) => {
  const [ours, theirs] = [await world.store(), await world.store()];
  const pipe = await ours.createPipe(LOBBY, DEFAULT_RETENTION);
  await ours.append(pipe, envelopes("a"));
  await theirs.refresh();
  await theirs.append(theirs.state.pipe(LOBBY)!, envelopes("b"));
  assertEquals(await payloads(ours, pipe), ["a", "b"]);
  await theirs.destroyPipe(LOBBY);
  assertEquals(await codeOf(() => ours.append(pipe, envelopes("c"))), "E_PIPE_NOT_FOUND");
  assertEquals(await codeOf(() => theirs.append(pipe, envelopes("c"))), "E_PIPE_NOT_FOUND");
  assertEquals((await ours.content(pipe)).total, 0);
  assertEquals(await world.poolNames(), ["_registry"]);
});

meshTest(
  server,
  "what is sent to a pipe that was created anew is in the new one",
  async (world) => {
    const [ours, theirs] = [await world.store(), await world.store()];
    const old = await ours.createPipe(LOBBY, DEFAULT_RETENTION);
    await ours.append(old, envelopes("old"));
    await theirs.destroyPipe(LOBBY);
    const anew = await theirs.createPipe(LOBBY, DEFAULT_RETENTION);
    assert(anew.generation > old.generation);
    // It has the old one open still.
    await ours.append(old, envelopes("a", "b"));
    assertEquals(await payloads(theirs, anew), ["a", "b"]);
    assertEquals(await world.poolNames(), ["_registry", `ops.lobby@${anew.generation}`]);
  },
);

meshTest(server, "a pipe whose creator did not get to making its pool works", async (world) => {
  const store = await world.store();
  const client = world.client();
  const pipe = await store.createPipe(LOBBY, { ...DEFAULT_RETENTION, maxMsgs: 2 });
  await client.deletePool(store.pools.nameOf(pipe));
  assertEquals((await store.content(pipe)).total, 0);
  await store.append(pipe, envelopes("a", "b", "c"));
  assertEquals(await payloads(store, pipe), ["b", "c"]);
  // Removed without its pool it is gone as well.
  await client.deletePool(store.pools.nameOf(pipe));
  await store.destroyPipe(LOBBY);
  assertEquals((await store.refresh()).pipe(LOBBY), undefined);
});

meshTest(
  server,
  "a removed source leaves no pools, also of pipes others created since",
  async (world) => {
    const [ours, theirs] = [await world.store(), await world.store()];
    const nina = { handle: "nina", manifold: "" };
    const source = await ours.createSource({ ...nina, kind: "pty" });
    await theirs.createPipe({ ...nina, name: "log" }, DEFAULT_RETENTION);
    await ours.destroySource(source);
    assertEquals(await world.poolNames(), ["_registry"]);
  },
);

meshTest(server, "many messages sent at once open the pool of a pipe once", async (world) => {
  const client = world.client();
  const store = await world.store({ client });
  const pipe = await store.createPipe(LOBBY, DEFAULT_RETENTION);
  let opened = 0;
  const openPool = client.openPool.bind(client);
  client.openPool = (name) => {
    opened++;
    return openPool(name);
  };
  const all = Array.from({ length: 50 }, (_, i) => String(i));
  await Promise.all(all.map((payload) => store.append(pipe, envelopes(payload))));
  assertEquals(opened, 1);
  assertEquals((await payloads(store, pipe)).toSorted(), all.toSorted());
});

/** A client that can't make pools of this name for now: a full disk, a server that is away. */
class FailingClient extends Client {
  failing = "";

  override createPool(reference: string, options?: PoolOptions): PoolInfo {
    if (this.failing !== "" && reference.includes(this.failing)) throw new IoError("disk full");
    return super.createPool(reference, options);
  }
}

Deno.test("a pipe or source that can't be made is not in the way of another attempt", async () => {
  await using world = new World();
  using client = new FailingClient({ dir: world.where });
  await using store = await world.store({ client });
  client.failing = "lobby";
  await assertRejects(() => store.createPipe(LOBBY, DEFAULT_RETENTION), IoError);
  client.failing = "stdctrl";
  const source = { handle: "nina", manifold: "", kind: "pty" as const };
  await assertRejects(() => store.createSource(source), IoError);
  client.failing = "";
  assertEquals(await world.poolNames(), ["_registry"]);
  await store.createPipe(LOBBY, DEFAULT_RETENTION);
  await store.createSource(source);
});

Deno.test("an automatic pipe that can't be created once more keeps its messages", async () => {
  await using world = new World();
  using client = new FailingClient({ dir: world.where });
  await using store = await world.store({ client });
  const { pipes } = await store.createSource({ handle: "nina", manifold: "", kind: "pty" });
  const stdin = pipes.get("stdin")!;
  await store.append(stdin, envelopes("keep me"));
  client.failing = "stdin";
  await store.createPipe({ manifold: "", handle: "nina", name: "stdin" }, DEFAULT_RETENTION)
    .catch(() => {});
  client.failing = "";
  const now = (await store.refresh()).pipe(stdin)!;
  assertEquals(now.generation, stdin.generation);
  assertEquals(await payloads(store, now), ["keep me"]);
});

/** Creates a pipe with a limit, and fills it. */
async function filled(
  store: MeshStore,
  retention: Partial<Retention>,
  messages: readonly string[],
): Promise<PipeRecord> {
  const pipe = await store.createPipe(LOBBY, { ...DEFAULT_RETENTION, ...retention });
  for (const message of messages) await store.append(pipe, envelopes(message));
  return pipe;
}

meshTest(server, "a pipe gives up its oldest messages when there are too many", async (world) => {
  const store = await world.store();
  const pipe = await filled(store, { maxMsgs: 3 }, ["a", "b", "c", "d", "e"]);
  const { total, oldestSeq, lastSeq, last } = await store.content(pipe);
  assertEquals([total, oldestSeq, lastSeq, last?.payload], [3, 3, 5, "e"]);
  assertEquals(await payloads(store, pipe), ["c", "d", "e"]);
});

meshTest(
  server,
  "a pipe gives up its oldest messages when they take too much room",
  async (world) => {
    const store = await world.store();
    const messages = Array.from({ length: 60 }, (_, i) => `${i}`.padStart(1000, "."));
    const pipe = await filled(store, { maxBytes: 32 * 1024 }, messages);
    const kept = await payloads(store, pipe);
    assert(kept.length > 10 && kept.length < 32, `${kept.length} are kept`);
    assertEquals(kept, messages.slice(-kept.length));
    assertEquals((await store.content(pipe)).total, kept.length);
  },
);

meshTest(
  server,
  "a pipe gives up messages that are too old, and goes on counting",
  async (world) => {
    const store = await world.store();
    const pipe = await filled(store, { ttlSeconds: 1 }, ["a", "b"]);
    const { created } = await store.content(pipe);
    await eventually("they are gone", async () => (await store.content(pipe)).total === 0);
    assertEquals(await payloads(store, pipe), []);
    const gone = await store.content(pipe);
    assertEquals([gone.lastSeq, gone.last, gone.created], [2, undefined, created]);
    await store.append(pipe, envelopes("c"));
    const { total, oldestSeq, lastSeq } = await store.content(pipe);
    assertEquals([total, oldestSeq, lastSeq], [1, 3, 3]);
  },
);

meshTest(server, "a pipe without limits can be created", async (world) => {
  const store = await world.store();
  const pipe = await filled(store, { ttlSeconds: 0, maxMsgs: 0, maxBytes: 0 }, ["a"]);
  assertEquals(pipe.retention, { ttlSeconds: 0, maxMsgs: 0, maxBytes: 0 });
  assertEquals(await payloads(store, pipe), ["a"]);
});

meshTest(
  server,
  "a message that the limit of its pipe has no room for is refused in words",
  async (world) => {
    const store = await world.store();
    const pipe = await filled(store, { maxBytes: 1 }, ["a"]);
    const code = await codeOf(() => store.append(pipe, envelopes("x".repeat(20_000))));
    assertEquals(code, "E_PAYLOAD_TOO_LARGE");
    assertEquals(await payloads(store, pipe), ["a"]);
  },
);
