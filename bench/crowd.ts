/**
 * Many writers, and many followers, of one pool.
 *
 * @module
 */

import { Client, type Pool } from "@plasmite/pool";
import type { Benchmark, Site, Subject } from "./benchmark.ts";
import { libraryProgram } from "./command_programs.ts";
import { Program } from "./programs/program.ts";
import { BATCH, fill } from "./workload.ts";

const WRITERS = [1, 2, 4, 8];
/** What all writers append together. */
const APPENDS = 80_000;
const POOL_BYTES = 128 * 2 ** 20;
/** Enough to fill the pool, and more. */
const POOL_MESSAGES = 140_000;

/**
 * Writers in processes of their own that start at the same moment: what they append in all,
 * until the last has ended. The floor is what one of them appends alone.
 */
export const writers: Benchmark = {
  name: "writers",
  rows: WRITERS.map((count) => ({
    name: `${count}`,
    unit: "msg/s",
    target: count === 4 ? { ratioAtMost: 1.43 } : undefined,
  })),
  prepare({ dir, cleanup }): Subject[] {
    const pool = cleanup.use(new Client({ dir })).pool("crowd", { sizeBytes: POOL_BYTES });
    // So that all rounds write over what is there.
    fill(pool, POOL_MESSAGES);
    return [
      {
        who: "pls",
        async measure() {
          const rates: number[] = [];
          for (const count of WRITERS) rates.push(await appendTogether(pool, count));
          return rates;
        },
      },
      {
        who: "floor",
        async measure() {
          const alone = await appendTogether(pool, 1);
          return WRITERS.map((count) => count === 1 ? undefined : alone);
        },
      },
    ];
  },
};

async function appendTogether(pool: Pool, count: number): Promise<number> {
  const each = APPENDS / count;
  await using cleanup = new AsyncDisposableStack();
  const crowd = Array.from(
    { length: count },
    (_, writer) => cleanup.use(start("writer.ts", pool.path, `${each}`, `${writer}`)),
  );
  for (const writer of crowd) await writer.nextLine("a writer to be ready");
  // What they appended to warm up comes before.
  const newest = pool.info().bounds!.newest;
  for (const writer of crowd) await writer.write(new TextEncoder().encode("go\n"));
  const spans = await Promise.all(crowd.map(async (writer) => {
    return JSON.parse(await writer.nextLine("a writer to end")) as [number, number];
  }));
  await checkOrder(pool, newest + 1, each);
  const startMs = Math.min(...spans.map(([start]) => start));
  const endMs = Math.max(...spans.map(([, end]) => end));
  return APPENDS / (endMs - startMs) * 1000;
}

/** Fails unless every writer's messages are there, each once and in order. */
async function checkOrder(pool: Pool, sinceSeq: number, each: number): Promise<void> {
  const counters = new Map<string, number>();
  for await (const { seq, data } of pool.tail({ sinceSeq, maxMessages: APPENDS })) {
    const { writer, counter } = data as { writer: string; counter: number };
    const before = counters.get(writer) ?? 0;
    if (counter !== before + 1) {
      throw new Error(`writer ${writer}: ${counter} comes after ${before}, at ${seq}`);
    }
    counters.set(writer, counter);
  }
  const total = counters.values().reduce((sum, count) => sum + count, 0);
  const isComplete = counters.values().every((count) => count === each);
  if (total !== APPENDS || !isComplete || pool.info().bounds!.newest !== sinceSeq + APPENDS - 1) {
    throw new Error(`messages of ${counters.size} writers: ${total} of ${APPENDS}`);
  }
}

function start(name: string, ...args: string[]): Program {
  const [executable, ...options] = libraryProgram(name);
  return new Program(executable, [...options, ...args]);
}

/** Followers of one pool, so many in each of so many processes. */
interface Group {
  name: string;
  processes: number;
  tails: number;
  /** Messages they get at once. */
  burst: number;
}

const BURST = 80 * BATCH;
const BURST_FOR_100 = 20 * BATCH;

const GROUPS: readonly Group[] = [
  { name: "1", processes: 1, tails: 1, burst: BURST },
  { name: "10 in a process", processes: 1, tails: 10, burst: BURST },
  { name: "100 in a process", processes: 1, tails: 100, burst: BURST_FOR_100 },
  { name: "10 processes", processes: 10, tails: 1, burst: BURST },
  { name: "100 processes", processes: 100, tails: 1, burst: BURST_FOR_100 },
];
const PROCESS_BYTES = 80 * 2 ** 20;

/**
 * A burst of messages to followers who wait: what they get in all, parsed, and how long it
 * takes from the first append until the last of them has everything.
 */
export const followers: Benchmark = {
  name: "followers",
  rounds: 3,
  rows: [
    ...GROUPS.map(({ name }) => ({ name, unit: "msg/s" as const })),
    ...GROUPS.map(({ name, burst }) => ({
      name: `${name}, until all have ${burst}`,
      unit: "ms" as const,
    })),
  ],
  async prepare(site): Promise<Subject[]> {
    const waiting: (Waiting | undefined)[] = [];
    for (const group of GROUPS) waiting.push(await startGroup(site, group));
    return [{
      who: "pls",
      async measure() {
        const times: (number | undefined)[] = [];
        for (const group of waiting) times.push(await sendBurst(group));
        return [...GROUPS.map((group, at) => deliveryRate(group, times[at])), ...times];
      },
    }];
  },
};

interface Waiting {
  group: Group;
  pool: Pool;
  programs: Program[];
}

/** Undefined, and said so, where memory does not suffice. */
async function startGroup(site: Site, group: Group): Promise<Waiting | undefined> {
  const { name, processes, tails, burst } = group;
  if (processes * PROCESS_BYTES > Deno.systemMemoryInfo().available) {
    console.error(`${name} of followers are left out: not enough memory`);
    return undefined;
  }
  // A directory of its own: a change in it wakes all who follow there.
  const dir = Deno.makeTempDirSync({ dir: site.dir });
  const pool = site.cleanup.use(new Client({ dir })).pool("burst", { sizeBytes: POOL_BYTES / 4 });
  const programs = Array.from({ length: processes }, () => {
    return site.cleanup.use(start("burst_follower.ts", pool.path, `${tails}`, `${burst}`));
  });
  for (const program of programs) await program.nextLine("a follower to be ready");
  return { group, pool, programs };
}

async function sendBurst(waiting: Waiting | undefined): Promise<number | undefined> {
  if (waiting === undefined) return undefined;
  const { group, pool, programs } = waiting;
  const startMs = performance.now();
  fill(pool, group.burst);
  await Promise.all(programs.map((program) => program.nextLine("a burst to arrive")));
  return performance.now() - startMs;
}

function deliveryRate(
  { processes, tails, burst }: Group,
  ms: number | undefined,
): number | undefined {
  return ms && processes * tails * burst / ms * 1000;
}
