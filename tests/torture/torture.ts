/**
 * What a torture is: one way to be hard on pools, in a length to choose.
 *
 * `deno task torture` runs all of them at length; the tests run each for a moment.
 *
 * @module
 */

import { Random } from "./random.ts";

/** What a run counted, to be reported: `{ kills: 1000, messages: 48211 }`. */
export type Counts = Record<string, number | string>;

/** One way to be hard on pools. */
export interface Torture {
  /** What it is called on the command line. */
  name: string;
  /** What holds whatever it does. */
  promise: string;
  /** What is counted in rounds: kills, images, seconds. */
  unit: string;
  /** How many rounds it takes in the tests and in the long run. */
  rounds: { short: number; long: number };
  /**
   * Runs it.
   *
   * @param random All that is random about it comes from here.
   * @throws when the promise is broken.
   */
  run(rounds: number, random: Random): Promise<Counts>;
}

/** Runs a torture, and says which seed makes it run the same way again when it fails. */
export async function runTorture(torture: Torture, rounds: number, seed: number): Promise<Counts> {
  try {
    return await torture.run(rounds, new Random(seed));
  } catch (error) {
    const again = `deno task torture ${torture.name} --rounds ${rounds} --seed ${seed}`;
    throw new Error(`broken: ${torture.promise}. To see it again: ${again}`, { cause: error });
  }
}
