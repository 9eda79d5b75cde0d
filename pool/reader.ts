/**
 * Reading frames: in large chunks, without a lock, verifying each one.
 *
 * {@linkcode FrameReader} reads what is at a position and says how much of it is
 * intact. {@linkcode FrameCursor} moves through the ring with it: when a frame is not
 * intact, the state tells whether a writer overtook it, and else the bytes are damaged
 * and the next intact frame is searched for.
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
import { ALIGNMENT_BYTES, viewOf } from "./binary.ts";
import type { State } from "./state.ts";
import type { RingFile } from "./ring.ts";

/** Bytes of the first read after a jump: about what one index entry stands for. */
const FIRST_CHUNK_BYTES = 16 * 1024;
/** Bytes of a read once reading goes on. */
const MAX_CHUNK_BYTES = 256 * 1024;

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

/** Which frames count: those before `head` with a sequence number of `fromSeq..nextSeq - 1`. */
export interface FrameBounds {
  head: number;
  fromSeq: number;
  nextSeq: number;
}

/** Reads and verifies runs of frames into a buffer of its own. */
export class FrameReader {
  /** The bytes of the last run, from its first frame on. Overwritten by the next one. */
  bytes: Uint8Array = new Uint8Array(FIRST_CHUNK_BYTES);
  /** A view of {@linkcode bytes}. */
  view: DataView = viewOf(this.bytes);
  /** Where in {@linkcode bytes} each frame of the last run starts. */
  offsets: Int32Array = new Int32Array(256);
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
      this.bytes = new Uint8Array(Math.max(length, this.#chunkBytes));
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

  /**
   * Reads the next run of intact frames into {@linkcode reader} and moves behind it.
   *
   * @returns how many frames; 0 when there are no more for now.
   */
  read(): number {
    this.state = this.#ring.readState();
    return this.readWithin();
  }

  /** {@linkcode read} under the state it has, which a holder of the lock knows to be the newest. */
  readWithin(): number {
    let doubtful = false;
    while (this.#moveInto(this.state)) {
      if (this.#tryRead()) return this.reader.count;
      // Room is made before it is written over: had a writer overtaken us, the state
      // would say so by now. If it does not, the bytes deserve one more look.
      const before = this.state.tail;
      this.state = this.#ring.readState();
      if (this.state.tail > before && this.state.tail > this.position) continue;
      if (doubtful) this.#skipDamage();
      doubtful = !doubtful;
    }
    return 0;
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
    if (this.reader.read(this.position, { head, fromSeq: this.fromSeq, nextSeq }) === 0) {
      return false;
    }
    this.position = this.reader.end;
    const { view, offsets, count } = this.reader;
    this.fromSeq = frameSeq(view, offsets[count - 1]) + 1;
    return true;
  }

  #skipDamage(): void {
    this.position = findIntactFrame(this.#ring, this.position + ALIGNMENT_BYTES, {
      head: this.state.head,
      fromSeq: this.fromSeq,
      nextSeq: this.state.nextSeq,
    });
  }
}

/** Bytes searched with one read for an intact frame. */
const SEARCH_CHUNK_BYTES = 256 * 1024;
/**
 * Bytes verified in one search, in rings. What looks like a frame is seldom none, so a
 * file that needs more was made to keep readers busy.
 */
const SEARCH_BUDGET_RINGS = 4;

/**
 * Position of the first intact frame at `position` or later, or `bounds.head` when
 * there is none. Looks at every place a frame may start.
 */
function findIntactFrame(ring: RingFile, position: number, bounds: FrameBounds): number {
  const candidate = new FrameReader(ring);
  const bytes = new Uint8Array(SEARCH_CHUNK_BYTES);
  const view = viewOf(bytes);
  const words = new Uint32Array(bytes.buffer);
  let budgetBytes = SEARCH_BUDGET_RINGS * ring.layout.ringBytes;
  while (bounds.head - position >= FRAME_HEADER_BYTES) {
    const length = Math.min(SEARCH_CHUNK_BYTES, bounds.head - position);
    ring.readRing(bytes.subarray(0, length), position);
    let at = 0;
    for (; length - at >= FRAME_HEADER_BYTES; at += ALIGNMENT_BYTES) {
      // Most places hold no sequence number at all.
      if (words[at / 4 + 2] === 0 && words[at / 4 + 3] === 0) continue;
      const seq = frameSeq(view, at);
      if (seq < bounds.fromSeq || seq >= bounds.nextSeq) continue;
      const frameEnd = position + at + frameLength(view, at);
      if (frameEnd > bounds.head) continue;
      if (candidate.read(position + at, { ...bounds, head: frameEnd }) > 0) return position + at;
      budgetBytes -= frameEnd - position - at;
      if (budgetBytes < 0) return bounds.head;
    }
    position += at;
  }
  return bounds.head;
}
