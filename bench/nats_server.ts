/**
 * `nats-server` beside a benchmark: one with JetStream, or three that make a cluster.
 *
 * They store in files and sync them when they see fit, by default every two minutes.
 *
 * @module
 */

import { freePort, HOSTNAME, untilListening } from "./peers/port.ts";
import { NotInstalledError, pause, Program } from "./programs/program.ts";

/** The servers of a cluster. */
const CLUSTER_SIZE = 3;
const POLL_MS = 50;
/** Longest wait for a cluster to have a leader, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Servers that run. */
export interface NatsServers {
  /** Where clients connect: all of them. */
  readonly url: string;
  /** Their processes; they have to live while they are measured. */
  readonly programs: readonly Program[];
}

/** What starts servers in a directory of their own, until `cleanup`. */
export type StartNats = (dir: string, cleanup: AsyncDisposableStack) => Promise<NatsServers>;

/** What a server says about JetStream. */
interface JetStreamState {
  readonly meta_cluster?: { readonly leader?: string; readonly cluster_size?: number };
}

/** Starts one server. */
export const startOne: StartNats = async (dir, cleanup) => {
  const port = freePort();
  const listen = ["--addr", HOSTNAME, "--port", String(port)];
  const server = cleanup.use(new Program("nats-server", [...listen, "-js", "-sd", dir]));
  await untilListening(server, port);
  return { url: `nats://${HOSTNAME}:${port}`, programs: [server] };
};

/** Starts a cluster, and waits until it has a leader. */
export const startCluster: StartNats = async (dir, cleanup) => {
  const places = Array.from({ length: CLUSTER_SIZE }, (_, index) => ({
    name: `n${index + 1}`,
    port: freePort(),
    routePort: freePort(),
    monitorPort: freePort(),
  }));
  const routes = places.map(({ routePort }) => `nats://${HOSTNAME}:${routePort}`).join(",");
  const programs = places.map(({ name, port, routePort, monitorPort }) => {
    const listen = ["--addr", HOSTNAME, "--port", `${port}`, "--http_port", `${monitorPort}`];
    const store = ["--name", name, "-js", "-sd", `${dir}/${name}`];
    const route = ["--cluster_name", "bench", "--cluster", `nats://${HOSTNAME}:${routePort}`];
    return cleanup.use(
      new Program("nats-server", [...listen, ...store, ...route, "--routes", routes]),
    );
  });
  for (const [index, { port, monitorPort }] of places.entries()) {
    await untilListening(programs[index], port);
    await programs[index].during(untilLed(monitorPort), "a cluster to choose its leader");
  }
  return { url: `nats://${places.map(({ port }) => `${HOSTNAME}:${port}`).join(",")}`, programs };
};

/** Waits until the server that is monitored at `port` knows the leader and all others. */
async function untilLed(port: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const response = await fetch(`http://${HOSTNAME}:${port}/jsz`);
    const { meta_cluster: meta }: JetStreamState = await response.json();
    if (meta?.leader !== undefined && meta.cluster_size === CLUSTER_SIZE) return;
    await pause(POLL_MS);
  }
}

/** Starts servers; undefined, and said so, when `nats-server` is not installed. */
export async function natsServers(
  start: StartNats,
  dir: string,
  cleanup: AsyncDisposableStack,
): Promise<NatsServers | undefined> {
  try {
    return await start(dir, cleanup);
  } catch (error) {
    if (!(error instanceof NotInstalledError)) throw error;
    console.error(`nothing on NATS is measured: ${error.message}`);
    return undefined;
  }
}

/** Does `work` that needs servers alive; `what` names it. */
export async function whileServed<T>(
  { programs }: NatsServers,
  work: Promise<T>,
  what: string,
): Promise<T> {
  return await programs.reduce((rest, program) => program.during(rest, what), work);
}
