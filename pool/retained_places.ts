/**
 * Where retained frames are, as far as a writer may spend time on it while it holds the
 * lock.
 *
 * @module
 */

import { alignUp, viewOf } from "./binary.ts";
import { FRAME_HEADER_BYTES, frameSeq } from "./frame.ts";
import { FrameCursor, type Place, placeOfHead } from "./frame_cursor.ts";
import type { FrameReader } from "./frame_reader.ts";
import type { RingFile } from "./ring.ts";
import type { State } from "./state.ts";

/** Finds places of frames in one ring. */
export class RetainedPlaces {
  readonly #ring: RingFile;
  readonly #reader: FrameReader;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  readonly #headerView = viewOf(this.#header);

  /** Finds places in `ring`, reading with `reader`. */
  constructor(ring: RingFile, reader: FrameReader) {
    this.#ring = ring;
    this.#reader = reader;
  }

  /** The frame that index boundary `number` names, if it is there and retained. */
  atBoundary(state: State, number: number): Place | undefined {
    const boundary = number * this.#ring.layout.indexSpanBytes;
    if (boundary <= state.tail || boundary > state.head) return undefined;
    const entry = this.#ring.readIndexEntry(number);
    if (entry === undefined || entry.position < boundary) return undefined;
    if (entry.position === state.head) return entry.seq === state.nextSeq ? entry : undefined;
    if (entry.seq < state.oldestSeq || entry.seq >= state.nextSeq) return undefined;
    return this.#isFrameAt(entry, state) ? entry : undefined;
  }

  /**
   * The first intact frame at `position` or later, by reading from `start` on. Amid much
   * damage it is where the search has come to, with the lowest number that may follow.
   */
  firstFrom(state: State, start: Place, position: number): Place {
    const cursor = new FrameCursor(this.#ring, state, start, this.#reader);
    while (cursor.readWithin() > 0) {
      const { view, offsets, count, start: runStart } = this.#reader;
      for (let i = 0; i < count; i++) {
        if (runStart + offsets[i] < position) continue;
        return { position: runStart + offsets[i], seq: frameSeq(view, offsets[i]) };
      }
    }
    if (!cursor.isSearching) return placeOfHead(state);
    // To look through more damage would keep others waiting. Readers may do that.
    const amid = alignUp(Math.max(position, cursor.position));
    return amid < state.head ? { position: amid, seq: cursor.fromSeq } : placeOfHead(state);
  }

  /** Its header alone tells: the number of that message is at no other place. */
  #isFrameAt(place: Place, state: State): boolean {
    if (place.position > state.head - FRAME_HEADER_BYTES) return false;
    this.#ring.readRing(this.#header, place.position);
    return frameSeq(this.#headerView, 0) === place.seq;
  }
}
