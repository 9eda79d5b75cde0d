/**
 * Moving through a ring from frame to frame: when a frame is not intact, the state tells
 * whether a writer overtook the cursor, and else the bytes are damaged and the next
 * intact frame is searched for, a bounded piece of work at a time.
 *
 * @module
 */

import { ALIGNMENT_BYTES } from "./binary.ts";
import { frameSeq, frameTime } from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";
import { FrameSearch, SEARCH_STEP_BYTES } from "./frame_search.ts";
import type { RingFile } from "./ring.ts";
import type { State } from "./state.ts";
import type { Timestamp } from "./timestamp.ts";

/** Where a frame starts, and its sequence number. */
export interface Place {
  position: number;
  seq: number;
}

/** The place where the next frame will start. */
export function placeOfHead(state: State): Place {
  return { position: state.head, seq: state.nextSeq };
}

/** The place of the oldest retained frame. */
export function placeOfTail(state: State): Place {
  return { position: state.tail, seq: state.oldestSeq };
}

/** How much damage may be passed over, by all the reading that shares it. */
export class DamageLimit {
  #stepsLeft: number;

  /** A limit of about `bytes`. */
  constructor(bytes: number) {
    this.#stepsLeft = Math.ceil(bytes / SEARCH_STEP_BYTES);
  }

  /** Takes a step; false when none is left. */
  take(): boolean {
    return this.#stepsLeft-- > 0;
  }
}

/** A place in the ring that moves from frame to frame. */
export class FrameCursor {
  /** Position of the next frame. */
  position: number;
  /** Sequence number below which frames can't be what comes next. */
  fromSeq: number;
  /** The last run read. */
  readonly reader: FrameReader;
  /** The state the last run was read under. */
  state: State;
  readonly #ring: RingFile;
  /** Time of the last frame read. */
  #after: Timestamp | undefined;
  #search: FrameSearch | undefined;

  /** A cursor at `start`, where the first frame with that sequence number or a higher one is. */
  constructor(
    ring: RingFile,
    state: State,
    start: Place,
    reader: FrameReader = new FrameReader(ring),
  ) {
    this.#ring = ring;
    this.state = state;
    this.position = start.position;
    this.fromSeq = start.seq;
    this.reader = reader;
  }

  /** Whether the last read ended amid damage, with more of it to be looked through. */
  get isSearching(): boolean {
    return this.#search !== undefined;
  }

  /**
   * Reads the next run of intact frames into {@linkcode reader} and moves behind it.
   *
   * @returns how many frames; 0 when there are no more for now, and when it
   * {@linkcode isSearching}: then it goes on with the next call.
   */
  read(): number {
    this.state = this.#ring.readState();
    return this.readWithin();
  }

  /** {@linkcode read} under the state it has, which a holder of the lock knows to be the newest. */
  readWithin(): number {
    let doubtful = false;
    while (this.#moveInto(this.state)) {
      if (this.#search !== undefined && !this.#searchOn(this.#search)) return 0;
      if (this.#tryRead()) return this.reader.count;
      // Room is made before it is written over: had a writer overtaken us, the state
      // would say so by now. If it does not, the bytes deserve one more look.
      const before = this.state.tail;
      this.state = this.#ring.readState();
      if (this.state.tail > before && this.state.tail > this.position) continue;
      if (doubtful) this.#startSearch();
      doubtful = !doubtful;
    }
    this.#search = undefined;
    return 0;
  }

  /**
   * {@linkcode readWithin}, through as much damage as `limit` allows, by default all.
   *
   * @throws {CorruptError} when there is more.
   */
  readThrough(limit?: DamageLimit): number {
    let count = this.readWithin();
    while (this.isSearching) {
      if (limit?.take() === false) {
        throw this.#ring.corrupt(`too much is damaged from message ${this.fromSeq} on`, {
          seq: this.fromSeq,
        });
      }
      count = this.readWithin();
    }
    return count;
  }

  /** Moves to where the state has frames; false when it has none from here on. */
  #moveInto(state: State): boolean {
    if (this.position < state.tail) {
      this.position = state.tail;
      this.fromSeq = Math.max(this.fromSeq, state.oldestSeq);
    }
    // A damaged end was repaired: what comes next will come there.
    if (this.position > state.head) this.position = state.head;
    return this.position < state.head;
  }

  #tryRead(): boolean {
    const { head, nextSeq } = this.state;
    const bounds = { head, fromSeq: this.fromSeq, nextSeq };
    if (this.reader.read(this.position, bounds) === 0) return false;
    this.position = this.reader.end;
    const { view, offsets, count } = this.reader;
    this.fromSeq = frameSeq(view, offsets[count - 1]) + 1;
    this.#after = frameTime(view, offsets[count - 1]);
    return true;
  }

  #startSearch(): void {
    this.position += ALIGNMENT_BYTES;
    this.#search = new FrameSearch(this.#ring, this.reader, this.position);
  }

  /** Searches for one step; false when there is more to search through. */
  #searchOn(search: FrameSearch): boolean {
    const { head, nextSeq } = this.state;
    // A writer may have given up where it was.
    search.position = Math.max(search.position, this.position);
    const found = search.step({ head, fromSeq: this.fromSeq, nextSeq, after: this.#after });
    this.position = search.position;
    const isOver = found || search.position >= head;
    if (isOver) this.#search = undefined;
    return isOver;
  }
}
