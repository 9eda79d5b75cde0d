/**
 * A pool file whose writes fail when a test says so, as on a full disk.
 *
 * @module
 */

import { DiskFile, type PoolFile } from "../../pool/file.ts";
import { diskFull } from "./replaced.ts";

/** Which write fails, and how. */
export interface Fault {
  /** The number of the write that fails, from 1. */
  write: number;
  /** How much of it is written all the same, from 0 to 1. */
  share: number;
}

/** A {@linkcode DiskFile} that runs out of space. */
export class FaultyFile extends DiskFile implements PoolFile {
  /** What is to fail; every write after it fails as well, until this is undefined. */
  fault: Fault | undefined;
  /** Whether anything failed so far. */
  hasFailed = false;
  #writes = 0;

  override writeAt(bytes: Uint8Array, offset: number): void {
    this.#writes++;
    if (this.fault === undefined || this.#writes < this.fault.write) {
      return super.writeAt(bytes, offset);
    }
    const share = this.#writes === this.fault.write ? this.fault.share : 0;
    const written = Math.min(bytes.length - 1, Math.floor(bytes.length * share));
    if (written > 0) super.writeAt(bytes.subarray(0, written), offset);
    this.hasFailed = true;
    throw diskFull();
  }
}
