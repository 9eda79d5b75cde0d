/**
 * Runs the benchmarks: `deno task bench [--only NAME] [--json]`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { measure, type Result } from "./harness.ts";
import { poolBenchmarks } from "./pool_benchmarks.ts";
import { processBenchmarks } from "./process_benchmarks.ts";

const args = parseArgs(Deno.args, { string: ["only"], boolean: ["json"] });
const dir = Deno.makeTempDirSync({ prefix: "pls-bench-" });
try {
  const benchmarks = [...poolBenchmarks(dir), ...processBenchmarks(dir)];
  const chosen = benchmarks.filter(({ name }) => args.only === undefined || name === args.only);
  const results: Result[] = [];
  for (const benchmark of chosen) results.push(await measure(benchmark));
  if (args.json) console.log(JSON.stringify({ deno: Deno.version.deno, results }, null, 2));
  else printTable(results);
} finally {
  Deno.removeSync(dir, { recursive: true });
}

function printTable(results: Result[]): void {
  const rows = results.map(({ name, unit, target, ours, floor, ratio }) => [
    name,
    `${format(ours)} ${unit}`,
    floor === null ? "" : `${format(floor)} ${unit}`,
    ratio === null ? "" : ratio.toFixed(2),
    target,
  ]);
  const table = [["what", "ours", "floor", "ratio", "target"], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) {
    console.log(row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
  }
}

function format(figure: number): string {
  return figure >= 1000 ? Math.round(figure).toLocaleString("en") : figure.toPrecision(3);
}
