/**
 * Runs the benchmarks: `deno task bench [--only NAME] [--rounds N] [--json]`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { BENCHMARKS } from "./benchmarks.ts";
import { measure, type Result } from "./harness.ts";
import { thisMachine } from "./machine.ts";
import { describeMachine, renderTable } from "./report.ts";

const args = parseArgs(Deno.args, {
  string: ["only", "rounds"],
  boolean: ["json"],
  collect: ["only"],
});
const names = args.only as string[];
const unknown = names.find((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (unknown !== undefined) {
  const known = BENCHMARKS.map(({ name }) => name).join(", ");
  console.error(`there is no benchmark ${unknown}; there are ${known}`);
  Deno.exit(2);
}
const chosen = BENCHMARKS.filter(({ name }) => names.length === 0 || names.includes(name));
const rounds = args.rounds === undefined ? undefined : Number(args.rounds);
const dir = Deno.makeTempDirSync({ prefix: "pls-bench-" });
try {
  const machine = thisMachine();
  const results: Result[] = [];
  for (const benchmark of chosen) {
    if (!args.json) console.error(`measuring ${benchmark.name}`);
    results.push(...await measure(benchmark, dir, rounds));
  }
  if (args.json) console.log(JSON.stringify({ machine, results }, null, 2));
  else console.log(`${describeMachine(machine)}\n\n${renderTable(results)}`);
} finally {
  Deno.removeSync(dir, { recursive: true });
}
