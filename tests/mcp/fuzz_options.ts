/**
 * How long fuzzing goes on: a little in tests, more when the command line asks for it with
 * `-- --runs 500 --seed 7`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";

/** How many runs are made, and from which seed. */
export function fuzzOptions(): { numRuns: number; seed: number } {
  const { runs, seed } = parseArgs(Deno.args, { string: ["runs", "seed"] });
  return { numRuns: Number(runs ?? 30), seed: Number(seed ?? 20261122) };
}
