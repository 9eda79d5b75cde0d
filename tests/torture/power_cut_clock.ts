/**
 * Time in a torture: some hours pass while a pool is filled in a moment.
 *
 * @module
 */

import { fromMilliseconds, type Timestamp } from "../../pool/timestamp.ts";
import type { Random } from "./random.ts";

const HOUR_MS = 3_600_000;
/** How many hours a clock is slow at first. */
const HOURS = 5;

/** An age limit that no message comes near to: they are whole hours old, or little less. */
export const AGE_LIMIT_MS = 2.5 * HOUR_MS;

/** A clock that jumps now and then, by an hour, and stays behind the real one. */
export class JumpingClock {
  readonly #random: Random;
  #hoursSlow = HOURS;
  #ms = Date.now() - HOURS * HOUR_MS;

  /** A clock that jumps when `random` has it so. */
  constructor(random: Random) {
    this.#random = random;
  }

  /** What time it is. */
  now(): Timestamp {
    this.#ms += this.#random.int(0, 100);
    if (this.#hoursSlow > 1 && this.#random.chance(0.02)) {
      this.#hoursSlow--;
      this.#ms += HOUR_MS;
    }
    return fromMilliseconds(this.#ms);
  }
}
