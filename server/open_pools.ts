/**
 * Pools that are kept open between requests. To open one takes longer than to append.
 *
 * @module
 */

import { type MessagePool, NotFoundError, type PoolClient } from "../pool/mod.ts";

/** How many are kept open. The one that was not used for longest is closed for another. */
const OPEN_POOLS_MAX = 64;

/** A pool, and how many use it. */
interface Entry {
  pool: Promise<MessagePool>;
  users: number;
  /** It is not to be given out any more, and is closed when nobody uses it. */
  retired: boolean;
}

/** Opens pools, and keeps some of them open. */
export class OpenPools {
  readonly #client: PoolClient;
  /** By name, the one that was not used for longest first. */
  readonly #entries = new Map<string, Entry>();

  /** Opens pools of `client`. */
  constructor(client: PoolClient) {
    this.#client = client;
  }

  /**
   * Runs `work` with a pool. When the one that is kept open turns out to be deleted, it is
   * opened anew, as another may have taken its name.
   *
   * @throws {NotFoundError} when there is none of this name.
   */
  async use<T>(name: string, work: (pool: MessagePool) => T | Promise<T>): Promise<T> {
    const wasOpen = this.#entries.has(name);
    try {
      return await this.#useOnce(name, work);
    } catch (error) {
      // A message that is not found has a number.
      const isGone = error instanceof NotFoundError && error.seq === undefined;
      if (isGone) this.forget(name);
      if (!isGone || !wasOpen) throw error;
    }
    return await this.#useOnce(name, work);
  }

  /** Closes a pool once nobody uses it. */
  forget(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    entry.retired = true;
    closeUnused(entry);
  }

  /** Closes all, each once nobody uses it. */
  close(): void {
    for (const name of [...this.#entries.keys()]) this.forget(name);
  }

  async #useOnce<T>(name: string, work: (pool: MessagePool) => T | Promise<T>): Promise<T> {
    const entry = this.#enter(name);
    entry.users++;
    try {
      return await work(await entry.pool);
    } finally {
      entry.users--;
      closeUnused(entry);
    }
  }

  #enter(name: string): Entry {
    const known = this.#entries.get(name);
    // Behind all others, as it was used last.
    this.#entries.delete(name);
    const entry = known ?? { pool: this.#open(name), users: 0, retired: false };
    this.#entries.set(name, entry);
    if (this.#entries.size > OPEN_POOLS_MAX) this.forget(this.#entries.keys().next().value!);
    return entry;
  }

  async #open(name: string): Promise<MessagePool> {
    try {
      return await this.#client.openPool(name);
    } catch (error) {
      this.forget(name);
      throw error;
    }
  }
}

function closeUnused({ pool, users, retired }: Entry): void {
  if (!retired || users > 0) return;
  pool.then((open) => open.close()).catch(() => {
    // It was never open, and who asked for it was told; or nothing is left of it to close.
  });
}
