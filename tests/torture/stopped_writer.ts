/**
 * Busy writers are stopped for a while at random moments, now and then in the middle of
 * an append.
 *
 * @module
 */

import { fight } from "./kill_battle.ts";
import { Tally } from "./kill_tally.ts";
import type { Torture } from "./torture.ts";

/** How often one writer is stopped before it is killed. */
const STOPS_OF_EACH = 10;

/** Stops anywhere. */
export const stop: Torture = {
  name: "stop",
  promise: "while a writer is stopped readers go on, and when it is continued everybody does",
  unit: "stops",
  rounds: { short: 30, long: 1000 },
  async run(stops, random) {
    const tally = new Tally();
    while ((tally.counts.stops ?? 0) < stops) {
      const kinds = [random.chance(0.8) ? "library" : "feed"] as const;
      await fight({ kinds, writers: 1, kills: 1, stops: STOPS_OF_EACH }, random, tally);
    }
    return tally.counts;
  },
};
