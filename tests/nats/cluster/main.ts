/**
 * `deno run -A tests/nats/cluster/main.ts [SCENE...] [--rounds N] [--seed S]`: is hard on clusters
 * at length, and prints what was counted. The exit code is 1 when a promise was broken.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { SCENES } from "./scenes.ts";
import { runScene } from "./world.ts";

if (import.meta.main) {
  const flags = parseArgs(Deno.args, { string: ["rounds", "seed"] });
  const seed = Number(flags.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  console.log(`seed ${seed}`);
  const names = flags._.map(String);
  const unknown = names.find((name) => !SCENES.some((scene) => scene.name === name));
  if (unknown !== undefined) throw new Error(`there is no scene ${unknown}`);
  for (const scene of SCENES.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const startMs = performance.now();
    const rounds = Number(flags.rounds ?? scene.rounds);
    try {
      const counts = await runScene(scene, rounds, seed);
      const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
      const told = Object.entries(counts).map(([what, count]) => `${count} ${what}`).join(", ");
      console.log(`ok ${scene.name}: ${rounds} rounds in ${seconds} s: ${told}`);
    } catch (error) {
      console.error(`FAILED ${scene.name}`, error instanceof Error ? error.message : error);
      Deno.exitCode = 1;
    }
  }
}
