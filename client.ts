/**
 * A directory of pools, by name.
 *
 * @module
 */

import {
  AlreadyExistsError,
  checkPoolName,
  createPoolFile,
  deletePoolFile,
  isPoolPath,
  listPoolFiles,
  NotFoundError,
  Pool,
  POOL_SUFFIX,
  type PoolInfo,
  type PoolListing,
  type PoolOptions,
  UsageError,
} from "./pool/mod.ts";
import { changedPools } from "./pool/internal_mod.ts";

/** Where a client's pools are, and how patient it is. */
export interface ClientOptions {
  /** Directory of the pools. Default `~/.plasmite/pools`. */
  dir?: string;
  /** Longest wait for other writers in milliseconds, 0 or more. Default 5000. */
  lockTimeoutMs?: number;
}

/**
 * Opens, creates, lists and deletes the pools of a directory.
 *
 * A pool is named by a reference: a name stands for `NAME.plasmite` in the directory,
 * anything with a `/` in it, on Windows also with a `\`, is a path and is used as it is.
 *
 * @example
 * ```ts
 * import { Client } from "@plasmite/pool";
 *
 * using client = new Client({ dir: Deno.makeTempDirSync() });
 * using pool = client.pool("work");
 * const sent = pool.append({ task: "resize" }, ["img"]);
 * console.log(sent.seq, pool.get(sent.seq).data);
 * ```
 */
export class Client {
  /** Directory of the pools. */
  readonly dir: string;
  readonly #lockTimeoutMs: number | undefined;
  readonly #opened = new Set<Pool>();

  /** A client of the pools in `options.dir`; the directory need not exist yet. */
  constructor(options: ClientOptions = {}) {
    this.dir = options.dir ?? defaultDirectory();
    this.#lockTimeoutMs = options.lockTimeoutMs;
  }

  /**
   * The path of the pool file that `reference` names.
   *
   * @throws {UsageError} when it is a URL, or empty, or a name that no file can have.
   */
  path(reference: string): string {
    if (reference === "") throw new UsageError("the name of the pool is empty");
    if (reference.includes("://")) {
      throw new UsageError(`not a local pool: ${reference}`, {
        hint: "Give a name, or a path with a / in it.",
      });
    }
    if (isPoolPath(reference)) return reference;
    checkPoolName(reference);
    return `${this.dir}/${reference.endsWith(POOL_SUFFIX) ? reference : reference + POOL_SUFFIX}`;
  }

  /**
   * Opens a pool, and creates it first when it does not exist.
   *
   * @param options Used only when it is created.
   */
  pool(reference: string, options?: PoolOptions): Pool {
    try {
      return this.openPool(reference);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    try {
      createPoolFile(this.path(reference), options);
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      return this.#openTaken(reference);
    }
    return this.openPool(reference);
  }

  /** Opens what could not be created because its name is taken. */
  #openTaken(reference: string): Pool {
    try {
      // Somebody was faster: theirs is as good.
      return this.openPool(reference);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      const { message, path, cause } = error;
      throw new NotFoundError(message, {
        path,
        cause,
        hint: "A symbolic link that leads nowhere, or what is left of a deleted pool, has its " +
          "name: remove that with `pls pool delete`, or make what the link leads to.",
      });
    }
  }

  /**
   * Opens a pool that exists.
   *
   * @throws {NotFoundError} when it does not.
   */
  openPool(reference: string): Pool {
    const pool = new Pool(this.path(reference), {
      name: reference,
      lockTimeoutMs: this.#lockTimeoutMs,
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
  createPool(reference: string, options?: PoolOptions): PoolInfo {
    createPoolFile(this.path(reference), options);
    return this.poolInfo(reference);
  }

  /** The pools of the directory, sorted by name; those that can't be read with the error. */
  listPools(): PoolListing[] {
    return listPoolFiles(this.dir);
  }

  /**
   * Describes a pool.
   *
   * @throws {NotFoundError} when it does not exist.
   */
  poolInfo(reference: string): PoolInfo {
    using pool = new Pool(this.path(reference), { name: reference });
    return pool.info();
  }

  /**
   * Deletes a pool. Tails that follow it end with `NotFound`, and so do appends by
   * others who have it open.
   *
   * @throws {NotFoundError} when it does not exist.
   */
  deletePool(reference: string): void {
    deletePoolFile(this.path(reference), this.#lockTimeoutMs);
  }

  /**
   * Tells which pools of the directory are created or may have changed: sets of their names, until
   * `signal` ends it. The first set is empty, and says that from now on nothing is missed.
   *
   * @throws {NotFoundError} when the directory is not there.
   */
  changedPools(signal: AbortSignal): AsyncGenerator<ReadonlySet<string>, void, void> {
    return changedPools(this.dir, signal);
  }

  /** Closes every pool opened through this client. */
  close(): void {
    for (const pool of this.#opened) pool.close();
  }

  /** Closes the client when a `using` block ends. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * The home directory, as `environment` has it; undefined when it does not say. Windows has
 * `HOME` only where a program has set it, such as a shell that came from Unix.
 */
export function homeDirectory(
  environment: (name: string) => string | undefined,
  os: typeof Deno.build.os = Deno.build.os,
): string | undefined {
  return environment("HOME") ?? (os === "windows" ? environment("USERPROFILE") : undefined);
}

function defaultDirectory(): string {
  const home = homeDirectory((name) => Deno.env.get(name));
  return home === undefined ? ".plasmite/pools" : `${home}/.plasmite/pools`;
}
