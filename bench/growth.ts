/**
 * Whether a pool gets slower as it grows.
 *
 * The pools are full, but for the largest: of its 8 GiB it has filled one, the rest of the
 * file is sparse.
 *
 * @module
 */

import { Client, Pool } from "@plasmite/pool";
import type { Benchmark, Subject, Target } from "./benchmark.ts";
import { rateOf, repeatRate } from "./harness.ts";
import { fill, MESSAGE } from "./workload.ts";

interface Size {
  name: string;
  bytes: number;
  messages: number;
}

const SIZES: readonly Size[] = [
  { name: "1 MiB", bytes: 2 ** 20, messages: 1100 },
  { name: "64 MiB", bytes: 2 ** 26, messages: 70_000 },
  { name: "1 GiB", bytes: 2 ** 30, messages: 1_100_000 },
  { name: "8 GiB", bytes: 2 ** 33, messages: 1_000_000 },
];

/** What is asked of a pool. It is done so many times, and takes so many microseconds. */
interface Question {
  name: string;
  targets?: Record<string, Target>;
  measure(pool: Pool): number | Promise<number>;
}

const QUESTIONS: readonly Question[] = [
  { name: "append", measure: (pool) => perCallMicros(5000, () => pool.append(MESSAGE)) },
  { name: "get", targets: { "1 GiB": { atMost: 30 } }, measure: getAny },
  { name: "first since a time", measure: tailSinceAny },
  { name: "open and info", measure: (pool) => perCallMicros(500, () => describe(pool.path)) },
];

/** Appending, finding by number and by time, and opening, in pools of 1 MiB to 8 GiB. */
export const growth: Benchmark = {
  name: "growth",
  rows: QUESTIONS.flatMap(({ name, targets }) =>
    SIZES.map((size) => ({
      name: `${name}, ${size.name}`,
      unit: "µs" as const,
      target: targets?.[size.name],
    }))
  ),
  prepare({ dir, cleanup }): Subject[] {
    const client = cleanup.use(new Client({ dir }));
    const pools = SIZES.map(({ bytes, messages }, at) => {
      const pool = client.pool(`size-${at}`, { sizeBytes: bytes });
      fill(pool, messages);
      return pool;
    });
    return [{
      who: "pls",
      async measure() {
        const figures: number[] = [];
        for (const question of QUESTIONS) {
          for (const pool of pools) figures.push(await question.measure(pool));
        }
        return figures;
      },
    }];
  },
};

function perCallMicros(count: number, call: () => unknown): number {
  return 1e6 / repeatRate(count, call);
}

function getAny(pool: Pool): number {
  const seq = anySeqOf(pool);
  return perCallMicros(2000, () => pool.get(seq()));
}

async function tailSinceAny(pool: Pool): Promise<number> {
  const count = 500;
  const seq = anySeqOf(pool);
  const times = Array.from({ length: count }, () => pool.get(seq()).time);
  const perSecond = await rateOf(count, async () => {
    for (const since of times) {
      for await (const _ of pool.tail({ since, maxMessages: 1 }));
    }
  });
  return 1e6 / perSecond;
}

/** Gives numbers of retained messages, at random. */
function anySeqOf(pool: Pool): () => number {
  const { oldest, newest } = pool.info().bounds!;
  return () => oldest + Math.floor(Math.random() * (newest - oldest));
}

function describe(path: string): void {
  using pool = new Pool(path);
  pool.info();
}
