/**
 * Plays one recipe: its scripts as real processes, those that wait or follow beside
 * those that send, until each of them has shown what it should.
 *
 * Whether a process that prints only new messages is up yet can't be seen from outside:
 * what the recipe sends is sent again until everybody has answered.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { isDeepStrictEqual } from "node:util";
import type { Envelope } from "@plasmite/pool";
import { type Child, PATIENCE_MS } from "../process/child.ts";
import type { Stage } from "../process/stage.ts";
import {
  expectedHistory,
  type FollowLine,
  isRightOutput,
  parseFollowLine,
  parseOutput,
} from "./follow_line.ts";
import { isReplay, type Script } from "./recipe.ts";

/** How often a file that grows is looked at. */
const LOOK_AGAIN_MS = 10;

/** Shell lines that are run in every round before the scripts of the recipe. */
export type Extras = readonly string[];

/** Something that follows a pool, running. */
interface Follower {
  readonly script: Script;
  readonly line: FollowLine;
  readonly child: Child;
  /** What was in the pool when it started. */
  readonly retained: readonly Envelope[];
}

/** Runs the scripts of a recipe and checks what each of them printed and sent. */
export async function perform(
  stage: Stage,
  scripts: readonly Script[],
  extras: Extras,
): Promise<void> {
  const followers: Follower[] = [];
  const others: string[] = [];
  for (const script of scripts) {
    if (script.ends === "by itself") {
      await runAndCheck(stage, script.text);
      if (!isReplay(script.text)) others.push(script.text);
    } else {
      followers.push(await startFollower(stage, script));
    }
  }
  const deadline = performance.now() + PATIENCE_MS;
  while (!followers.every((follower) => hasAnswered(stage, follower))) {
    assert(performance.now() < deadline, complaint(stage, followers));
    for (const script of [...extras, ...others]) {
      assertEquals((await stage.runScript(script)).code, 0, script);
    }
  }
  for (const follower of followers) await stopAndCheck(stage, follower);
}

/** Every message in the pool `name`. */
function contents(stage: Stage, name: string): Envelope[] {
  using client = stage.client();
  if (!client.listPools().some((pool) => pool.name === name)) return [];
  using pool = client.openPool(name);
  const { bounds } = pool.info();
  if (bounds === undefined) return [];
  return Array.from(
    { length: bounds.newest - bounds.oldest + 1 },
    (_, i) => pool.get(bounds.oldest + i).toJSON(),
  );
}

async function runAndCheck(stage: Stage, script: string): Promise<void> {
  const { code, stdout, stderr } = await stage.runScript(script);
  assertEquals([code, stderr], [0, ""], script);
  if (/^pls follow /m.test(script)) {
    const line = parseFollowLine(script);
    const retained = contents(stage, line.pool);
    const text = line.file === undefined ? stdout : readFile(stage, line.file);
    const { length } = parseOutput(text, line);
    assertEquals(length, expectedHistory(line, retained).length, script);
    assert(isRightOutput(line, text, { retained, later: [] }), `${script}printed ${text}`);
  }
  checkFed(stage, script, stdout);
}

/** What the script sends is in the pool, as it is written there and as the receipts say. */
function checkFed(stage: Stage, script: string, stdout: string): void {
  const [, pool] = script.match(/pls feed (\S+)/) ?? [];
  if (pool === undefined) return;
  const messages = contents(stage, pool);
  const receipts = stdout.match(/^\{"seq".*$/gm) ?? [];
  assert(receipts.length > 0, `no receipts for ${script}`);
  for (const receipt of receipts) {
    const { seq, time, meta } = JSON.parse(receipt);
    const message = messages.find((message) => message.seq === seq);
    assertEquals({ time, meta }, { time: message?.time, meta: message?.meta });
  }
  for (const [line, literal] of script.matchAll(/^pls feed .*'(\{[^']*\})'$/gm)) {
    const data = JSON.parse(literal);
    const tags = Array.from(line.matchAll(/ --tag (\S+)/g), ([, tag]) => tag);
    const isThere = messages.some((message) =>
      isDeepStrictEqual([message.data, message.meta.tags], [data, tags])
    );
    assert(isThere, `not in the pool: ${line}`);
  }
}

/** Starts it, and waits until it has printed the retained messages it asks for. */
async function startFollower(stage: Stage, script: Script): Promise<Follower> {
  const line = parseFollowLine(script.text);
  const retained = contents(stage, line.pool);
  const follower = { script, line, retained, child: stage.startScript(script.text) };
  const expected = expectedHistory(line, retained).length;
  const deadline = performance.now() + PATIENCE_MS;
  while (printed(stage, follower).length < expected && follower.child.running) {
    assert(performance.now() < deadline, complaint(stage, [follower]));
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return follower;
}

function output(stage: Stage, { line, child }: Follower): string {
  return line.file === undefined ? child.stdout.text : readFile(stage, line.file);
}

function printed(stage: Stage, follower: Follower): unknown[] {
  return parseOutput(output(stage, follower), follower.line);
}

function readFile(stage: Stage, name: string): string {
  try {
    return Deno.readTextFileSync(name.startsWith("/") ? name : `${stage.directory}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Whether it has ended, when it has to, or has shown something that came after its start. */
function hasAnswered(stage: Stage, follower: Follower): boolean {
  const { script, line, child, retained } = follower;
  if (script.ends === "after others" || !child.running) return !child.running;
  return printed(stage, follower).length > expectedHistory(line, retained).length;
}

async function stopAndCheck(stage: Stage, follower: Follower): Promise<void> {
  const { script, line, child, retained } = follower;
  const mustRun = script.ends === "when stopped";
  assertEquals(child.running, mustRun, `${script.text}ended: ${child.stderr.text}`);
  child.kill();
  const code = await child.exit();
  if (!mustRun) assertEquals(code, 0, script.text + child.stderr.text);
  assertEquals(child.stderr.text, "", script.text);
  if (line.file === "/dev/null") return;
  const text = output(stage, follower);
  const later = contents(stage, line.pool).slice(retained.length);
  assert(isRightOutput(line, text, { retained, later }), `${script.text}printed ${text}`);
}

function complaint(stage: Stage, followers: readonly Follower[]): string {
  const silent = followers.filter((follower) => !hasAnswered(stage, follower));
  return silent.map((follower) => {
    const { script, child } = follower;
    return `no answer from ${script.text}it printed: ${
      output(stage, follower)
    }${child.stderr.text}`;
  }).join("\n");
}
