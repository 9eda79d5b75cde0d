/**
 * Measuring: the subjects of a benchmark take turns, so that drift of the machine hits
 * all alike, and the medians of their rounds are compared.
 *
 * @module
 */

import type { Benchmark, Figures, Row, Target } from "./benchmark.ts";

/** A row with what was measured. */
export interface Result extends Row {
  /** The benchmark it belongs to. */
  benchmark: string;
  /** The median of each subject, by its name. */
  figures: Record<string, number>;
  /** How many times the floor's cost ours is; absent without a floor. */
  ratio?: number;
  /** Whether the target is met; absent without one. */
  met?: boolean;
}

const DEFAULT_ROUNDS = 5;

/** Runs one benchmark below `parentDir`. `rounds` overrides what it asks for. */
export async function measure(
  benchmark: Benchmark,
  parentDir: string,
  rounds = benchmark.rounds ?? DEFAULT_ROUNDS,
): Promise<Result[]> {
  const dir = Deno.makeTempDirSync({ dir: parentDir, prefix: benchmark.name });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => Deno.removeSync(dir, { recursive: true }));
  const subjects = await benchmark.prepare({ dir, cleanup });
  const taken = new Map<string, Figures[]>(subjects.map(({ who }) => [who, []]));
  // The first round warms up, unless it is the only one.
  for (let round = rounds === 1 ? 1 : 0; round <= rounds; round++) {
    for (const subject of subjects) {
      const figures = await subject.measure();
      if (round > 0) taken.get(subject.who)!.push(figures);
    }
  }
  return benchmark.rows.map((row, at) => resultOf(benchmark.name, row, mediansOf(taken, at)));
}

function mediansOf(taken: Map<string, Figures[]>, at: number): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [who, rounds] of taken) {
    const own = rounds.map((round) => round[at]).filter((figure) => figure !== undefined);
    if (own.length > 0) figures[who] = median(own);
  }
  return figures;
}

function resultOf(benchmark: string, row: Row, figures: Record<string, number>): Result {
  const result: Result = { benchmark, ...row, figures };
  const { pls, floor } = figures;
  if (pls !== undefined && floor !== undefined) {
    result.ratio = isRate(row) ? floor / pls : pls / floor;
  }
  if (row.target !== undefined && pls !== undefined) {
    result.met = isMet(row.target, pls, result.ratio);
  }
  return result;
}

/** Whether more is better. */
export function isRate({ unit }: Row): boolean {
  return unit.endsWith("/s");
}

function isMet(target: Target, ours: number, ratio = 0): boolean {
  const { atLeast = -Infinity, atMost = Infinity, ratioAtMost = Infinity } = target;
  return ours >= atLeast && ours <= atMost && ratio <= ratioAtMost;
}

/** The middle one of some figures. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 0.5);
}

/** The figure below which `share` of them lie. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Operations a second when `work` does `count` of them. */
export function rate(count: number, work: () => void): number {
  const startMs = performance.now();
  work();
  return count / (performance.now() - startMs) * 1000;
}

/** {@linkcode rate} of asynchronous work. */
export async function rateOf(count: number, work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return count / (performance.now() - startMs) * 1000;
}

/** Operations a second when `work` is done `count` times. */
export function repeatRate(count: number, work: () => unknown): number {
  return rate(count, () => {
    for (let i = 0; i < count; i++) work();
  });
}
