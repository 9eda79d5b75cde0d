/**
 * Eight processes that create the same names at the same moment: each name has one winner, and all
 * come to the same mesh.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { sharedServer } from "../nats/nats_server.ts";
import type { Child } from "../process/child.ts";
import { ask } from "./asking.ts";
import type { Creation } from "./mesh_process.ts";
import { meshTest, stateText, type World } from "./world.ts";

const server = sharedServer();

const PROCESSES = 8;

/** Names in each test. */
const NAMES = 12;

async function start(world: World): Promise<Child[]> {
  const children = Array.from({ length: PROCESSES }, (_, i) => world.process(`p${i}`));
  await Promise.all(children.map((child) => child.ready()));
  return children;
}

/** Has each process create its part at once; returns the codes by process, then creation. */
function race(children: readonly Child[], creations: readonly Creation[][]): Promise<string[][]> {
  return Promise.all(children.map((child, i) => ask<string[]>(child, ["create", creations[i]])));
}

/** All processes, and one that begins now, see the same; returns that. */
async function assertAgreed(world: World, children: readonly Child[]): Promise<MeshState> {
  const [first, ...others] = await Promise.all(
    children.map((child) => ask<string>(child, ["state"])),
  );
  for (const other of others) assertEquals(JSON.parse(other), JSON.parse(first));
  await using store = await world.store();
  assertEquals(stateText(store.state), first);
  return JSON.parse(first);
}

interface MeshState {
  account: string;
  sources: {
    handle: string;
    by: string;
    pipes: { name: string; by: string; generation: number }[];
  }[];
  uncollared: { manifold: string; name: string; by: string; generation: number }[];
}

/** The index of the process that created a name; fails unless that is exactly one. */
function winner(codes: readonly string[]): string {
  const winners = codes.flatMap((code, i) => code === "" ? [`p${i}`] : []);
  assertEquals(winners.length, 1, codes.join(","));
  return winners[0];
}

const handles = Array.from({ length: NAMES }, (_, i) => `nina-${i}`);

meshTest(server, "of eight processes that create a source, one does", async (world) => {
  const children = await start(world);
  const creations = handles.map((handle) => ({ handle, manifold: "ops", kind: "pty" as const }));
  const codes = await race(children, children.map(() => creations));
  const { account, sources } = await assertAgreed(world, children);
  assert(account !== "");
  assertEquals(sources.length, NAMES);
  for (const [i, handle] of handles.entries()) {
    const ofName = codes.map((all) => all[i]);
    assertEquals(sources.find((source) => source.handle === handle)?.by, winner(ofName));
    assert(ofName.every((code) => ["", "E_SOURCE_TAKEN"].includes(code)), ofName.join());
  }
  await assertPools(world);
});

meshTest(server, "of eight processes that create a pipe, one does", async (world) => {
  const children = await start(world);
  await ask(children[0], ["create", [{ handle: "max", manifold: "", kind: "message" }]]);
  const creations = handles.map((name, i) => ({ handle: i % 2 ? "max" : "", manifold: "", name }));
  const codes = await race(children, children.map(() => creations));
  const { sources: [max], uncollared } = await assertAgreed(world, children);
  const pipes = [...max.pipes, ...uncollared];
  assertEquals(pipes.length, NAMES + 1);
  for (const [i, name] of handles.entries()) {
    const ofName = codes.map((all) => all[i]);
    assertEquals(pipes.find((pipe) => pipe.name === name)?.by, winner(ofName));
    assert(ofName.every((code) => ["", "E_PIPE_TAKEN"].includes(code)), ofName.join());
  }
  await assertPools(world);
});

meshTest(server, "of a source and a pipe of one name, one is created", async (world) => {
  const children = await start(world);
  const creations = children.map((_, i) =>
    handles.map((name): Creation =>
      i % 2 === 0
        ? { handle: name, manifold: "", kind: "message" }
        : { handle: "", manifold: "", name }
    )
  );
  const codes = await race(children, creations);
  const { sources, uncollared } = await assertAgreed(world, children);
  assertEquals(sources.length + uncollared.length, NAMES);
  for (const [i, name] of handles.entries()) {
    const ofName = codes.map((all) => all[i]);
    const by = winner(ofName);
    const source = sources.find(({ handle }) => handle === name);
    assertEquals((source ?? uncollared.find((pipe) => pipe.name === name))?.by, by);
    for (const [k, code] of ofName.entries()) {
      const isSame = (k % 2 === 0) === (source !== undefined);
      const taken = k % 2 === 0 ? "E_SOURCE_TAKEN" : "E_PIPE_TAKEN";
      assertEquals(code, `p${k}` === by ? "" : isSame ? taken : "E_NAME_TAKEN", ofName.join());
    }
  }
  await assertPools(world);
});

meshTest(server, "of a source and pipes inside of its path, one is created", async (world) => {
  const children = await start(world);
  const creations = children.map((_, i) =>
    handles.map((name): Creation =>
      i % 2 === 0
        ? { handle: name, manifold: "ops", kind: "message" }
        : { handle: "", manifold: `ops.${name}`, name: `log-${i}` }
    )
  );
  const codes = await race(children, creations);
  const { sources, uncollared } = await assertAgreed(world, children);
  for (const [i, name] of handles.entries()) {
    const source = sources.find(({ handle }) => handle === name);
    const pipes = uncollared.filter(({ manifold }) => manifold === `ops.${name}`);
    const won = codes.flatMap((all, k) => all[i] === "" ? [`p${k}`] : []);
    assertEquals(source === undefined, pipes.length > 0, name);
    assertEquals(source ? [source.by] : pipes.map(({ by }) => by).sort(), won, name);
    // The pipes do not keep each other out.
    if (source === undefined) assertEquals(won.length, PROCESSES / 2, name);
    const lost = codes.map((all) => all[i]).filter((code) => code !== "");
    const allowed = source === undefined ? ["E_NAME_TAKEN"] : ["E_NAME_TAKEN", "E_SOURCE_TAKEN"];
    assert(lost.every((code) => allowed.includes(code)), lost.join());
  }
  await assertPools(world);
});

/** Changes that each process makes. */
const CHANGES = 60;

meshTest(
  server,
  "processes that create and remove the same names leave nothing behind",
  async (world) => {
    const children = await start(world);
    for (const child of children) {
      await child.send(
        JSON.stringify(["churn", ["a", "b", "c"], CHANGES]),
      );
    }
    const churned = (text: string) => text.includes('"churned"\n');
    await Promise.all(children.map(async ({ stdout, stderr }) => {
      await stdout.until(churned, "end of its changes").catch(async (error) => {
        await stderr.ended;
        throw new Error(`${error.message}\n${stderr.text}`);
      });
    }));
    await assertAgreed(world, children);
    await assertPools(world);
    const said = children.flatMap(({ stdout }) => stdout.lines).filter((line) => line[0] === "{");
    const codes = new Set(said.map((line) => JSON.parse(line).code).filter((code) => code));
    const expected = [
      "E_NAME_TAKEN",
      "E_PIPE_NOT_FOUND",
      "E_PIPE_TAKEN",
      "E_SOURCE_NOT_FOUND",
      "E_SOURCE_TAKEN",
    ];
    assertEquals([...codes].sort(), expected);
  },
);

/** Each pipe has its pool, and there are no others. */
async function assertPools(world: World): Promise<void> {
  await using store = await world.store();
  const { sources, uncollared } = store.state;
  const pipes = [...sources.flatMap((source) => [...source.pipes.values()]), ...uncollared];
  const names = pipes.map((pipe) => store.pools.nameOf(pipe).slice(world.prefix.length));
  const expected = pipes.filter(({ generation }) => generation > 0).length;
  const made = ["_registry", ...names.filter((name) => !name.endsWith("@0"))].sort();
  assertEquals([await world.poolNames(), made.length], [made, expected + 1]);
}
