/**
 * Measuring: each benchmark runs in rounds, interleaved with its floor so that drift
 * of the machine hits both alike, and the medians are compared.
 *
 * @module
 */

/** One thing measured, next to the least that it could cost. */
export interface Benchmark {
  /** As in `--only NAME`. */
  name: string;
  /** What the figures count, for example `msg/s`, `ms` or `µs`. */
  unit: string;
  /** What we promise, in words. */
  target: string;
  /** Runs one round and gives its figure. */
  round: () => number | Promise<number>;
  /** The same system calls, copies or parsing with nothing of ours around them. */
  floor?: () => number | Promise<number>;
  /** Frees what the rounds used. */
  close?: () => void;
}

/** The figures of one benchmark. */
export interface Result {
  name: string;
  unit: string;
  target: string;
  ours: number;
  floor: number | null;
  /** How many times the floor's cost ours is; null without a floor. */
  ratio: number | null;
}

/** Rounds measured after one that is not. */
const ROUNDS = 5;

/** Runs one benchmark. */
export async function measure(benchmark: Benchmark): Promise<Result> {
  const ours: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const floor = await benchmark.floor?.();
    const figure = await benchmark.round();
    if (round === 0) continue;
    ours.push(figure);
    if (floor !== undefined) floors.push(floor);
  }
  benchmark.close?.();
  const [mine, least] = [median(ours), floors.length > 0 ? median(floors) : null];
  const { name, unit, target } = benchmark;
  const isRate = unit.endsWith("/s");
  const ratio = least === null ? null : isRate ? least / mine : mine / least;
  return { name, unit, target, ours: mine, floor: least, ratio };
}

/** The middle one of some figures. */
export function median(figures: number[]): number {
  return percentile(figures, 0.5);
}

/** The figure below which `share` of them lie. */
export function percentile(figures: number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Operations a second when `work` does `count` of them. */
export function rate(count: number, work: () => void): number {
  const start = performance.now();
  work();
  return count / (performance.now() - start) * 1000;
}

/** {@linkcode rate} of asynchronous work. */
export async function rateOf(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return count / (performance.now() - start) * 1000;
}
