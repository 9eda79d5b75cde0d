/**
 * Processes are killed while they append to, create and delete pools.
 *
 * @module
 */

import { type Army, fight } from "./kill_battle.ts";
import { fightMakers } from "./kill_makers.ts";
import { Tally } from "./kill_tally.ts";
import type { Random } from "./random.ts";
import type { Torture } from "./torture.ts";

/** Battles of different kinds, in turn. */
const ARMIES: readonly (Army | { makers: number; kills: number })[] = [
  { kinds: ["library"], writers: 1, kills: 10 },
  { kinds: ["library", "feed"], writers: 3, kills: 8 },
  { makers: 1, kills: 7 },
  { kinds: ["feed"], writers: 1, kills: 3 },
  { kinds: ["library"], writers: 1, kills: 10 },
  { makers: 3, kills: 6 },
];

async function run(kills: number, random: Random) {
  const tally = new Tally();
  for (let battle = 0; (tally.counts.kills ?? 0) < kills; battle++) {
    const army = ARMIES[battle % ARMIES.length];
    if ("makers" in army) await fightMakers(army, random, tally);
    else await fight(army, random, tally);
  }
  return tally.counts;
}

/** Kills anywhere. */
export const kill: Torture = {
  name: "kill",
  promise: "a killed process loses no acknowledged message, shows no half of anything, and stops " +
    "nobody",
  unit: "kills",
  rounds: { short: 50, long: 1000 },
  run,
};
