/**
 * What followers cost while nothing happens.
 *
 * @module
 */

import type { Benchmark, Figures, Site, Subject } from "./benchmark.ts";
import { followedPool, startFollower, upstreamWay, type Way, WAYS } from "./command_followers.ts";
import { cpuSeconds } from "./command_usage.ts";
import { pause } from "./programs/program.ts";

const WATCHED_MS = 20_000;

/** CPU time of followers of a pool that nobody appends to, as a share of one core. */
export const idle: Benchmark = {
  name: "idle",
  rounds: 1,
  rows: WAYS.map((way) => ({ name: way, unit: "%", target: { atMost: 0.2 } })),
  async prepare(site): Promise<Subject[]> {
    const { ways } = followedPool(site);
    return [subject("pls", ways), ...await upstream(site)];
  },
};

async function upstream(site: Site): Promise<Subject[]> {
  const way = await upstreamWay(site);
  return way === undefined ? [] : [subject("plasmite", [way])];
}

/** They wait side by side. */
function subject(who: string, ways: readonly Way[]): Subject {
  return {
    who,
    async measure(): Promise<Figures> {
      await using cleanup = new AsyncDisposableStack();
      const pids: number[] = [];
      for (const way of ways) pids.push(await startFollower(cleanup, way));
      const before = pids.map(cpuSeconds);
      const startMs = performance.now();
      await pause(WATCHED_MS);
      const seconds = (performance.now() - startMs) / 1000;
      return pids.map((pid, at) => share(before[at], cpuSeconds(pid), seconds));
    },
  };
}

function share(
  before: number | undefined,
  after: number | undefined,
  seconds: number,
): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  return (after - before) / seconds * 100;
}
