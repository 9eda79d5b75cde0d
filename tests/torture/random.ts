/**
 * Choices that come again with the same seed.
 *
 * @module
 */

import { unsafeUniformIntDistribution, xoroshiro128plus } from "pure-rand";

/** Random choices that follow from a seed. */
export class Random {
  readonly #generator;

  /** Starts from `seed`, of which 32 bits count. */
  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return unsafeUniformIntDistribution(from, to, this.#generator);
  }

  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.int(0, 2 ** 30 - 1) < probability * 2 ** 30;
  }

  /** One of `items`, of which there is at least one. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)];
  }

  /** A seed for something of its own. */
  seed(): number {
    return this.int(0, 2 ** 31 - 1);
  }
}
