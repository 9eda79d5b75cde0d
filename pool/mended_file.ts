/**
 * A pool file as it should be: with parts of it replaced, and with zeros where it was
 * cut short. Reading a damaged pool through it takes no other code than a whole one.
 *
 * @module
 */

import type { PoolFile } from "./file.ts";
import { InternalError } from "./errors.ts";
import type { FileWrite } from "./plan.ts";

/** What a {@linkcode MendedFile} shows in the place of what is there. */
export interface Mending {
  /** The size the file should have. */
  fileBytes: number;
  /** Bytes to show instead of those in the file; later ones win. */
  patches: readonly FileWrite[];
}

/** A file seen through a {@linkcode Mending}. It can be read only, and closes nothing. */
export class MendedFile implements PoolFile {
  readonly #file: PoolFile;
  readonly #mending: Mending;

  /** Shows `file` as `mending` has it. */
  constructor(file: PoolFile, mending: Mending) {
    this.#file = file;
    this.#mending = mending;
  }

  size(): number {
    return this.#mending.fileBytes;
  }

  readAt(bytes: Uint8Array, offset: number): boolean {
    const end = offset + bytes.length;
    if (end > this.size()) return false;
    const there = Math.max(0, Math.min(bytes.length, this.#file.size() - offset));
    bytes.fill(0, there);
    if (there > 0 && !this.#file.readAt(bytes.subarray(0, there), offset)) bytes.fill(0);
    for (const patch of this.#mending.patches) {
      const from = Math.max(offset, patch.offset);
      const to = Math.min(end, patch.offset + patch.bytes.length);
      if (from >= to) continue;
      bytes.set(patch.bytes.subarray(from - patch.offset, to - patch.offset), from - offset);
    }
    return true;
  }

  writeAt(): void {
    throw new InternalError("a mended file can't be written");
  }

  sync(): void {}

  tryLock(): boolean {
    return this.#file.tryLock();
  }

  unlock(): void {
    this.#file.unlock();
  }

  isAt(path: string): boolean {
    return this.#file.isAt(path);
  }

  close(): void {}
}
