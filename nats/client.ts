/**
 * The pools of a NATS server or cluster, by name: what `Client` is for a directory.
 *
 * @module
 */

import { RetentionPolicy, type StreamConfig } from "@nats-io/jetstream";
import {
  AlreadyExistsError,
  NotFoundError,
  PlasmiteError,
  type PoolClient,
  type PoolInfo,
  type PoolListing,
  UsageError,
} from "../pool/mod.ts";
import { Link } from "./link.ts";
import { ALL_SUBJECTS, poolOfStream } from "./names.ts";
import type { ConnectOptions, NatsPoolOptions } from "./options.ts";
import { NatsPool } from "./pool.ts";
import { isNatsUrl, type NatsAddress, parseNatsReference, parseNatsUrl } from "./reference.ts";
import { PoolStream } from "./stream.ts";

/** What a server stores with a message beside headers, subject and payload, in bytes at most. */
const STORED_OVERHEAD_BYTES = 64;

/** Pools that are described at once for a list. */
const DESCRIBED_AT_ONCE = 64;

/**
 * Connects to NATS. Nothing is sent before something is needed.
 *
 * @param url Where it answers: `nats://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…]`, `tls://…`, or
 * what such a URL was understood as.
 * @throws {UsageError} when the URL or an option can't be.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@plasmite/pool/nats";
 *
 * await using client = connect("nats://n1.example,n2.example,n3.example", {
 *   credentials: await Deno.readTextFile("build.creds"),
 * });
 * const jobs = await client.pool("jobs", { sizeBytes: 64 * 1024 * 1024, replicas: 3 });
 * await jobs.append({ task: "resize" }, ["img"]);
 *
 * for await (const message of jobs.tail({ last: 10, tags: ["img"] })) {
 *   console.log(message.seq, message.data);
 * }
 * ```
 */
export function connect(url: string | NatsAddress, options: ConnectOptions = {}): NatsClient {
  return new NatsClient(url, options);
}

/**
 * Opens, creates, lists and deletes the pools of a NATS server or cluster.
 *
 * A pool is named by its name, or by a URL that leads to the same servers.
 */
export class NatsClient implements PoolClient {
  /** Where the servers answer, without user and password. */
  readonly server: string;
  readonly #link: Link;
  readonly #options: ConnectOptions;
  readonly #opened = new Set<NatsPool>();
  readonly #onAbort = () => this.close();

  /** A client of the servers at `url`; see {@linkcode connect}. */
  constructor(url: string | NatsAddress, options: ConnectOptions = {}) {
    const address = typeof url === "string" ? parseNatsUrl(url) : url;
    this.server = address.url;
    this.#link = new Link(address, options);
    this.#options = options;
    options.signal?.addEventListener("abort", this.#onAbort);
    if (options.signal?.aborted) this.close();
  }

  /**
   * Opens a pool, and creates it first when it does not exist.
   *
   * @param options Used only when it is created.
   */
  async pool(reference: string, options?: NatsPoolOptions): Promise<NatsPool> {
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
   * @throws {PermissionError} when the server refuses the credentials, or the user may not.
   * @throws {IoError} when there is no server, or no JetStream.
   */
  async openPool(reference: string): Promise<NatsPool> {
    const stream = this.#stream(reference);
    const { config } = await stream.state();
    checkConfig(config, reference);
    const pool = new NatsPool({
      stream,
      maxMessageBytes: Math.min(
        unlessUnlimited(config.max_bytes) - STORED_OVERHEAD_BYTES - stream.names.subject.length,
        unlessUnlimited(config.max_msg_size),
      ),
      replicas: config.num_replicas,
      onReconnect: this.#options.onReconnect,
      onClose: (closed) => this.#opened.delete(closed),
    });
    this.#opened.add(pool);
    return pool;
  }

  /**
   * Creates a pool and describes it.
   *
   * @throws {AlreadyExistsError} when it exists.
   * @throws {UsageError} when a size or limit is out of range, or there are too few servers for
   * the replicas.
   * @throws {IoError} when the account or the server has no room for it.
   */
  async createPool(reference: string, options?: NatsPoolOptions): Promise<PoolInfo> {
    const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
    return await this.#stream(reference).create({
      ...this.#options.newPools,
      ...Object.fromEntries(given),
    });
  }

  /** The pools there are, sorted by name; those that can't be read with the error. */
  async listPools(): Promise<PoolListing[]> {
    const names = await this.#link.ask({}, async ({ manager }) => {
      const found: string[] = [];
      for await (const stream of manager.streams.names(ALL_SUBJECTS)) {
        const pool = poolOfStream(stream);
        if (pool !== undefined) found.push(pool);
      }
      return found.sort();
    });
    const listings: PoolListing[] = [];
    for (let at = 0; at < names.length; at += DESCRIBED_AT_ONCE) {
      const some = names.slice(at, at + DESCRIBED_AT_ONCE).map((name) => this.#listing(name));
      listings.push(...await Promise.all(some));
    }
    return listings;
  }

  async #listing(name: string): Promise<PoolListing> {
    const stream = new PoolStream(this.#link, name, name);
    try {
      const state = await stream.state();
      const { last_ts: changed, messages } = state.state;
      const mtime = new Date(messages > 0 ? changed : state.created);
      return { name, path: stream.path, mtime, info: await stream.describe(state) };
    } catch (error) {
      if (!(error instanceof PlasmiteError)) throw error;
      return { name, path: stream.path, mtime: null, error };
    }
  }

  /**
   * Describes a pool.
   *
   * @throws {NotFoundError} when it does not exist.
   */
  async poolInfo(reference: string): Promise<PoolInfo> {
    return await this.#stream(reference).info();
  }

  /**
   * Deletes a pool. Tails that follow it end with `NotFound`.
   *
   * @throws {NotFoundError} when it does not exist.
   */
  async deletePool(reference: string): Promise<void> {
    await this.#stream(reference).delete();
  }

  /** Ends the tails of all pools opened here, and gives up the connection. */
  close(): void {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    for (const pool of this.#opened) pool.close();
    this.#link.close();
  }

  /** Closes the client when an `await using` block ends. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #stream(reference: string): PoolStream {
    if (!isNatsUrl(reference)) return new PoolStream(this.#link, reference, reference);
    const { address, pool } = parseNatsReference(reference);
    if (address.url === this.server) {
      return new PoolStream(this.#link, pool, `${this.server}/${encodeURIComponent(pool)}`);
    }
    throw new UsageError(`not a pool of ${this.server}: ${address.url}`, {
      hint: "Connect to the server that has it.",
    });
  }
}

/** Refuses a stream of another program that can't be read and written as pools are. */
function checkConfig({ name, retention, no_ack: noAck }: StreamConfig, path: string): void {
  if (retention === RetentionPolicy.Limits && !noAck) return;
  const what = noAck ? "acknowledges nothing" : `gives messages up by the policy "${retention}"`;
  throw new UsageError(`the stream ${name} is no pool: it ${what}`, {
    path,
    hint: "Another program made it. Use another name, or remove it and create the pool.",
  });
}

/** A limit in the configuration of a stream, where 0 and less mean none. */
function unlessUnlimited(limit: number | undefined): number {
  return limit === undefined || limit <= 0 ? Infinity : limit;
}
