/**
 * The locks and system calls of an append, without a pool.
 *
 * @module
 */

import { closeSync, openSync, readSync, writeSync } from "node:fs";

const FILE_BYTES = 1024 * 1024;
const STATE_OFFSET = 512;
const RING_OFFSET = 8192;

/** A file of a pool's size that is written to as a pool is that has been in use for a while. */
export class FloorFile implements Disposable {
  readonly #lock: Deno.FsFile;
  readonly #descriptor: number;
  readonly #states = new Uint8Array(576);
  readonly #frame = new Uint8Array(1056);
  readonly #state = new Uint8Array(64);
  #offset = RING_OFFSET;

  /** Makes the file at `path`. */
  constructor(path: string) {
    this.#lock = Deno.openSync(path, { read: true, write: true, create: true });
    this.#lock.truncateSync(FILE_BYTES);
    this.#descriptor = openSync(path, "r+");
  }

  /** Lock, read the states, write a frame, write a state, unlock. */
  append(): void {
    const { length } = this.#frame;
    this.#lock.tryLockSync(true);
    readSync(this.#descriptor, this.#states, 0, this.#states.length, STATE_OFFSET);
    writeSync(this.#descriptor, this.#frame, 0, length, this.#offset);
    writeSync(this.#descriptor, this.#state, 0, this.#state.length, STATE_OFFSET);
    this.#lock.unlockSync();
    this.#offset += length;
    if (this.#offset + length > FILE_BYTES) this.#offset = RING_OFFSET;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
    this.#lock.close();
  }
}
