/**
 * What one NATS server can take, and a cluster of three on the same machine, of which one or all
 * keep a pool.
 *
 * The floor is the client library alone, as in the benchmark `nats`. Clients are processes of their
 * own that have done the same before the time begins; several work at the same time, and their messages are
 * counted together. A client connects to any server of the cluster.
 *
 * @module
 */

import type { Benchmark, Row, Site, Subject } from "./benchmark.ts";
import { type Way, WAYS } from "./nats_links.ts";
import { makePool, NatsClients } from "./nats_process.ts";
import { type NatsServers, natsServers, startCluster, startOne } from "./nats_server.ts";
import { type Measure, takingTurns } from "./nats_turns.ts";
import type { NatsTask } from "./programs/nats_client.ts";
import { BATCH } from "./workload.ts";

const POOL_BYTES = 64 * 2 ** 20;

interface Load {
  name: string;
  clients: number;
  /** What each of them does. */
  task: NatsTask;
}

const WRITERS = 4;
const FOLLOWERS = 10;

const LOADS: readonly Load[] = [
  { name: "append", clients: 1, task: { work: "append", operations: 3000 } },
  {
    name: `append of ${BATCH} at once`,
    clients: 1,
    task: { work: "append many", operations: 100 },
  },
  { name: `${WRITERS} writers`, clients: WRITERS, task: { work: "append", operations: 1500 } },
  {
    name: `${WRITERS} writers of ${BATCH} at once`,
    clients: WRITERS,
    task: { work: "append many", operations: 40 },
  },
  { name: "tail", clients: 1, task: { work: "read all", operations: 1 } },
  { name: `${FOLLOWERS} tails`, clients: FOLLOWERS, task: { work: "read all", operations: 1 } },
];

/** Servers, and how many of them keep a pool. */
interface Setting {
  name: string;
  isCluster: boolean;
  replicas: number;
}

const SETTINGS: readonly Setting[] = [
  { name: "1 server", isCluster: false, replicas: 1 },
  { name: "3 servers, 1 replica", isCluster: true, replicas: 1 },
  { name: "3 servers, 3 replicas", isCluster: true, replicas: 3 },
];

/** Capacity of NATS on this machine, through us and through the bare client. */
export const natsCapacity: Benchmark = {
  name: "nats-capacity",
  rounds: 3,
  rows: SETTINGS.flatMap((setting) => {
    return LOADS.map((load): Row => ({ name: `${setting.name}: ${load.name}`, unit: "msg/s" }));
  }),
  async prepare({ dir, cleanup }: Site): Promise<Subject[]> {
    const one = await natsServers(startOne, `${dir}/one`, cleanup);
    const cluster = one && await natsServers(startCluster, `${dir}/cluster`, cleanup);
    if (one === undefined || cluster === undefined) return [];
    const measures: Record<string, Measure[]> = { pls: [], floor: [] };
    for (const setting of SETTINGS) {
      const servers = setting.isCluster ? cluster : one;
      for (const way of WAYS) {
        const who = way === "pls" ? "pls" : "floor";
        measures[who].push(...await measuresOf(setting, servers, way));
      }
    }
    return takingTurns(measures);
  },
};

async function measuresOf(
  { replicas }: Setting,
  servers: NatsServers,
  way: Way,
): Promise<Measure[]> {
  const place = { way, servers, pool: `${way}_${replicas}` };
  await makePool(place, { sizeBytes: POOL_BYTES, replicas });
  return LOADS.map(({ clients: count, task }) => async () => {
    // Those that wait cost memory, and there are many of them.
    await using stack = new AsyncDisposableStack();
    const clients = await NatsClients.start(place, count, stack);
    // The first time their code is compiled.
    await clients.rateOf(task);
    return [await clients.rateOf(task)];
  });
}
