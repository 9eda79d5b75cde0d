/**
 * Looking for frames where none is known to be, a bounded piece of work at a time.
 *
 * @module
 */

import { ALIGNMENT_BYTES, alignUp, viewOf } from "./binary.ts";
import {
  FRAME_HEADER_BYTES,
  frameLength,
  frameNanos,
  frameSeq,
  frameTime,
  MAX_FRAME_BYTES,
} from "./frame.ts";
import type { FrameBounds, FrameReader } from "./frame_reader.ts";
import type { RingFile } from "./ring.ts";
import { compareTimes, type Timestamp } from "./timestamp.ts";

/** Bytes of the first read of a search, and of one that goes on. */
const FIRST_CHUNK_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;

/** Bytes passed over or verified in one step: a few milliseconds' worth. */
export const SEARCH_STEP_BYTES = 4 * 1024 * 1024;

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

/** Which frames a search is for. */
export interface SearchBounds extends FrameBounds {
  /** They are later than this, which is the time of the last frame before. */
  after?: Timestamp;
}

/** Looks for the next intact frame, verifying with `reader`. */
export class FrameSearch {
  /** No intact frame starts between where the search began and here. */
  position: number;
  readonly #ring: RingFile;
  readonly #reader: FrameReader;
  readonly #budget: SearchBudget;

  /** Looks from `position` on. */
  constructor(
    ring: RingFile,
    reader: FrameReader,
    position: number,
    budget: SearchBudget = new SearchBudget(ring.layout.ringBytes),
  ) {
    this.#ring = ring;
    this.#reader = reader;
    this.position = position;
    this.#budget = budget;
  }

  /**
   * Looks on for a frame whose header ends before `end`, for one step.
   *
   * @returns true when one is at {@linkcode position}. Else there is none before
   * {@linkcode position}, and none at all once that is `end`.
   */
  step(bounds: SearchBounds, end: number = bounds.head): boolean {
    const stepEnd = Math.min(end, this.position + SEARCH_STEP_BYTES);
    let verifiedBytes = 0;
    const range = { ...bounds, end: stepEnd };
    for (const place of framePlaces(this.#ring, this.position, range)) {
      if (this.#reader.read(place, bounds) > 0 && !this.#isLeftover(bounds, end)) {
        this.position = place;
        return true;
      }
      const bytes = frameLength(this.#reader.view, 0);
      this.#budget.spend(bytes);
      verifiedBytes += bytes;
      if (verifiedBytes < SEARCH_STEP_BYTES && !this.#budget.isSpent) continue;
      this.position = this.#budget.isSpent ? end : place + ALIGNMENT_BYTES;
      return false;
    }
    // The header of a frame may begin before the end of the step and end behind it.
    this.position = stepEnd === end ? end : stepEnd - alignUp(FRAME_HEADER_BYTES) + ALIGNMENT_BYTES;
    return false;
  }

  /**
   * Whether all of the run just read was written and never counted: a later power cut took
   * what had been written over it. Then it may be older than what precedes it; and its
   * numbers were given out again to what follows it, at a later time. To take it for what
   * it says would hide all that.
   */
  #isLeftover(bounds: SearchBounds, end: number): boolean {
    const { view, offsets, count } = this.#reader;
    const { after } = bounds;
    if (after !== undefined && compareTimes(frameTime(view, offsets[0]), after) <= 0) return true;
    const firstSeq = frameSeq(view, offsets[0]);
    const lastTime = frameTime(view, offsets[count - 1]);
    if (!this.#readFollowing(this.#reader.end, bounds, end)) return false;
    const following = this.#reader.view;
    return frameSeq(following, 0) <= firstSeq &&
      compareTimes(frameTime(following, 0), lastTime) > 0;
  }

  /** Reads the first run at `position` or within a step from there; false without one. */
  #readFollowing(position: number, bounds: FrameBounds, end: number): boolean {
    if (this.#reader.read(position, bounds) > 0) return true;
    const range = { ...bounds, end: Math.min(end, position + SEARCH_STEP_BYTES) };
    for (const place of framePlaces(this.#ring, position + ALIGNMENT_BYTES, range)) {
      if (this.#reader.read(place, bounds) > 0) return true;
      this.#budget.spend(frameLength(this.#reader.view, 0));
      if (this.#budget.isSpent) return false;
    }
    return false;
  }
}

/** Where frames are looked for, and which ones. */
export interface SearchRange {
  /** Their headers end at this position or before. */
  end: number;
  /** They end at this position or before. */
  head: number;
  /** Their sequence number is at least this. Default 1. */
  fromSeq?: number;
  /** Their sequence number is less than this. Default 2^53 - 1. */
  nextSeq?: number;
}

/**
 * The positions from `position` on whose bytes could be the header of such a frame: a
 * multiple of 8 from there.
 */
export function* framePlaces(
  ring: RingFile,
  position: number,
  { end, head, fromSeq = 1, nextSeq = Number.MAX_SAFE_INTEGER }: SearchRange,
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
      const seq = frameSeq(view, at);
      if (seq < fromSeq || seq >= nextSeq) continue;
      const frameBytes = frameLength(view, at);
      if (frameBytes > MAX_FRAME_BYTES || position + at + frameBytes > head) continue;
      if (frameNanos(view, at) > 999_999_999) continue;
      yield position + at;
    }
    position += at;
  }
}
