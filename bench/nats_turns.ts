/**
 * Subjects that take turns at every row: what a busy machine does to one it does to the others.
 *
 * @module
 */

import type { Subject } from "./benchmark.ts";

/** Gives the figures of a row, or of some that are measured together. */
export type Measure = () => Promise<readonly number[]>;

/** The subjects of these names, with what gives the figures of the rows in their order. */
export function takingTurns(measures: Readonly<Record<string, readonly Measure[]>>): Subject[] {
  const names = Object.keys(measures);
  const count = Math.max(...names.map((name) => measures[name].length));
  const figures = new Map<string, number[]>();
  const measureAll = async () => {
    for (const name of names) figures.set(name, []);
    for (let at = 0; at < count; at++) {
      for (const name of names) figures.get(name)?.push(...await measures[name][at]());
    }
  };
  return names.map((who, at) => ({
    who,
    // A round begins with the first of them, and has measured all then.
    async measure() {
      if (at === 0) await measureAll();
      return figures.get(who) ?? [];
    },
  }));
}
