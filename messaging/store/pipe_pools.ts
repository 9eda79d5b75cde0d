/**
 * The pools that hold the messages of pipes: one for each, called by the path of the pipe and
 * the number of the operation that created it. So what is created anew under a name that was in
 * use before is another pool, and nothing that was meant for the old one gets there.
 *
 * Age and number of messages are limits of the pool. So is the size, as that of the whole file, or
 * of the stream.
 *
 * @module
 */

import {
  AlreadyExistsError,
  type MessagePool,
  NotFoundError,
  type PoolClient,
  type PoolOptions,
} from "../../pool/mod.ts";
import { formatPipePath } from "../contracts/mod.ts";
import type { PipeRecord, Retention } from "../registry/mod.ts";

/**
 * The sizes that the pool of a pipe can have, in bytes. A server sets aside what a stream may take,
 * so that a pipe without a limit has this one.
 */
const SIZE_MIN = 8 * 1024;
const SIZE_MAX = 2 ** 30;

/** Pools that stay open to be appended to. */
const OPEN_MAX = 64;

/** A pool that stays open, or is being opened. */
interface OpenPool {
  readonly pool: Promise<MessagePool>;
  /** Calls that use it. */
  users: number;
}

/** Opens pools of pipes. */
export class PipePools {
  readonly #client: PoolClient;
  readonly #prefix: string;
  /** By name; the one used last is the last one. */
  readonly #open = new Map<string, OpenPool>();

  /** The pools of `client` whose names begin with `prefix`. */
  constructor(client: PoolClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /** What the pool of a pipe is called. */
  nameOf({ manifold, handle, name, generation }: PipeRecord): string {
    return `${this.#prefix}${formatPipePath(manifold, handle, name)}@${generation}`;
  }

  /** Makes the pool of a pipe, unless it is there. Somebody may have removed it by the end of this. */
  async create(pipe: PipeRecord): Promise<void> {
    try {
      await this.#client.createPool(this.nameOf(pipe), poolOptions(pipe.retention));
    } catch (error) {
      const isMade = error instanceof AlreadyExistsError || error instanceof NotFoundError;
      if (!isMade) throw error;
    }
  }

  /** Removes the pool of a pipe, if it is there. */
  async remove(pipe: PipeRecord): Promise<void> {
    if (pipe.generation === 0) return;
    const name = this.nameOf(pipe);
    await this.#forget(name);
    try {
      await this.#client.deletePool(name);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }

  /** Opens the pool of a pipe for the caller, who closes it; undefined when it is not there. */
  async open(pipe: PipeRecord): Promise<MessagePool | undefined> {
    if (pipe.generation === 0) return undefined;
    try {
      return await this.#client.openPool(this.nameOf(pipe));
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /**
   * Runs `work` on the pool of a pipe, which stays open for the next call.
   *
   * @throws {NotFoundError} when it is not there.
   */
  async use<T>(pipe: PipeRecord, work: (pool: MessagePool) => T | Promise<T>): Promise<T> {
    const name = this.nameOf(pipe);
    // Nothing is waited for before it is kept: whoever comes meanwhile takes the same.
    const open = this.#open.get(name) ?? { pool: this.#opened(name), users: 0 };
    this.#open.delete(name);
    this.#open.set(name, open);
    open.users++;
    let isOpen = false;
    try {
      const pool = await open.pool;
      isOpen = true;
      return await work(pool);
    } catch (error) {
      const isGone = !isOpen || error instanceof NotFoundError;
      if (isGone && this.#open.get(name) === open) await this.#forget(name);
      throw error;
    } finally {
      open.users--;
      await this.#closeOldest();
    }
  }

  /** Closes what stayed open. */
  async close(): Promise<void> {
    for (const name of [...this.#open.keys()]) await this.#forget(name);
  }

  async #closeOldest(): Promise<void> {
    if (this.#open.size <= OPEN_MAX) return;
    for (const [name, { users }] of this.#open) {
      if (users === 0) return await this.#forget(name);
    }
  }

  async #opened(name: string): Promise<MessagePool> {
    return await this.#client.openPool(name);
  }

  async #forget(name: string): Promise<void> {
    const open = this.#open.get(name);
    this.#open.delete(name);
    // One that could not be opened has told whoever wanted it.
    const pool = await open?.pool.catch(() => undefined);
    await pool?.close();
  }
}

function poolOptions({ ttlSeconds, maxMsgs, maxBytes }: Retention): PoolOptions {
  const sizeBytes = maxBytes === 0 ? SIZE_MAX : Math.min(Math.max(maxBytes, SIZE_MIN), SIZE_MAX);
  return { sizeBytes, maxAgeMs: ttlSeconds * 1000, maxMessages: maxMsgs };
}
