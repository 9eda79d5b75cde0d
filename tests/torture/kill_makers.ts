/**
 * Processes that create and delete one and the same pool are killed in the midst of it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Client, NotFoundError, type Pool } from "@plasmite/pool";
import { Child } from "../process/child.ts";
import { isGenuine, makeMessage, UNBATCHED_TAGS } from "../process/workload.ts";
import type { Tally } from "./kill_tally.ts";
import { spin } from "./kill_victim.ts";
import type { Random } from "./random.ts";

const POOL = "phoenix";
/** The checks' own appends come under this number. */
const SURVIVOR = 0;
/** Most bytes of output awaited before a kill, and the longest time from there to it. */
const SAID_BEFORE_KILL_MAX = 4000;
const KILL_DELAY_MS_MAX = 3;
/** Times a pool may vanish between making it and appending to it, with others at it. */
const VANISHES_MAX = 1000;

/** Lets `makers` processes at a time make and delete a pool, and kills `kills` of them. */
export async function fightMakers(
  { makers, kills }: { makers: number; kills: number },
  random: Random,
  tally: Tally,
): Promise<void> {
  const dir = Deno.makeTempDirSync({ prefix: "pls-kill-" });
  try {
    await using children = new AsyncDisposableStack();
    const access = [`--allow-read=${dir}`, `--allow-write=${dir}`];
    const start = (script: string, ...args: string[]) => {
      return children.use(Child.deno(import.meta.resolve(script), access, [dir, POOL, ...args]));
    };
    const bystander = start("./kill_bystander.ts");
    await bystander.ready();
    let reserve = start("./kill_maker.ts", "1");
    const working: Child[] = [];
    for (let writer = 2; writer <= makers + kills; writer++) {
      await reserve.ready();
      await reserve.send("go");
      working.push(reserve);
      reserve = start("./kill_maker.ts", `${writer}`);
      if (working.length < makers) continue;
      const [victim] = working.splice(random.int(0, makers - 1), 1);
      await killMaker(victim, random);
      tally.add("kills");
      tally.add("kills of makers");
      if (working.length === 0) checkAlone(dir, victim, tally);
      useAnew(dir, working.length === 0);
      for (const other of working) await goOn(other);
    }
    // It may have ended by itself, which is told next.
    await bystander.send("enough").catch(() => {});
    assertEquals(await bystander.exit(), 0, bystander.stderr.text);
    const { visits, messages } = JSON.parse(bystander.stdout.lines.at(-1)!);
    tally.add("pools seen by the bystander", visits);
    tally.add("messages of the bystander", messages);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

async function killMaker(maker: Child, random: Random): Promise<void> {
  await said(maker, random.int(1, SAID_BEFORE_KILL_MAX));
  spin(random.int(0, 1000 * KILL_DELAY_MS_MAX) / 1000);
  maker.kill();
  await maker.exit();
  assertEquals(maker.stderr.text, "", "a maker complained before it was killed");
}

async function goOn(maker: Child): Promise<void> {
  await said(maker, 1);
}

/** Waits until it said so many bytes more. */
async function said({ stdout, stderr }: Child, bytes: number): Promise<void> {
  const enough = stdout.text.length + bytes;
  try {
    await stdout.until((text) => text.length >= enough, `${bytes} bytes more`);
  } catch (error) {
    throw new Error(`a maker stopped: ${stderr.text}`, { cause: error });
  }
}

/** What the only maker left: a whole pool with all it was told of, or none. */
function checkAlone(dir: string, maker: Child, tally: Tally): void {
  const client = new Client({ dir });
  const last = maker.stdout.lines.at(-1)!.split(" ");
  const isFileThere = exists(client.path(POOL));
  const pool = openIfThere(client);
  if (last[0] === "deleted") assert(pool?.info().id !== last[1], "what was deleted is there");
  if (["has", "appended"].includes(last[0])) assertEquals(pool?.info().id, last[1]);
  if (last[0] === "deleting" && pool === undefined) tally.add("killed after deleting");
  if (isFileThere && pool === undefined) tally.add("killed between mark and removal");
  if (pool !== undefined) checkMessages(pool, maker);
  tally.add("killed with a draft", removeDrafts(dir));
  pool?.close();
  const listed = client.listPools().filter(({ info }) => info !== undefined);
  assertEquals(listed.length, pool === undefined ? 0 : 1);
}

/** Every message that the maker was told of in this pool is there. */
function checkMessages(pool: Pool, maker: Child): void {
  const { id } = pool.info();
  for (const line of maker.stdout.lines) {
    const [what, ofPool, seq, counter] = line.split(" ");
    if (what !== "appended" || ofPool !== id) continue;
    const { data, tags } = pool.get(Number(seq));
    assert(isGenuine(data, tags));
    assertEquals(data.counter, Number(counter));
  }
}

/** The pool can be made and used, whatever the killed one left; alone that works at once. */
function useAnew(dir: string, isAlone: boolean): void {
  const client = new Client({ dir, lockTimeoutMs: isAlone ? 0 : undefined });
  for (let vanished = 0;; vanished++) {
    try {
      using pool = client.pool(POOL, { sizeBytes: 65536 });
      const { seq } = pool.append(makeMessage(SURVIVOR, 1), UNBATCHED_TAGS);
      if (isAlone) assertEquals(pool.get(seq).data, makeMessage(SURVIVOR, 1));
      break;
    } catch (error) {
      const mayHappen = error instanceof NotFoundError && !isAlone && vanished < VANISHES_MAX;
      if (!mayHappen) throw error;
    }
  }
  if (isAlone) client.deletePool(POOL);
}

function openIfThere(client: Client): Pool | undefined {
  try {
    return client.openPool(POOL);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes the files that were not linked into place, and says how many there were. */
function removeDrafts(dir: string): number {
  const drafts = Array.from(Deno.readDirSync(dir)).filter(({ name }) => name.endsWith(".tmp"));
  for (const { name } of drafts) Deno.removeSync(`${dir}/${name}`);
  return drafts.length;
}
