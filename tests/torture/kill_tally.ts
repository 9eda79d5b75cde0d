/**
 * Counting what happened.
 *
 * @module
 */

import type { Counts } from "./torture.ts";

/** Counts of anything, each from 0. */
export class Tally {
  /** What was counted so far. */
  readonly counts: Counts & Record<string, number> = {};

  /** Counts `what` once, or `count` times. */
  add(what: string, count = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + count;
  }
}
