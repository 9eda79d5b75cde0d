/**
 * Three servers with JetStream that make a cluster; all of them end with the block.
 *
 * @module
 */

import { freePort, NatsServer } from "../nats_server.ts";
import { awaited } from "./patience.ts";

/** How many servers there are. */
export const NODE_COUNT = 3;

/**
 * In lame duck mode clients are told to go after one second, and the server ends when they have
 * gone. A silent connection counts as lost after six seconds: the usual minutes take too long here.
 */
const TIMES = `
lame_duck_duration: "30s"
lame_duck_grace_period: "1s"
ping_interval: "2s"
ping_max: 2
`;

/** Where a server of a cluster is to run. */
export interface NodePlace {
  /** Its address. */
  readonly host: string;
  /** Its port for clients; undefined for a free one. */
  readonly port?: number;
  /** Its port for the other servers. */
  readonly routePort: number;
  /** What to put before its command. */
  readonly prefix?: readonly string[];
}

/** What a server says about JetStream. */
interface JetStreamState {
  readonly meta_cluster?: { readonly leader?: string; readonly cluster_size?: number };
}

/** What a server says about its clients. */
interface ConnectionList {
  readonly connections: readonly { readonly name?: string }[];
}

/** A cluster. */
export class Cluster implements AsyncDisposable {
  /** Its servers: `n1`, `n2` and `n3`. */
  readonly nodes: readonly NatsServer[];

  private constructor(nodes: readonly NatsServer[]) {
    this.nodes = nodes;
  }

  /** Starts three servers, on this machine's own address unless `places` are given. */
  static async start(places: readonly NodePlace[] = localPlaces()): Promise<Cluster> {
    const routes = places.map(({ host, routePort }) => `"nats://${host}:${routePort}"`);
    const starts = places.map(({ host, port, routePort, prefix }, index) => {
      return NatsServer.start({
        name: `n${index + 1}`,
        host,
        port,
        prefix,
        config: [
          `cluster {`,
          `name: "c"`,
          `listen: "${host}:${routePort}"`,
          `routes: [${routes.filter((_, other) => other !== index).join(", ")}]`,
          `}`,
          TIMES,
        ].join("\n"),
      });
    });
    const started = await Promise.allSettled(starts);
    const nodes = started.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
    const cluster = new Cluster(nodes);
    try {
      for (const one of started) {
        if (one.status === "rejected") throw one.reason;
      }
      await cluster.awaitMetaLeader();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** Where clients connect: all three. */
  get url(): string {
    return `nats://${this.nodes.map(({ address }) => address).join(",")}`;
  }

  /** The server with this name. */
  node(name: string): NatsServer {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`there is no server ${name}`);
    return found;
  }

  /** Waits until the servers agree on who decides where streams are. */
  async awaitMetaLeader(): Promise<void> {
    for (const node of this.nodes.filter(({ isRunning }) => isRunning)) {
      await awaited(`${node.name} knows the leader of the cluster`, async () => {
        const { meta_cluster: meta } = await node.monitor<JetStreamState>("/jsz");
        return meta?.leader === undefined || meta.cluster_size !== NODE_COUNT ? undefined : meta;
      });
    }
  }

  /** How many pool clients are connected to a server. */
  async clientCount(node: NatsServer): Promise<number> {
    const { connections } = await node.monitor<ConnectionList>("/connz");
    return connections.filter(({ name }) => name === "pls").length;
  }

  /** What the servers warned of, newest last, but for others that they could not reach. */
  complaints(): string {
    return this.nodes.map(({ name, log }) => {
      const lines = log.split("\n").filter((line) => {
        return /\[(WRN|ERR|FTL)\]/.test(line) && !line.includes("trying to connect to route");
      });
      return `${name}:\n${lines.slice(-40).join("\n")}`;
    }).join("\n");
  }

  /** Ends all servers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
  }
}

function localPlaces(): NodePlace[] {
  return Array.from({ length: NODE_COUNT }, () => ({
    host: "127.0.0.1",
    routePort: freePort(),
  }));
}
