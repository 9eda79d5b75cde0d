/**
 * Appending: lock, plan, make room, write frames, write state, write index, unlock.
 *
 * Every write is ordered so that a process killed between any two of them leaves a
 * pool whose newest state is true: frames count only once a state says so, and a
 * state gives frames up before their bytes are written over.
 *
 * @module
 */

import { NotFoundError, UsageError } from "./errors.ts";
import { sealFrame } from "./frame.ts";
import type { EncodedFrames } from "./encoder.ts";
import type { State } from "./state.ts";
import { WriterLock } from "./lock.ts";
import {
  boundariesReached,
  type FileWrite,
  planAppend,
  planIndexWrites,
  stateAfterAppend,
  stateAfterDrop,
} from "./plan.ts";
import { type Place, placeOfHead, placeOfTail } from "./frame_cursor.ts";
import { FrameReader } from "./frame_reader.ts";
import { IntactEnd } from "./intact_end.ts";
import { RetainedPlaces } from "./retained_places.ts";
import type { RingFile } from "./ring.ts";
import { compareTimes, laterThan, now, type Timestamp, toMilliseconds } from "./timestamp.ts";

/**
 * Room is made in steps, so that it happens once for many appends: up to this share of
 * the ring, and up to this many bytes, are given up beyond what is needed.
 */
const DROP_STEP_SHARE = 1 / 16;
const DROP_STEP_BYTES_MAX = 32 * 1024;

/** How long an open writer may go on before it sees that its file was removed. */
const PRESENCE_CHECK_MS = 100;

/** What the frames of one append are to have: both rise from frame to frame. */
export interface Stamps {
  /** Sequence number of each, at least the next one of the state. */
  seqs: readonly number[];
  /** Time of each, later than the newest one of the state. */
  times: readonly Timestamp[];
}

/** What the frames of one append got. */
export interface Committed {
  /** Sequence number of the first one; the others follow. */
  firstSeq: number;
  /** Time of each. */
  times: readonly Timestamp[];
}

/** Appends to one pool. Several, in several processes, take turns. */
export class PoolWriter {
  readonly #ring: RingFile;
  readonly #places: RetainedPlaces;
  readonly #end: IntactEnd;
  readonly #lock: WriterLock;
  #endChecked = false;
  #presentAtMs = -Infinity;

  /** Writes to `ring`, waiting for the lock for at most `lockTimeoutMs`. */
  constructor(ring: RingFile, lockTimeoutMs: number) {
    this.#ring = ring;
    const reader = new FrameReader(ring);
    this.#places = new RetainedPlaces(ring, reader);
    this.#end = new IntactEnd(ring, reader, this.#places);
    this.#lock = new WriterLock(ring, lockTimeoutMs);
  }

  /**
   * Appends frames. Those that fit in the ring together become visible at once.
   *
   * @param stamp Numbers and times for `count` frames, settled under the lock. Without
   * it they get the next numbers and the time of the clock.
   * @throws {BusyError} when the lock is not to be had in time; nothing was appended.
   * @throws {NotFoundError} when the pool was deleted.
   */
  append(
    frames: EncodedFrames,
    stamp: (state: State, count: number, now: Timestamp) => Stamps = nextStamps,
  ): Committed {
    this.#enter();
    // No function that runs inside, as elsewhere: it takes time with every message.
    try {
      const time = now();
      let state = this.#stateToAppendTo(time);
      const { seqs, times } = stamp(state, frames.texts.length, time);
      checkNumbers(state, seqs);
      for (let from = 0; from < seqs.length;) {
        const group = groupFrom(from, frames, seqs, this.#ring.layout.ringBytes);
        from = group.toFrame;
        const seq = seqs[group.fromFrame];
        if (seq > state.nextSeq) state = this.#passOver(state, seq);
        state = this.#appendGroup(state, frames, group, times);
      }
      return { firstSeq: seqs[0], times };
    } finally {
      this.#lock.release();
    }
  }

  /** Has the next message be `seq` or a later one, and later than `time`. */
  reserve(seq: number, time: Timestamp): void {
    this.#enter();
    try {
      const state = this.#stateToAppendTo(now());
      const isLater = compareTimes(time, state.lastTime) > 0;
      // A time that no message has goes with a number that none has: the newest message
      // would not be the one the state speaks of.
      const from = isLater && state.head > state.tail ? Math.max(seq, state.nextSeq + 1) : seq;
      const passed = from > state.nextSeq ? this.#passOver(state, from) : state;
      this.#writeNext({ ...passed, lastTime: isLater ? time : state.lastTime });
    } finally {
      this.#lock.release();
    }
  }

  /**
   * Has `unlink` remove the file of the pool, and then marks it as deleted for those who
   * have it open. When `unlink` throws, nothing was changed.
   */
  delete(unlink: () => void): void {
    // Under the lock, so that of several only one removes it, and not its successor.
    this.#exclusively((state) => {
      if (!this.#ring.isAtPath()) throw deletedError(this.#ring.path);
      unlink();
      try {
        this.#writeNext({ ...state, deleted: true });
      } catch {
        // The pool is gone, also when a full disk takes no mark. That the name is free
        // tells the others as well, a moment later.
      }
    });
  }

  /** Returns when everything appended so far is on storage. */
  sync(): void {
    this.#ring.sync();
  }

  /** Takes the lock to append. */
  #enter(): void {
    if (!this.#endChecked) this.#checkEnd();
    this.#lock.take();
  }

  /** The state of a pool that is there, with an intact end. Only under the lock. */
  #stateToAppendTo(now: Timestamp): State {
    const state = this.#ring.readState();
    if (state.deleted || this.#isRemoved(now)) throw deletedError(this.#ring.path);
    // The state is an older one when the newest was damaged: its messages come first.
    return this.#ring.hadBothStates() ? state : this.#mend(state);
  }

  #exclusively(work: (state: State) => void): void {
    this.#lock.hold(() => work(this.#ring.readState()));
  }

  /** Whether the file was removed or replaced, asked now and then: it takes as long as a write. */
  #isRemoved(now: Timestamp): boolean {
    const nowMs = toMilliseconds(now);
    if (Math.abs(nowMs - this.#presentAtMs) < PRESENCE_CHECK_MS) return false;
    if (!this.#ring.isAtPath()) return true;
    this.#presentAtMs = nowMs;
    return false;
  }

  /** The state in which `seq` is next, and the numbers before it are missing. */
  #passOver(state: State, seq: number): State {
    const isEmpty = state.head === state.tail;
    const { layout, identity } = this.#ring;
    const reached = isEmpty ? undefined : boundariesReached(layout, state.newest, state.head);
    if (reached !== undefined) {
      // These name the frame that starts at the head, by the number it does not get.
      const entry = { position: state.head, seq, time: state.lastTime };
      for (const write of planIndexWrites(identity, reached, entry)) this.#ring.write(write);
    }
    return { ...state, nextSeq: seq, oldestSeq: isEmpty ? seq : state.oldestSeq };
  }

  #appendGroup(
    state: State,
    frames: EncodedFrames,
    group: Group,
    times: readonly Timestamp[],
  ): State {
    const ring = this.#ring;
    const plan = planAppend(state, ring.layout, group.end - group.start);
    if (plan.end > Number.MAX_SAFE_INTEGER) {
      throw new UsageError("the pool has taken in 9 PB: make a new one");
    }
    if (plan.requiredTail > state.tail) {
      const kept = this.#placeToKeepFrom(state, plan.requiredTail);
      state = stateAfterDrop(state, kept.position, kept.seq);
      // A crash after this leaves the pool shorter than it had to be, and whole.
      ring.writeState(state);
    }
    seal(ring, state, frames, group, times);
    // A crash in or after this leaves bytes behind the head that nobody looks at.
    ring.writeRing(frames.bytes.subarray(group.start, group.end), state.head);
    const next = stateAfterAppend(state, {
      count: group.toFrame - group.fromFrame,
      newest: state.head + frames.offsets[group.toFrame - 1] - group.start,
      end: plan.end,
      time: times[group.toFrame - 1],
    });
    // From here on the frames count.
    this.#commit(next);
    // A crash before or in this leaves boundaries without an entry. Written earlier, entries
    // could name frames that never count, and later ones in their place.
    this.#writeIndex(state, frames, group, times);
    return next;
  }

  /** Writes the state that makes frames count. */
  #commit(state: State): void {
    try {
      this.#ring.writeState(state);
    } catch (error) {
      // Torn, it may make them count as well: to be told to try again would be wrong.
      if (this.#ring.readState().head !== state.head) throw error;
    }
  }

  /** The first frame to keep when everything before `position` must go. */
  #placeToKeepFrom(state: State, position: number): Place {
    if (position >= state.head) return placeOfHead(state);
    const { indexSpanBytes, ringBytes } = this.#ring.layout;
    const step = Math.min(DROP_STEP_BYTES_MAX, Math.floor(ringBytes * DROP_STEP_SHARE));
    if (indexSpanBytes === 0) {
      return this.#places.firstFrom(state, placeOfTail(state), position + step);
    }
    const last = Math.floor((position + step) / indexSpanBytes);
    const entry = this.#places.atBoundary(state, last);
    if (entry !== undefined && entry.position >= position && entry.position <= position + step) {
      return entry;
    }
    // No boundary lies between, or a long frame over it: what can stay stays.
    const before = this.#places.atBoundary(state, Math.ceil(position / indexSpanBytes) - 1);
    return this.#places.firstFrom(state, before ?? placeOfTail(state), position);
  }

  #writeIndex(
    state: State,
    frames: EncodedFrames,
    group: Group,
    times: readonly Timestamp[],
  ): void {
    const { layout } = this.#ring;
    if (boundariesReached(layout, state.head, state.head + group.end - group.start) === undefined) {
      return;
    }
    const toPosition = state.head - group.start;
    for (let i = group.fromFrame; i < group.toFrame; i++) {
      const start = toPosition + frames.offsets[i];
      const end = toPosition + frames.offsets[i + 1];
      const reached = boundariesReached(layout, start, end);
      if (reached === undefined) continue;
      const seq = state.nextSeq + i - group.fromFrame + 1;
      const entry = { position: end, seq, time: times[i] };
      this.#writeHints(planIndexWrites(this.#ring.identity, reached, entry));
    }
  }

  #writeHints(writes: readonly FileWrite[]): void {
    try {
      for (const write of writes) this.#ring.write(write);
    } catch {
      // The message is in the pool: to find it takes longer without, and that is all.
    }
  }

  /**
   * Makes sure, once per open pool, that state and newest frame agree. A power cut can
   * leave one without the other.
   */
  #checkEnd(): void {
    const state = this.#ring.readState();
    // Without the lock: to look through much damage takes a while.
    const checked = this.#end.of(state);
    if (checked !== state) {
      this.#exclusively(({ generation }) => {
        // Another writer that has come meanwhile has checked the end itself.
        if (generation === state.generation) this.#writeNext(checked);
      });
    }
    this.#endChecked = true;
  }

  /** Makes the end intact. Only under the lock. */
  #mend(state: State): State {
    const checked = this.#end.of(state);
    return checked === state ? state : this.#writeNext(checked);
  }

  /** Writes a state as the one after its generation, and returns it so. */
  #writeNext(state: State): State {
    if (state.generation >= Number.MAX_SAFE_INTEGER) throw usedUpError();
    const next = { ...state, generation: state.generation + 1 };
    this.#ring.writeState(next);
    return next;
  }
}

/** Frames `fromFrame..toFrame - 1` of a batch, at `start..end` of its bytes. */
interface Group {
  fromFrame: number;
  toFrame: number;
  start: number;
  end: number;
}

/** The stamps of `count` messages that are appended at `now`. */
function nextStamps(state: State, count: number, now: Timestamp): Stamps {
  // Arrays that grow by one would take room for many, and most appends are of one message.
  const seqs = new Array<number>(count);
  const times = new Array<Timestamp>(count);
  let time = laterThan(now, state.lastTime);
  for (let i = 0; i < count; i++) {
    if (i > 0) time = laterThan(time, time);
    seqs[i] = state.nextSeq + i;
    times[i] = time;
  }
  return { seqs, times };
}

/** Fails before anything is written that no state could hold. Each frame takes two at most. */
function checkNumbers(state: State, seqs: readonly number[]): void {
  const highest = Math.max(seqs[seqs.length - 1] + 1, state.generation + 2 * seqs.length);
  if (highest > Number.MAX_SAFE_INTEGER) throw usedUpError();
}

function usedUpError(): UsageError {
  return new UsageError("the pool has no sequence number left", {
    hint: "Make a new pool, and import the messages of this one with new numbers (--append).",
  });
}

/** As many frames of a batch as, without missing numbers, fit in the ring together. */
function groupFrom(
  fromFrame: number,
  { offsets }: EncodedFrames,
  seqs: readonly number[],
  ringBytes: number,
): Group {
  const start = offsets[fromFrame];
  let toFrame = fromFrame + 1;
  while (
    toFrame < seqs.length && seqs[toFrame] === seqs[toFrame - 1] + 1 &&
    offsets[toFrame + 1] - start <= ringBytes
  ) toFrame++;
  return { fromFrame, toFrame, start, end: offsets[toFrame] };
}

/** Gives the frames of a group their sequence numbers, times and checksums. */
function seal(
  ring: RingFile,
  state: State,
  frames: EncodedFrames,
  group: Group,
  times: readonly Timestamp[],
): void {
  const { seed } = ring.identity;
  const toPosition = state.head - group.start;
  let seq = state.nextSeq;
  for (let i = group.fromFrame; i < group.toFrame; i++) {
    const at = frames.offsets[i];
    const time = times[i];
    sealFrame(frames.bytes, frames.view, at, { seq: seq++, time, position: toPosition + at, seed });
  }
}

/** The error of using a pool after it was deleted. */
export function deletedError(path: string): NotFoundError {
  return new NotFoundError("the pool was deleted", {
    path,
    hint: "Open it again; it may have been created anew.",
  });
}
