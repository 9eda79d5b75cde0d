/**
 * The end of a ring whose state and newest frame may not agree, as a power cut can leave
 * them.
 *
 * @module
 */

import { frameLength, frameSeq, frameTime } from "./frame.ts";
import { DamageLimit, FrameCursor, type Place, placeOfTail } from "./frame_cursor.ts";
import type { FrameReader } from "./frame_reader.ts";
import type { RetainedPlaces } from "./retained_places.ts";
import type { RingFile } from "./ring.ts";
import { rollForward } from "./roll_forward.ts";
import type { State } from "./state.ts";
import { compareTimes } from "./timestamp.ts";

/**
 * Damage at the end that is looked through, with the pool locked: some two seconds' worth,
 * which others wait for, and more than a power cut leaves unless storage is very fast. More
 * of it is for `pls doctor --repair`.
 */
const DAMAGED_END_BYTES_MAX = 1024 ** 3;

/** Where a frame is, and where the next one starts. */
type FrameEnd = Pick<State, "newest" | "head">;

/** Finds the end of one ring. */
export class IntactEnd {
  readonly #ring: RingFile;
  readonly #reader: FrameReader;
  readonly #places: RetainedPlaces;

  /** Finds the end of `ring`, reading with `reader`. */
  constructor(ring: RingFile, reader: FrameReader, places: RetainedPlaces) {
    this.#ring = ring;
    this.#reader = reader;
    this.#places = places;
  }

  /**
   * The state last read from the ring, `state`, with an end that is intact; `state` itself
   * when it is. The generation stays.
   *
   * @throws {CorruptError} when too much is damaged to tell.
   */
  of(state: State): State {
    // One slot torn: it may have held a newer state, whose frames then follow the head.
    const known = this.#ring.hadBothStates()
      ? state
      : rollForward(this.#reader, state, this.#ring.layout.ringBytes);
    return this.#isNewestIntact(known) ? known : this.#rollBack(known);
  }

  #isNewestIntact(state: State): boolean {
    if (state.head === state.tail) return true;
    const bounds = { head: state.head, fromSeq: state.nextSeq - 1, nextSeq: state.nextSeq };
    const reader = this.#reader;
    return reader.read(state.newest, bounds) === 1 && reader.end === state.head &&
      compareTimes(frameTime(reader.view, 0), state.lastTime) === 0;
  }

  /**
   * Moves the head back to the end of the last intact frame. Sequence numbers do not
   * go back with it: somebody may have seen them.
   */
  #rollBack(state: State): State {
    const first = this.#places.firstFrom(state, placeOfTail(state), state.tail);
    const end = first.position < state.head ? this.#lastIntact(state) : undefined;
    return end === undefined || end.newest < first.position
      ? { ...state, tail: state.head, oldestSeq: state.nextSeq }
      : { ...state, ...end, tail: first.position, oldestSeq: first.seq };
  }

  /** The last intact frame, searched for from ever further back. */
  #lastIntact(state: State): FrameEnd | undefined {
    const { indexSpanBytes } = this.#ring.layout;
    const limit = new DamageLimit(DAMAGED_END_BYTES_MAX);
    const last = Math.floor(state.head / indexSpanBytes);
    for (let back = 0; (last - back) * indexSpanBytes > state.tail; back = 2 * back + 1) {
      const entry = this.#places.atBoundary(state, last - back);
      const found = entry && this.#lastIntactFrom(state, entry, limit);
      if (found !== undefined) return found;
    }
    return this.#lastIntactFrom(state, placeOfTail(state), limit);
  }

  #lastIntactFrom(state: State, start: Place, limit: DamageLimit): FrameEnd | undefined {
    const cursor = new FrameCursor(this.#ring, state, start, this.#reader);
    let end: FrameEnd | undefined;
    while (cursor.readThrough(limit) > 0) {
      const { view, offsets, count, start: runStart } = this.#reader;
      for (let i = 0; i < count; i++) {
        // It is not the one the state speaks of, or there would be no need to be here.
        if (frameSeq(view, offsets[i]) === state.nextSeq - 1) break;
        const newest = runStart + offsets[i];
        end = { newest, head: newest + frameLength(view, offsets[i]) };
      }
    }
    return end;
  }
}
