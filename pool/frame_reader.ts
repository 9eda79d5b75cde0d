/**
 * Reading frames: in large chunks, without a lock, verifying each one.
 *
 * @module
 */

import {
  FRAME_HEADER_BYTES,
  frameLength,
  frameSeq,
  isFrameIntact,
  MAX_FRAME_BYTES,
} from "./frame.ts";
import { viewOf } from "./binary.ts";
import type { RingFile } from "./ring.ts";

/** Bytes of the first read after a jump: about what one index entry stands for. */
const FIRST_CHUNK_BYTES = 16 * 1024;
/** Bytes of a read once reading goes on. */
const MAX_CHUNK_BYTES = 256 * 1024;

/** Which frames count: those before `head` with a sequence number of `fromSeq..nextSeq - 1`. */
export interface FrameBounds {
  head: number;
  fromSeq: number;
  nextSeq: number;
}

/** Reads and verifies runs of frames into a buffer of its own. */
export class FrameReader {
  /** The bytes of the last run, from its first frame on. Overwritten by the next one. */
  bytes: Uint8Array = new Uint8Array(0);
  /** A view of {@linkcode bytes}. */
  view: DataView = viewOf(this.bytes);
  /** Where in {@linkcode bytes} each frame of the last run starts. */
  offsets: Int32Array = new Int32Array(32);
  /** Number of frames in the last run. */
  count = 0;
  /** Position of the first frame of the last run. */
  start = 0;
  /** Position after the last frame of the last run. */
  end = 0;
  readonly #ring: RingFile;
  #chunkBytes = FIRST_CHUNK_BYTES;

  constructor(ring: RingFile) {
    this.#ring = ring;
  }

  /**
   * Reads the run of intact frames that starts at `position`, as many as one chunk
   * holds.
   *
   * @returns how many there are; 0 when the first one is not intact.
   */
  read(position: number, bounds: FrameBounds): number {
    this.count = 0;
    this.#chunkBytes = position === this.end
      ? Math.min(2 * this.#chunkBytes, MAX_CHUNK_BYTES)
      : FIRST_CHUNK_BYTES;
    this.start = position;
    this.end = position;
    let loaded = this.#load(position, Math.min(bounds.head - position, this.#chunkBytes));
    const first = this.#firstFrameBytes(position, bounds, loaded);
    if (first > loaded) loaded = this.#load(position, first);
    if (first > 0) this.#verify(position, bounds, loaded);
    return this.count;
  }

  /** Length of the frame at `position`, or 0 when there can't be one. */
  #firstFrameBytes(position: number, bounds: FrameBounds, loaded: number): number {
    if (loaded < FRAME_HEADER_BYTES) return 0;
    const length = frameLength(this.view, 0);
    // The bounds come from a state that fits the file, so no length that a damaged
    // frame claims makes this allocate more than the ring.
    return length <= MAX_FRAME_BYTES && position + length <= bounds.head ? length : 0;
  }

  #verify(position: number, bounds: FrameBounds, loaded: number): void {
    const { bytes, view } = this;
    const seed = this.#ring.identity.seed;
    let { fromSeq } = bounds;
    let at = 0;
    while (loaded - at >= FRAME_HEADER_BYTES) {
      const length = frameLength(view, at);
      if (length > loaded - at) break;
      const seq = frameSeq(view, at);
      if (seq < fromSeq || seq >= bounds.nextSeq) break;
      if (!isFrameIntact(bytes, view, at, position + at, seed)) break;
      if (this.count === this.offsets.length) this.#growOffsets();
      this.offsets[this.count++] = at;
      fromSeq = seq + 1;
      at += length;
    }
    this.end = position + at;
  }

  #load(position: number, length: number): number {
    if (length > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(length, 2 * this.bytes.length));
      this.view = viewOf(this.bytes);
    }
    this.#ring.readRing(this.bytes.subarray(0, length), position);
    return length;
  }

  #growOffsets(): void {
    const grown = new Int32Array(2 * this.offsets.length);
    grown.set(this.offsets);
    this.offsets = grown;
  }
}
