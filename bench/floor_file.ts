/**
 * The locks and system calls of an append, without a pool.
 *
 * @module
 */

const FILE_BYTES = 1024 * 1024;
const STATE_OFFSET = 512;
const RING_OFFSET = 8192;

/** A file of a pool's size that is written to as a pool is. */
export class FloorFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #states = new Uint8Array(576);
  readonly #frame = new Uint8Array(1056);
  readonly #state = new Uint8Array(64);
  #offset = RING_OFFSET;

  /** Makes the file at `path`. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { read: true, write: true, create: true });
    this.#file.truncateSync(FILE_BYTES);
  }

  /** Lock, read the states, write a frame, write a state, unlock. */
  append(): void {
    const file = this.#file;
    file.tryLockSync(true);
    file.seekSync(STATE_OFFSET, Deno.SeekMode.Start);
    file.readSync(this.#states);
    file.seekSync(this.#offset, Deno.SeekMode.Start);
    file.writeSync(this.#frame);
    file.seekSync(STATE_OFFSET, Deno.SeekMode.Start);
    file.writeSync(this.#state);
    file.unlockSync();
    this.#offset += this.#frame.length;
    if (this.#offset + this.#frame.length > FILE_BYTES) this.#offset = RING_OFFSET;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
