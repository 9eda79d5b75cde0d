/**
 * A server of pools for one test, on a port that the system picks, with a directory of
 * its own; all of it is gone when the test ends.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { connect, type ConnectOptions, type RemoteClient } from "@plasmite/pool/remote";
import {
  DEFAULT_LIMITS,
  type RunningServer,
  type ServerConfig,
  startServer,
} from "../../server/mod.ts";

/** How long a server may take to end before its connections are cut. */
const GRACE_MS = 2000;

/** What differs from a plain server; limits beside those given are the usual ones. */
export type ServedOptions = Partial<Omit<ServerConfig, "limits">> & {
  limits?: Partial<ServerConfig["limits"]>;
};

/** A directory of pools, and a server of them. */
export class Served implements AsyncDisposable {
  /** The pools, as programs on the server's machine see them. */
  readonly local = new Client({ dir: Deno.makeTempDirSync({ prefix: "pls-test-" }) });
  readonly #config: ServerConfig;
  readonly #clients: RemoteClient[] = [];
  /** What the server uses; closed with it. */
  #pools?: Client;
  #server?: RunningServer;
  #port = 0;

  private constructor({ limits, ...options }: ServedOptions) {
    this.#config = {
      hostname: "127.0.0.1",
      port: 0,
      access: "read-write",
      corsOrigins: [],
      ...options,
      limits: { ...DEFAULT_LIMITS, ...limits },
    };
    this.#port = this.#config.port;
  }

  /** Starts a server. */
  static async start(options: ServedOptions = {}): Promise<Served> {
    const served = new Served(options);
    await served.startAgain();
    return served;
  }

  /** Where it answers. */
  get url(): string {
    const scheme = this.#config.tls === undefined ? "http" : "https";
    return `${scheme}://${this.#config.hostname}:${this.#port}`;
  }

  /** The port it has, also while it is stopped. */
  get port(): number {
    return this.#port;
  }

  /** A client of it; closed at the end. */
  connect(options: ConnectOptions = {}): RemoteClient {
    const client = connect(this.url, options);
    this.#clients.push(client);
    return client;
  }

  /** Ends the server, and keeps the pools. */
  async stop(): Promise<void> {
    await this.#server?.shutdown(GRACE_MS);
    this.#server = undefined;
    this.#pools?.close();
  }

  /** Starts it on the port it had. */
  async startAgain(): Promise<void> {
    this.#pools = new Client({ dir: this.local.dir });
    this.#server = await startServer(this.#pools, { ...this.#config, port: this.#port });
    this.#port = this.#server.port;
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.stop();
    this.local.close();
    Deno.removeSync(this.local.dir, { recursive: true });
  }
}
