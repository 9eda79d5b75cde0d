/**
 * Looking for frames where none is known to be, in a bounded time.
 *
 * @module
 */

import { ALIGNMENT_BYTES, viewOf } from "./binary.ts";
import { FRAME_HEADER_BYTES, frameLength, frameNanos, frameSeq, MAX_FRAME_BYTES } from "./frame.ts";
import type { RingFile } from "./ring.ts";

/** Bytes of the first read of a search, and of one that goes on. */
const FIRST_CHUNK_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;

/**
 * What all searches in one file may verify together, in rings. What looks like a frame
 * is seldom none, so a file that needs more was made to keep readers busy.
 */
const BUDGET_RINGS = 16;
const BUDGET_BYTES_MIN = 64 * 1024 * 1024;

/** Bytes that may still be spent on what turns out to be no frame. */
export class SearchBudget {
  #leftBytes: number;

  /** A budget for a ring of `ringBytes`. */
  constructor(ringBytes: number) {
    this.#leftBytes = Math.max(BUDGET_BYTES_MIN, BUDGET_RINGS * ringBytes);
  }

  /** Takes `bytes` of it. */
  spend(bytes: number): void {
    this.#leftBytes -= bytes;
  }

  /** Whether nothing is left. */
  get isSpent(): boolean {
    return this.#leftBytes < 0;
  }
}

/**
 * The positions from `position` to `end` whose bytes could be the header of a frame that
 * ends at `limit` or before.
 */
export function* framePlaces(
  ring: RingFile,
  position: number,
  { end, limit }: { end: number; limit: number },
): Generator<number> {
  const bytes = new Uint8Array(MAX_CHUNK_BYTES);
  const view = viewOf(bytes);
  const words = new Uint32Array(bytes.buffer);
  let chunkBytes = FIRST_CHUNK_BYTES;
  while (end - position >= FRAME_HEADER_BYTES) {
    const length = Math.min(chunkBytes, end - position);
    chunkBytes = Math.min(2 * chunkBytes, MAX_CHUNK_BYTES);
    ring.readRing(bytes.subarray(0, length), position);
    let at = 0;
    for (; length - at >= FRAME_HEADER_BYTES; at += ALIGNMENT_BYTES) {
      // Most places hold no sequence number at all.
      if (words[at / 4 + 2] === 0 && words[at / 4 + 3] === 0) continue;
      const frameBytes = frameLength(view, at);
      if (frameBytes > MAX_FRAME_BYTES || position + at + frameBytes > limit) continue;
      if (frameSeq(view, at) >= Number.MAX_SAFE_INTEGER) continue;
      if (frameNanos(view, at) > 999_999_999) continue;
      yield position + at;
    }
    position += at;
  }
}
