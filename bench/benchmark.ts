/**
 * What a benchmark is: figures that several subjects give in turn, ours among them.
 *
 * @module
 */

/** What a figure counts. Of rates more is better, of the others less. */
export type Unit = "msg/s" | "µs" | "ms" | "MiB" | "bytes" | "%";

/** What we promise of a figure. */
export interface Target {
  /** The figure is at least this. */
  atLeast?: number;
  /** The figure is at most this. */
  atMost?: number;
  /** It costs at most this many times what the floor does. */
  ratioAtMost?: number;
}

/** One figure of a benchmark. */
export interface Row {
  /** What it is, unique within the benchmark. */
  name: string;
  unit: Unit;
  target?: Target;
}

/** Somebody who does what is measured. */
export interface Subject {
  /** `pls` is ours; `floor` does the least there is to do; the others are peers. */
  who: string;
  /** Does it once, and gives a figure for each row; undefined where it has none. */
  measure(): Figures | Promise<Figures>;
}

/** Figures in the order of a benchmark's rows. */
export type Figures = readonly (number | undefined)[];

/** One thing measured. */
export interface Benchmark {
  /** As in `--only NAME`. */
  name: string;
  rows: readonly Row[];
  /** Rounds that count, after one that warms up. Default 5. */
  rounds?: number;
  /** Sets up; what it puts on `site.cleanup` is freed after the last round. */
  prepare(site: Site): readonly Subject[] | Promise<readonly Subject[]>;
}

/** Where a benchmark works. */
export interface Site {
  /** A directory of its own. */
  dir: string;
  /** What to free afterwards. */
  cleanup: AsyncDisposableStack;
}
