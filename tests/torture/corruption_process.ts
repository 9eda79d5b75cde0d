/**
 * Corrupts pools, one after another: `corruption_process.ts SEED ROUNDS [PATH]`, where
 * PATH is that of a case as fast-check gives it.
 *
 * It prints a line before every case, so that whoever watches sees a hang, and at the end
 * the counts as JSON. No buffer that is asked for may be larger than pools this small
 * explain: a length read from a file must not decide it.
 *
 * @module
 */

import { assertLess } from "@std/assert";
import fc from "fast-check";
import { type Outcome, runCase } from "./corruption_case.ts";
import { makeVictims } from "./corruption_pool.ts";
import { anyMutations } from "./mutation.ts";
import { Random } from "./random.ts";

/** Largest buffer: chunks of 1 MiB are the largest that are read or copied. */
const BUFFER_BYTES_MAX = 4 * 1024 * 1024;
/** Largest memory of the process: what Deno takes, and some garbage. */
const RESIDENT_BYTES_MAX = 512 * 1024 * 1024;

/** Has every buffer that is asked for measured; what it returns fails for one too large. */
function watchBuffers(): () => void {
  let tooLarge: Error | undefined;
  for (const name of ["Uint8Array", "Int32Array", "Uint32Array"] as const) {
    const original = globalThis[name];
    Object.assign(globalThis, {
      [name]: new Proxy(original, {
        construct(target, args, newTarget) {
          const made = Reflect.construct(target, args, newTarget);
          const { byteLength } = made.buffer;
          if (byteLength > BUFFER_BYTES_MAX) tooLarge = new Error(`a buffer of ${byteLength}`);
          return made;
        },
      }),
    });
  }
  return () => {
    const error = tooLarge;
    tooLarge = undefined;
    if (error !== undefined) throw error;
  };
}

if (import.meta.main) {
  const [seed, rounds] = Deno.args.map(Number);
  const dir = Deno.makeTempDirSync({ prefix: "pls-corrupted-" });
  const counts: Record<Outcome, number> = { forged: 0, damaged: 0, unharmed: 0 };
  const checkBuffers = watchBuffers();
  const victims = makeVictims(new Random(seed));
  let number = 0;
  const property = fc.asyncProperty(
    fc.nat(victims.length - 1),
    anyMutations,
    async (victim, mutations) => {
      console.log(`case ${number++}`);
      for (const { name } of Deno.readDirSync(dir)) Deno.removeSync(`${dir}/${name}`);
      counts[await runCase(dir, victims[victim], mutations)]++;
      checkBuffers();
    },
  );
  await fc.assert(property, { seed, numRuns: rounds, path: Deno.args.at(2), verbose: true });
  const { rss } = Deno.memoryUsage();
  assertLess(rss, RESIDENT_BYTES_MAX, "the process has grown");
  Deno.removeSync(dir, { recursive: true });
  console.log(JSON.stringify(counts));
}
