/**
 * Bytes of a source that were read and not yet used, in one piece.
 *
 * @module
 */

import type { ByteSource } from "../session.ts";

/** Read at once from a file; a pipe brings less. */
const FIRST_BUFFER_BYTES = 256 * 1024;

/** Reads a source as far as its user asks for, and keeps what is not used yet. */
export class InputBuffer {
  readonly #source: ByteSource;
  #bytes = new Uint8Array(FIRST_BUFFER_BYTES);
  #start = 0;
  #end = 0;

  /** Reads `source`, from where it stands. */
  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** What was read and not used yet. Valid until the next call of `read`. */
  get unread(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Adds what one read of the source brings; false at its end. */
  read(): boolean {
    if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (this.#end === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const count = this.#source.readSync(this.#bytes.subarray(this.#end));
    this.#end += count ?? 0;
    return count !== null;
  }

  /** Takes the first `count` bytes as used. */
  use(count: number): void {
    this.#start += count;
  }
}
