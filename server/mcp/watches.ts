/**
 * Telling who subscribed that messages have come to a pool. All who subscribed to one pool share
 * one tail of it.
 *
 * @module
 */

import { NotFoundError, type PoolClient } from "../../pool/mod.ts";

/** The shortest time between two notices of one pool, in milliseconds. */
const NOTICE_EVERY_MS = 200;
/** How long until a pool that is missing or can't be read is looked for again, in milliseconds. */
const LOOK_AGAIN_MS = 1000;

/** Is told that messages have come to the pool `name`, or that it was deleted or made anew. */
export type OnNews = (name: string) => void;

/** Watches pools for those who subscribed. */
export class Watches implements Disposable {
  readonly #client: PoolClient;
  readonly #watched = new Map<string, Watch>();

  /** Watches pools of `client`. */
  constructor(client: PoolClient) {
    this.#client = client;
  }

  /** Has `onNews` told of the pools `names` until what is returned is called. */
  add(names: readonly string[], onNews: OnNews): () => void {
    const own: OnNews = (name) => onNews(name);
    for (const name of new Set(names)) {
      let watch = this.#watched.get(name);
      if (watch === undefined) {
        watch = new Watch(this.#client, name);
        this.#watched.set(name, watch);
      }
      watch.listeners.add(own);
    }
    return () => {
      for (const name of names) {
        const watch = this.#watched.get(name);
        if (watch?.listeners.delete(own) && watch.listeners.size === 0) {
          this.#watched.delete(name);
          watch.end();
        }
      }
    };
  }

  /** Ends all. */
  [Symbol.dispose](): void {
    for (const watch of this.#watched.values()) watch.end();
    this.#watched.clear();
  }
}

/** One pool that is watched. */
class Watch {
  readonly listeners = new Set<OnNews>();
  readonly #name: string;
  readonly #ending = new AbortController();

  constructor(client: PoolClient, name: string) {
    this.#name = name;
    this.#run(client);
  }

  end(): void {
    this.#ending.abort();
  }

  async #run(client: PoolClient): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        await this.#follow(client);
      } catch (error) {
        // Also when it is damaged: whoever reads it is told.
        if (!(error instanceof NotFoundError)) this.#tell();
      }
      await pause(LOOK_AGAIN_MS, signal);
    }
  }

  /** Tells of what comes until the pool is deleted. */
  async #follow(client: PoolClient): Promise<void> {
    const { signal } = this.#ending;
    const pool = await client.openPool(this.#name);
    try {
      for await (const _ of pool.tailBatches({ last: 0, signal })) {
        this.#tell();
        await pause(NOTICE_EVERY_MS, signal);
      }
    } catch (error) {
      this.#tell();
      throw error;
    } finally {
      await pool.close();
    }
  }

  #tell(): void {
    for (const onNews of this.listeners) onNews(this.#name);
  }
}

/** Resolves after `ms`, or as soon as `signal` is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", done);
    resolve();
  };
  const timer = setTimeout(done, ms);
  if (signal.aborted) done();
  else signal.addEventListener("abort", done);
  return promise;
}
