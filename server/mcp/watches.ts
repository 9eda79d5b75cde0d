/**
 * Telling who subscribed that messages have come to a pool. All who subscribed to one pool share
 * one tail of it.
 *
 * @module
 */

import { pause } from "../../pool/internal_mod.ts";
import { NotFoundError, type PoolClient } from "../../pool/mod.ts";

/** The shortest time between two notices of one pool, in milliseconds. */
const NOTICE_EVERY_MS = 200;
/** How long until a pool that is missing or can't be read is looked for again, in milliseconds. */
const LOOK_AGAIN_MS = 1000;

/** Is told that messages have come to the pool `name`, or that it was deleted or made anew. */
export type OnNews = (name: string) => void;

/** Pools that are watched for somebody. */
export interface Watched {
  /** Resolves when all of them are watched, or known to be missing; never rejects. */
  readonly ready: Promise<unknown>;
  /** Ends it. */
  readonly end: () => void;
}

/** Watches pools for those who subscribed. */
export class Watches implements Disposable {
  readonly #client: PoolClient;
  readonly #watched = new Map<string, Watch>();

  /** Watches pools of `client`. */
  constructor(client: PoolClient) {
    this.#client = client;
  }

  /**
   * Has `onNews` told of the pools `names` until what is returned is ended; once of each news,
   * however often it was added. No message is missed that is appended once it is ready.
   */
  add(names: readonly string[], onNews: OnNews): Watched {
    const ready = names.map((name) => {
      const watch = this.#watched.get(name) ?? new Watch(this.#client, name);
      this.#watched.set(name, watch);
      watch.add(onNews);
      return watch.ready;
    });
    return { ready: Promise.all(ready), end: () => this.#leave(names, onNews) };
  }

  #leave(names: readonly string[], onNews: OnNews): void {
    for (const name of names) {
      const watch = this.#watched.get(name);
      if (watch?.remove(onNews)) {
        this.#watched.delete(name);
        watch.end();
      }
    }
  }

  /** Ends all. */
  [Symbol.dispose](): void {
    for (const watch of this.#watched.values()) watch.end();
    this.#watched.clear();
  }
}

/** One pool that is watched. */
class Watch {
  /** Resolves when it is watched, or known to be missing. */
  readonly ready: Promise<void>;
  readonly #name: string;
  /** Who is told, and how often each was added. */
  readonly #listeners = new Map<OnNews, number>();
  readonly #ending = new AbortController();
  #onReady = () => {};

  constructor(client: PoolClient, name: string) {
    this.#name = name;
    this.ready = new Promise((resolve) => this.#onReady = resolve);
    this.#run(client);
  }

  add(onNews: OnNews): void {
    this.#listeners.set(onNews, (this.#listeners.get(onNews) ?? 0) + 1);
  }

  /** Takes back one `add`, and says whether nobody is left. */
  remove(onNews: OnNews): boolean {
    const times = this.#listeners.get(onNews) ?? 0;
    if (times > 1) this.#listeners.set(onNews, times - 1);
    else this.#listeners.delete(onNews);
    return this.#listeners.size === 0;
  }

  end(): void {
    this.#ending.abort();
    this.#onReady();
  }

  async #run(client: PoolClient): Promise<void> {
    const { signal } = this.#ending;
    let wasMissing = false;
    while (!signal.aborted) {
      try {
        await this.#follow(client, wasMissing);
      } catch (error) {
        // Whoever reads it is told what is wrong, and that only once.
        const isMissing = error instanceof NotFoundError;
        if (!isMissing || !wasMissing) this.#tell();
        wasMissing = isMissing;
        this.#onReady();
      }
      await pause(LOOK_AGAIN_MS, signal);
    }
  }

  /** Tells of what comes until the pool is deleted; at once when it was missing before. */
  async #follow(client: PoolClient, wasMissing: boolean): Promise<void> {
    const { signal } = this.#ending;
    const pool = await client.openPool(this.#name);
    try {
      const batches = pool.tailBatches({ last: 0, signal });
      await batches.started;
      this.#onReady();
      if (wasMissing) this.#tell();
      for await (const _ of batches) {
        this.#tell();
        await pause(NOTICE_EVERY_MS, signal);
      }
    } finally {
      await pool.close();
    }
  }

  #tell(): void {
    for (const onNews of this.#listeners.keys()) onNews(this.#name);
  }
}
