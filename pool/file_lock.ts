/**
 * Locks by which the writers of a pool take turns: on the pool file itself, or on a file
 * beside it where a lock would keep readers out.
 *
 * @module
 */

import { isFileAt } from "./file_identity.ts";
import { discard, OWNER_MODE } from "./new_file.ts";

/** Ending of the name of a lock file, behind that of the pool file. */
export const LOCK_SUFFIX = ".lock";

/**
 * What is locked: an open file as it is, or something like it. Its exclusive lock ends with
 * the process at the latest.
 */
export type FileLock = Pick<Deno.FsFile, "tryLockSync" | "unlockSync">;

/** The lock of a file that nobody else knows of. */
export const NO_LOCK: FileLock = { tryLockSync: () => true, unlockSync() {} };

/**
 * A lock on an empty file beside the pool file, `NAME.plasmite.lock`. It is made by the
 * first writer, and removed under the lock by who deletes the pool.
 */
export class LockFile implements FileLock {
  readonly #path: string;
  readonly #isPoolThere: () => boolean;
  #file: Deno.FsFile | undefined;
  /** It was at its path while it was locked: from then on only a deletion can remove it. */
  #isSettled = false;

  /**
   * The lock of the pool file at `poolPath`, a real path without links, as every writer
   * has to find the same lock. `isPoolThere` tells whether that is still the file that is
   * to be locked.
   */
  constructor(poolPath: string, isPoolThere: () => boolean) {
    this.#path = poolPath + LOCK_SUFFIX;
    this.#isPoolThere = isPoolThere;
  }

  /** Takes the lock if nobody has it. */
  tryLockSync(): boolean {
    // Who has a pool open that was deleted is told so under any lock, and under none: a lock
    // file that is made now would stay.
    if (this.#file === undefined && !this.#isPoolThere()) return true;
    this.#file ??= openLockFile(this.#path);
    if (this.#file === undefined || !tryExclusively(this.#file)) return false;
    if (this.#isSettled) return true;
    // Somebody may have deleted the pool and its lock file since this one was opened, and others
    // made both anew.
    if (isFileAt(this.#file, this.#path)) return this.#isSettled = true;
    this.unlockSync();
    this.close();
    return false;
  }

  /** Gives the lock back. */
  unlockSync(): void {
    this.#file?.unlockSync();
  }

  /** Closes the lock file. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

/** Removes the lock file of the pool file at the real path `poolPath`. Only under its lock. */
export function removeLockFile(poolPath: string): void {
  discard(poolPath + LOCK_SUFFIX);
}

/** Undefined while it is being removed, when it can't be opened nor made. */
function openLockFile(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { read: true, write: true, create: true, mode: OWNER_MODE });
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied && isThere(path)) return undefined;
    throw error;
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

/** Windows can refuse access for no other reason than that another handle has the lock. */
function tryExclusively(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}
