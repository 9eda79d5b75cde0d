/**
 * What all requests to one server share.
 *
 * @module
 */

import type { MessagePool, PoolClient } from "../pool/mod.ts";
import { Admission } from "./admission.ts";
import type { ServerConfig } from "./config.ts";
import { Metrics } from "./metrics.ts";
import { OpenPools } from "./open_pools.ts";

/** How many requests may have predicates at once: each has a thread of some 13 MB. */
const FILTERS_MAX = 16;

const RAISE_HINT = "Try again in a moment, or raise the server's --max-tail-concurrency.";

/** What all requests to one server share. */
export class Serving {
  /** Where the pools are. */
  readonly client: PoolClient;
  /** What the server was told when it started. */
  readonly config: ServerConfig;
  /** Pools that are kept open, to append to. */
  readonly pools: OpenPools;
  /** Places of requests that are answered at once. */
  readonly operations: Admission;
  /** Places of requests that stay. */
  readonly tails: Admission;
  /** Places of threads that ask predicates. */
  readonly filters = new Admission(
    "where expressions",
    FILTERS_MAX,
    "Try again in a moment, or filter what you receive yourself.",
  );
  /** What is counted. */
  readonly metrics = new Metrics();
  readonly #closing = new AbortController();

  /** Serves the pools of `client` as `config` says. */
  constructor(client: PoolClient, config: ServerConfig) {
    const { maxTailConcurrency } = config.limits;
    this.client = client;
    this.config = config;
    this.pools = new OpenPools(client);
    this.operations = new Admission("operations", maxTailConcurrency, RAISE_HINT);
    this.tails = new Admission("tails", maxTailConcurrency, RAISE_HINT);
  }

  /**
   * Runs `work` with a pool that is opened for it. Other than for appends, nothing would tell
   * that one that is kept open was replaced.
   */
  async read<T>(name: string, work: (pool: MessagePool) => T | Promise<T>): Promise<T> {
    const pool = await this.client.openPool(name);
    try {
      return await work(pool);
    } finally {
      await pool.close();
    }
  }

  /** Aborted when the server is to stop: whoever waits ends then. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Has those who wait end, and gives up what is kept open. */
  close(): void {
    this.#closing.abort();
    this.pools.close();
  }
}
