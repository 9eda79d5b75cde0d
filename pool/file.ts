/**
 * The few things a pool asks of a file. All access to pool bytes goes through
 * {@linkcode PoolFile}, so that a test can stand between a pool and the disk.
 *
 * @module
 */

import { IoError } from "./errors.ts";
import { isFileAt } from "./file_identity.ts";
import { type FileLock, LockFile, NO_LOCK } from "./file_lock.ts";
import { platform } from "./platform.ts";
import { PositionedFile } from "./positioned_file.ts";

/** A file of fixed size, with positioned reads and writes and a lock that keeps no reader out. */
export interface PoolFile {
  /** Its size in bytes. */
  size(): number;
  /**
   * Fills `bytes` from the file, from `offset` on.
   *
   * @returns false when the file ends before.
   */
  readAt(bytes: Uint8Array, offset: number): boolean;
  /** Writes all of `bytes` at `offset`. */
  writeAt(bytes: Uint8Array, offset: number): void;
  /** Returns when everything written to the file, by anyone, is on storage. */
  sync(): void;
  /** Takes the exclusive lock if nobody has it. It ends with the process at the latest. */
  tryLock(): boolean;
  /** Gives the lock back. */
  unlock(): void;
  /** True when `path` still names this file: it was neither removed nor replaced. */
  isAt(path: string): boolean;
  /** Closes the file. */
  close(): void;
}

/** How to open a {@linkcode DiskFile}. */
export interface DiskFileOptions {
  /** Open it for writing as well, and for locking. */
  write: boolean;
  /** Nobody else knows of it: it needs no lock. */
  isDraft?: boolean;
}

/** Reads and writes after which a file counts as one that is used for long. */
const LONG_USE = 2000;

/** A {@linkcode PoolFile} on disk. */
export class DiskFile implements PoolFile {
  readonly #path: string;
  readonly #options: DiskFileOptions;
  readonly #file: Deno.FsFile;
  readonly #lock: FileLock;
  #positioned: PositionedFile | undefined;
  #uses = 0;
  #isOpen = true;

  /**
   * Opens the file at `path`; it must exist.
   *
   * @throws {IoError} when there is something else than a file.
   */
  constructor(path: string, options: DiskFileOptions) {
    // To open a pipe would wait for somebody to open its other end.
    if (!Deno.statSync(path).isFile) {
      throw new IoError("the path is not that of a file", {
        path,
        hint: "Check the path: what lies there is a directory, a pipe or a device.",
      });
    }
    this.#file = Deno.openSync(path, { read: true, write: options.write });
    this.#path = path;
    this.#options = options;
    try {
      this.#lock = this.#openLock();
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  size(): number {
    return this.#file.statSync().size;
  }

  readAt(bytes: Uint8Array, offset: number): boolean {
    if (this.#positioned !== undefined) return this.#positioned.readAt(bytes, offset);
    this.#countUse();
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    let done = this.#file.readSync(bytes);
    // One call does it but for the largest; the rest is for the other cases.
    while (done !== null && done < bytes.length) {
      const more = this.#file.readSync(bytes.subarray(done));
      done = more === null ? null : done + more;
    }
    return done !== null;
  }

  writeAt(bytes: Uint8Array, offset: number): void {
    if (this.#positioned !== undefined) return this.#positioned.writeAt(bytes, offset);
    this.#countUse();
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    let done = this.#file.writeSync(bytes);
    while (done < bytes.length) done += this.#file.writeSync(bytes.subarray(done));
  }

  sync(): void {
    this.#file.syncDataSync();
  }

  tryLock(): boolean {
    return this.#lock.tryLockSync(true);
  }

  unlock(): void {
    this.#lock.unlockSync();
  }

  isAt(path: string): boolean {
    return isFileAt(this.#file, path);
  }

  close(): void {
    this.closeKeepingLock();
    if (this.#lock instanceof LockFile) this.#lock.close();
  }

  /** False once it was closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Closes the file, and keeps the lock where that is not on the file itself. */
  closeKeepingLock(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#positioned?.close();
    this.#file.close();
  }

  #openLock(): FileLock {
    const { write, isDraft } = this.#options;
    if (isDraft) return NO_LOCK;
    if (!write || !platform().locksAreMandatory) return this.#file;
    return new LockFile(Deno.realPathSync(this.#path), () => this.isAt(this.#path));
  }

  #countUse(): void {
    if (++this.#uses !== LONG_USE) return;
    this.#positioned = PositionedFile.open(this.#path, this.#file, this.#options);
  }
}
