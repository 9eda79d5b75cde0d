/**
 * Processes that follow a pool: ours and upstream's.
 *
 * @module
 */

import { Client, type Pool } from "@plasmite/pool";
import type { Site } from "./benchmark.ts";
import { type Command, run, startBeside } from "./command_process.ts";
import { bundlePls, libraryProgram, plsEnvironment, upstreamPlasmite } from "./command_programs.ts";
import { pause } from "./programs/program.ts";

/** The ways to follow that are measured, in the order of figures. */
export const WAYS = ["pls follow", "a library tail"] as const;

/** How long a follower gets to start, in milliseconds. */
const SETTLING_MS = 1500;

/** A follower, and the pool it follows. */
export interface Way {
  command: Command;
  env?: Record<string, string>;
}

/** A pool, and how {@linkcode WAYS} follow it. */
export interface Followed {
  pool: Pool;
  ways: readonly Way[];
}

/** Makes a pool of ours to follow. */
export function followedPool({ dir, cleanup }: Site): Followed {
  const pool = cleanup.use(new Client({ dir })).pool("followed", { sizeBytes: 64 * 2 ** 20 });
  const follow = [...bundlePls(`${dir}/bundle`), "follow", "followed", "--jsonl"];
  return {
    pool,
    ways: [
      { command: follow, env: plsEnvironment(dir) },
      // It follows to its end, which never comes.
      { command: [...libraryProgram("burst_follower.ts"), pool.path, "1", "1e9"] },
    ],
  };
}

/** Upstream's follower of a pool of its own; undefined when it is not installed. */
export async function upstreamWay({ dir }: Site): Promise<Way | undefined> {
  const executable = upstreamPlasmite();
  if (executable === undefined) return undefined;
  const program = [...executable, "--dir", `${dir}/upstream`];
  Deno.mkdirSync(`${dir}/upstream`);
  await run([...program, "pool", "create", "followed"]);
  return { command: [...program, "follow", "followed", "--format", "json"] };
}

/** Starts a follower whose output is thrown away, and waits until it waits for messages. */
export async function startFollower(
  cleanup: AsyncDisposableStack,
  { command, env }: Way,
): Promise<number> {
  const pid = await startBeside(cleanup, command, env);
  await pause(SETTLING_MS);
  return pid;
}
