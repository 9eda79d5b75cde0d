/**
 * A server of pools, by name: what `Client` is for a directory.
 *
 * @module
 */

import {
  AlreadyExistsError,
  NotFoundError,
  PermissionError,
  type PoolClient,
  type PoolInfo,
  type PoolListing,
  type PoolOptions,
  UsageError,
} from "../pool/mod.ts";
import { readListAnswer, readPoolAnswer } from "./describe.ts";
import type { ConnectOptions } from "./options.ts";
import { RemotePool } from "./pool.ts";
import { checkPoolName, parseRemoteReference } from "./reference.ts";
import { ServedPool } from "./served_pool.ts";
import { Transport } from "./transport.ts";

/**
 * Connects to a `pls serve`. No request is sent before one is needed.
 *
 * @param url Scheme, host and port, such as `https://build.example:9700`.
 * @throws {UsageError} when the URL or an option can't be.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@plasmite/pool/remote";
 *
 * await using client = connect("https://build.example:9700", {
 *   token: Deno.env.get("BUILD_TOKEN"),
 *   tlsCa: await Deno.readTextFile("build.pem"),
 *   onReconnect: ({ attempt, delayMs }) => console.error(`attempt ${attempt} in ${delayMs} ms`),
 * });
 * const jobs = await client.pool("jobs");
 * await jobs.append({ task: "resize" }, ["img"]);
 *
 * for await (const message of jobs.tail({ last: 10, tags: ["img"] })) {
 *   console.log(message.seq, message.data);
 * }
 * ```
 */
export function connect(url: string, options: ConnectOptions = {}): RemoteClient {
  return new RemoteClient(url, options);
}

/**
 * Opens, creates, lists and deletes the pools of a server.
 *
 * A pool is named by its name, or by a URL that leads to the same server.
 */
export class RemoteClient implements PoolClient {
  /** Where the server answers, without a slash at the end. */
  readonly server: string;
  readonly #transport: Transport;
  readonly #onReconnect: ConnectOptions["onReconnect"];
  readonly #opened = new Set<RemotePool>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.close();

  /** A client of the server at `url`; see {@linkcode connect}. */
  constructor(url: string, options: ConnectOptions = {}) {
    this.#transport = new Transport(url, options);
    this.server = this.#transport.server;
    this.#onReconnect = options.onReconnect;
    this.#signal = options.signal;
    this.#signal?.addEventListener("abort", this.#onAbort);
    if (this.#signal?.aborted) this.close();
  }

  /**
   * Opens a pool, and creates it first when it does not exist.
   *
   * @param options Used only when it is created.
   */
  async pool(reference: string, options?: PoolOptions): Promise<RemotePool> {
    try {
      return await this.openPool(reference);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    try {
      await this.createPool(reference, options);
    } catch (error) {
      // Somebody was faster: theirs is as good.
      if (!(error instanceof AlreadyExistsError)) throw error;
    }
    return await this.openPool(reference);
  }

  /**
   * Opens a pool that exists.
   *
   * @throws {NotFoundError} when it does not.
   * @throws {PermissionError} when the server wants a token, or another one.
   */
  async openPool(reference: string): Promise<RemotePool> {
    const name = this.#nameOf(reference);
    try {
      const body = JSON.stringify({ pool: name });
      await this.#transport.exchange("POST", "/v0/pools/open", { body, pool: reference });
    } catch (error) {
      // A server that only takes messages does not tell which pools it has.
      if (!isForbidden(error)) throw error;
    }
    const pool = new RemotePool({
      served: new ServedPool(this.#transport, name, reference),
      onReconnect: this.#onReconnect,
      onClose: (closed) => this.#opened.delete(closed),
    });
    this.#opened.add(pool);
    return pool;
  }

  /**
   * Creates a pool and describes it.
   *
   * @throws {AlreadyExistsError} when it exists.
   * @throws {UsageError} when a size or limit is out of range.
   */
  async createPool(reference: string, options: PoolOptions = {}): Promise<PoolInfo> {
    const body = JSON.stringify({
      pool: this.#nameOf(reference),
      size_bytes: options.sizeBytes,
      index_capacity: options.indexCapacity,
      max_age_ms: options.maxAgeMs,
      max_messages: options.maxMessages,
    });
    const answer = await this.#transport.exchange("POST", "/v0/pools", {
      body,
      pool: reference,
      isChange: true,
    });
    return readPoolAnswer(answer, reference);
  }

  /** The pools of the server, sorted by name; those that it can't read with the error. */
  async listPools(): Promise<PoolListing[]> {
    const pools = readListAnswer(await this.#transport.exchange("GET", "/v0/pools", {}));
    return pools.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  }

  /**
   * Describes a pool.
   *
   * @throws {NotFoundError} when it does not exist.
   */
  async poolInfo(reference: string): Promise<PoolInfo> {
    return await this.#served(reference).info();
  }

  /**
   * Deletes a pool. Tails that follow it end with `NotFound`.
   *
   * @throws {NotFoundError} when it does not exist.
   */
  async deletePool(reference: string): Promise<void> {
    await this.#served(reference).delete();
  }

  /** Ends the tails of all pools opened here, and gives up the connections. */
  close(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    for (const pool of this.#opened) pool.close();
    this.#transport.close();
  }

  /** Closes the client when an `await using` block ends. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #served(reference: string): ServedPool {
    return new ServedPool(this.#transport, this.#nameOf(reference), reference);
  }

  #nameOf(reference: string): string {
    if (!reference.includes("://")) return checkPoolName(reference);
    const { server, pool } = parseRemoteReference(reference);
    if (server === this.server) return pool;
    throw new UsageError(`not a pool of ${this.server}: ${reference}`, {
      hint: "Connect to the server that has it.",
    });
  }
}

/** By contract, what the server's access mode forbids is told so; a wrong token is not. */
function isForbidden(error: unknown): boolean {
  return error instanceof PermissionError && error.message.startsWith("forbidden:");
}
