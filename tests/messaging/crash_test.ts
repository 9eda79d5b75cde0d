/**
 * Processes that are killed while they create, remove and send: nothing half-made is in the way,
 * and what was sent is there once.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { MessagingError, newEnvelope } from "../../messaging/contracts/mod.ts";
import { Home } from "../../messaging/home/mod.ts";
import {
  DEFAULT_RETENTION,
  type Operation,
  type PipeAddress,
  Registry,
} from "../../messaging/registry/mod.ts";
import type { MeshStore } from "../../messaging/store/mod.ts";
import { sharedServer } from "../nats/nats_server.ts";
import { eventually } from "../server/eventually.ts";
import { ask } from "./asking.ts";
import { takeTurn } from "./snapshots.ts";
import { meshTest, stateText, World } from "./world.ts";

const server = sharedServer();

/** How often a process is killed in a test. */
const KILLS = 12;

/** What a process gets done before it is killed, at most. */
const LINES_MAX = 60;

const NAMES = ["a", "b", "c"];

/** More changes than a process gets to. */
const MANY = 1_000_000;

/** Has a process work at `task` until it has said so many lines, and kills it; returns these. */
async function killedAt(
  world: World,
  task: Parameters<typeof ask>[1],
  by: string,
): Promise<string[]> {
  await using child = world.process(by);
  await child.ready();
  const count = 1 + Math.ceil(Math.random() * LINES_MAX);
  await child.send(JSON.stringify(task));
  await child.stdout.until(() => child.stdout.lines.length > count, `${count} lines`);
  // Anywhere in what comes next.
  const atMs = performance.now() + Math.random() * 5;
  while (performance.now() < atMs);
  child.kill();
  await child.stdout.ended;
  return child.stdout.lines.slice(1);
}

/** Whether `work` is done, or refused with one of these codes. */
async function isDone(work: () => Promise<unknown>, ...codes: string[]): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof MessagingError && codes.includes(error.code)) return false;
    throw error;
  }
}

/** Everything works under `name`, or is taken by what can be seen. */
async function assertUsable(store: MeshStore, name: string): Promise<void> {
  const source = { handle: name, manifold: "", kind: "pty" as const };
  const lobby: PipeAddress = { handle: "", manifold: "", name };
  const state = await store.refresh();
  const wasSource = state.source(name) !== undefined;
  const wasPipe = state.pipe(lobby) !== undefined;
  const isMade = await isDone(() => store.createSource(source), "E_SOURCE_TAKEN", "E_NAME_TAKEN");
  assertEquals(isMade, !wasSource && !wasPipe, `source ${name}`);
  const address = wasPipe ? lobby : { handle: name, manifold: "", name: "log" };
  await isDone(() => store.createPipe(address, DEFAULT_RETENTION), "E_PIPE_TAKEN");
  const pipe = (await store.refresh()).pipe(address)!;
  const before = (await store.content(pipe)).total;
  await store.append(pipe, [newEnvelope({ payload: "it works" })]);
  const { total, last } = await store.content(pipe);
  assertEquals([total, last?.payload], [before + 1, "it works"]);
  for (const one of (await store.refresh()).source(name)?.pipes.values() ?? []) {
    if (one.generation === 0) continue;
    await store.append(one, [newEnvelope({ payload: "to all" })]);
    assertEquals((await store.content(one)).last?.payload, "to all");
  }
}

meshTest(
  server,
  "what a killed process was creating or removing is in nobody's way",
  async (world) => {
    const witness = await world.store();
    for (let kill = 0; kill < KILLS; kill++) {
      const lines = await killedAt(world, ["churn", NAMES, MANY], `p${kill}`);
      const codes = lines.map((line) => JSON.parse(line).code).filter((code) => code);
      for (const code of codes) assert(/^E_(NAME|SOURCE|PIPE)_(TAKEN|NOT_FOUND)$/.test(code), code);
      await using store = await world.store();
      assertEquals(stateText(store.state), stateText(await witness.refresh()));
      for (const name of NAMES) await assertUsable(store, name);
    }
    // What is removed is gone, whoever had begun it; pools that nobody knows of any more may be left.
    for (const source of (await witness.refresh()).sources) await witness.destroySource(source);
    for (const pipe of (await witness.refresh()).uncollared) await witness.destroyPipe(pipe);
    const { sources, uncollared } = await witness.refresh();
    assertEquals([sources, uncollared], [[], []]);
    for (const name of NAMES) await assertUsable(witness, name);
  },
);

meshTest(server, "what a killed process has sent is there, once", async (world) => {
  await using store = await world.store();
  const address: PipeAddress = { handle: "", manifold: "", name: "lobby" };
  const pipe = await store.createPipe(address, { ttlSeconds: 0, maxMsgs: 0, maxBytes: 2 ** 24 });
  const said: string[] = [];
  const work = Array.from({ length: 3 }, async (_, lane) => {
    for (let kill = 0; kill < KILLS / 2; kill++) {
      said.push(...await killedAt(world, ["send", address], `p${lane}-${kill}`));
    }
  });
  await Promise.all(work);
  const pool = (await store.pools.open(pipe))!;
  const { nextSeq } = await pool.info();
  const found: string[] = [];
  for await (const { data } of pool.tail({ untilSeq: nextSeq - 1 })) {
    found.push((data as { payload: string }).payload);
  }
  await pool.close();
  assertEquals(new Set(found).size, found.length, "all are there once");
  const sent = said.map((line) => JSON.parse(line));
  const missing = sent.filter((payload) => !found.includes(payload));
  assertEquals([missing, sent.length > KILLS], [[], true]);
  // Of one sender they are in order, and at most the last batch was not told of any more.
  for (const by of new Set(found.map((payload) => payload.split(".")[0]))) {
    const numbers = found.filter((one) => one.startsWith(`${by}.`)).map((one) => one.split(".")[1]);
    assertEquals(numbers, numbers.map((_, i) => String(i)));
  }
});

meshTest(server, "a mesh whose founder was killed before it had an id gets one", async (world) => {
  const children = Array.from({ length: 4 }, (_, i) => world.process(`p${i}`));
  await Promise.all(children.map((child) => child.ready()));
  const asked = children.map((child) => ask<string>(child, ["state"]).catch(() => ""));
  await eventually("there is a registry", async () => (await world.poolNames()).length > 0);
  children[0].kill();
  children[1].kill();
  const states = (await Promise.all(asked)).slice(2);
  await using store = await world.store();
  const accounts = states.map((text) => JSON.parse(text).account);
  assertEquals(accounts, [store.state.account, store.state.account]);
  assert(store.state.account !== "");
});

/** Operations that fill the registry below several times. */
const ROUNDS = 40;

meshTest(
  server,
  "a registry that wraps while its writers are killed keeps what there is",
  async (world) => {
    const client = world.client();
    // So small that a few hundred changes push the oldest ones out.
    await client.createPool(`${world.prefix}_registry`, { sizeBytes: 160 * 1024 });
    const store = await world.store();
    const { account } = store.state;
    await store.createSource({ handle: "first", manifold: "", kind: "pty" });
    const pool = await client.openPool(`${world.prefix}_registry`);
    const noise = Array.from({ length: 100 }, (): Operation => {
      return { op: "destroy-source", manifold: "", handle: "nobody" };
    });
    for (let round = 0; round < ROUNDS; round++) {
      await pool.appendMany(noise.map((data) => ({ data })));
      await takeTurn(pool);
      if (round % 8 === 7) await killedAt(world, ["churn", NAMES, MANY], `p${round}`);
      else {await store.createPipe(
          { handle: "first", manifold: "", name: `log-${round}` },
          DEFAULT_RETENTION,
        );}
    }
    assert((await pool.info()).bounds!.oldest > 1000, "it has wrapped");
    const state = await new Registry(pool).refresh();
    assertEquals(stateText(state), stateText(await store.refresh()));
    assertEquals([state.account, state.source("first")?.kind], [account, "pty"]);
    assertEquals(state.source("first")?.pipes.size, 5 + ROUNDS - ROUNDS / 8);
  },
);

Deno.test("what a killed process has kept for sessions is there, and the files are whole", async () => {
  await using world = new World();
  using stack = new DisposableStack();
  const dir = Deno.makeTempDirSync({ prefix: "pls-home-" });
  stack.defer(() => Deno.removeSync(dir, { recursive: true }));
  const path = `${dir}/home`;
  const said = new Map<string, string[]>();
  for (let kill = 0; kill < KILLS; kill++) {
    const name = `p${kill}`;
    const task = ["keep", { home: path, name, count: MANY, isTold: true }] as const;
    const lines = await killedAt(world, [...task], name);
    said.set(name, lines.map((line) => JSON.parse(line)));
  }
  const home = new Home(path);
  const cursors = home.cursors("shared");
  const subscriptions = home.subscriptions("shared");
  for (const [name, entries] of said) {
    for (const entry of entries) {
      assertEquals([home.current(entry), home.namespace(entry)], [name, name]);
      assertEquals(cursors.get(entry)?.created, name);
      assert(subscriptions.includes(entry), entry);
    }
  }
  assertEquals([...home.subscribedSessions()], ["shared"]);
  const left = [...Deno.readDirSync(path), ...Deno.readDirSync(`${path}/cursors`)]
    .map(({ name }) => name).filter((name) => name.endsWith(".tmp"));
  assert(left.length <= 3, `it leaves one draft for each file, not each kill: ${left}`);
});
