/**
 * A real pool and a reference of a few lines are driven with the same random steps, and
 * must agree after each. A failure is shrunk to the few steps that it takes.
 *
 * @module
 */

import fc from "fast-check";
import type { PoolOptions } from "@plasmite/pool";
import { poolOptions } from "./model_inputs.ts";
import { anyStep, type Step } from "./model_steps.ts";
import { World } from "./model_world.ts";
import type { Counts, Torture } from "./torture.ts";

/** Steps on one pool at most. */
const STEPS_MAX = 80;
/** How long a failure is shrunk. */
const SHRINK_MS = 60_000;

/** Runs that drive a pool, and add to `counts`. */
function runs(counts: Counts): fc.IAsyncProperty<[PoolOptions, Step[]]> {
  let shrinkUntilMs = Infinity;
  return fc.asyncProperty(
    poolOptions,
    fc.array(anyStep, { maxLength: STEPS_MAX, size: "max" }),
    async (options, steps) => {
      // To pass from then on is what ends the search for something shorter that fails.
      if (performance.now() > shrinkUntilMs) return;
      try {
        await drive(options, steps, counts);
      } catch (error) {
        shrinkUntilMs = Math.min(shrinkUntilMs, performance.now() + SHRINK_MS);
        throw error;
      }
    },
  );
}

async function drive(options: PoolOptions, steps: readonly Step[], counts: Counts): Promise<void> {
  using world = new World(options, counts);
  for (const { act } of steps) {
    world.count("operations");
    await act(world);
    world.compare();
  }
  await world.close();
}

/** The model check. */
export const model: Torture = {
  name: "model",
  promise: "a pool does what an array with a byte budget does",
  unit: "pools of up to 80 operations",
  rounds: { short: 200, long: 3000 },
  async run(rounds, random) {
    const counts: Counts = {};
    await fc.assert(runs(counts), { numRuns: rounds, seed: random.seed() });
    return counts;
  },
};
