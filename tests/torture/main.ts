/**
 * `deno task torture [NAME...] [--seed N] [--rounds N]`: runs the tortures at length and
 * prints what each counted. The exit code is 1 when a promise was broken.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { type Counts, runTorture, type Torture } from "./torture.ts";
import { TORTURES } from "./tortures.ts";

function chosen(names: readonly string[]): readonly Torture[] {
  const unknown = names.find((name) => !TORTURES.some((torture) => torture.name === name));
  if (unknown !== undefined) {
    const known = TORTURES.map((torture) => torture.name).join(", ");
    throw new Error(`there is no torture ${unknown}; there are ${known}`);
  }
  return names.length === 0 ? TORTURES : TORTURES.filter(({ name }) => names.includes(name));
}

function describe(counts: Counts): string {
  return Object.entries(counts).map(([what, count]) => `${count} ${what}`).join(", ");
}

if (import.meta.main) {
  const flags = parseArgs(Deno.args, { string: ["seed", "rounds"] });
  const seed = Number(flags.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  console.log(`seed ${seed}`);
  for (const torture of chosen(flags._.map(String))) {
    const { name, promise, unit, rounds } = torture;
    const count = Number(flags.rounds ?? rounds.long);
    const startMs = performance.now();
    try {
      const counts = await runTorture(torture, count, seed);
      const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
      console.log(
        `ok ${name}: ${promise}\n   ${count} ${unit} in ${seconds} s: ${describe(counts)}`,
      );
    } catch (error) {
      console.error(`FAILED ${name}`, error);
      Deno.exitCode = 1;
    }
  }
}
