/**
 * Space that messages take in a pool, and memory that followers take.
 *
 * @module
 */

import { Client, type Pool } from "@plasmite/pool";
import type { Benchmark, Figures, Site, Subject } from "./benchmark.ts";
import { followedPool, startFollower, upstreamWay, type Way, WAYS } from "./command_followers.ts";
import { emptyProgram } from "./command_programs.ts";
import { peakMiB, residentMiB } from "./command_usage.ts";
import { pause } from "./programs/program.ts";
import { BATCH, fill, messageOf } from "./workload.ts";

const POOL_BYTES = 64 * 2 ** 20;
const SIZES = [
  { name: "100 B", bytes: 100 },
  { name: "1 KiB", bytes: 1024 },
  { name: "64 KiB", bytes: 65536 },
];

/**
 * What a message takes in a full pool of 64 MiB beside its payload, and the share of the
 * file that is not payload.
 */
export const space: Benchmark = {
  name: "space",
  // It is counted, and always comes out the same.
  rounds: 1,
  rows: [
    ...SIZES.map(({ name }) => ({ name: `beside ${name}`, unit: "bytes" as const })),
    ...SIZES.map(({ name }) => ({ name: `of the file beside ${name}`, unit: "%" as const })),
  ],
  prepare({ dir, cleanup }): Subject[] {
    const client = cleanup.use(new Client({ dir }));
    return [{
      who: "pls",
      measure() {
        const uses = SIZES.map(({ bytes }) => useOfFullPool(client, bytes));
        return [...uses.map(({ overhead }) => overhead), ...uses.map(({ share }) => share)];
      },
    }];
  },
};

function useOfFullPool(client: Client, payload: number): { overhead: number; share: number } {
  using pool = client.pool(`of-${payload}`, { sizeBytes: POOL_BYTES });
  fill(pool, POOL_BYTES / payload * 1.1, messageOf(payload));
  const { bounds, usedBytes } = pool.info();
  const count = bounds!.newest - bounds!.oldest + 1;
  const share = (POOL_BYTES - count * payload) / POOL_BYTES * 100;
  return { overhead: usedBytes / count - payload, share };
}

/** How long a follower is kept busy, and what it gets in every pause of that. */
const BUSY_MS = 1500;
const PAUSE_MS = 2;

/**
 * Resident memory of followers: while they wait, and the most they ever had after a stream
 * of about 100,000 messages a second. The floor is a script that waits; of others, only
 * waiting is measured.
 */
export const memory: Benchmark = {
  name: "memory",
  rounds: 3,
  rows: [
    ...WAYS.map((way) => ({ name: `of ${way} that waits`, unit: "MiB" as const })),
    ...WAYS.map((way) => ({ name: `of ${way} that is busy`, unit: "MiB" as const })),
  ],
  async prepare(site): Promise<Subject[]> {
    const { pool, ways } = followedPool(site);
    const floor = { command: emptyProgram(site.dir, "setInterval(() => {}, 1e9);") };
    return [
      { who: "pls", measure: () => measureOurs(pool, ways) },
      { who: "floor", measure: () => spread(floor) },
      ...await upstream(site),
    ];
  },
};

async function measureOurs(pool: Pool, ways: readonly Way[]): Promise<Figures> {
  const whenWaiting: (number | undefined)[] = [];
  const whenBusy: (number | undefined)[] = [];
  for (const way of ways) {
    await using cleanup = new AsyncDisposableStack();
    const pid = await startFollower(cleanup, way);
    whenWaiting.push(residentMiB(pid));
    await keepBusy(pool);
    whenBusy.push(peakMiB(pid));
  }
  return [...whenWaiting, ...whenBusy];
}

async function keepBusy(pool: Pool): Promise<void> {
  const endMs = performance.now() + BUSY_MS;
  while (performance.now() < endMs) {
    fill(pool, BATCH);
    await pause(PAUSE_MS);
  }
}

async function waiting(way: Way): Promise<number | undefined> {
  await using cleanup = new AsyncDisposableStack();
  return residentMiB(await startFollower(cleanup, way));
}

/** A script that waits is the floor of every figure. */
async function spread(floor: Way): Promise<Figures> {
  const figure = await waiting(floor);
  return [...WAYS, ...WAYS].map(() => figure);
}

async function upstream(site: Site): Promise<Subject[]> {
  const way = await upstreamWay(site);
  return way === undefined ? [] : [{ who: "plasmite", measure: async () => [await waiting(way)] }];
}
