/**
 * Benchmarks go on compiling and working. Their figures are nobody's promise here.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

const MAIN = import.meta.dirname + "/../../bench/main.ts";
/** Quick ones: one next to a floor and peers, and one that counts. */
const QUICK = ["append", "space"];
const PATIENCE_MS = 120_000;

interface Result {
  benchmark: string;
  name: string;
  figures: Record<string, number>;
}

async function bench(...args: string[]): Promise<Result[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", MAIN, ...args],
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)).results;
}

Deno.test("benchmarks give positive figures in all their rows", async () => {
  const only = QUICK.flatMap((name) => ["--only", name]);
  const results = await bench("--json", "--rounds", "1", ...only);
  for (const { benchmark, name, figures } of results) {
    assert(figures.pls > 0, `${benchmark} ${name}: ${figures.pls}`);
  }
  assertEquals([...new Set(results.map(({ benchmark }) => benchmark))], QUICK);
});
