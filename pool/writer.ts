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
import { FRAME_HEADER_BYTES, frameLength, frameSeq, frameTime, sealFrame } from "./frame.ts";
import type { EncodedFrames } from "./encoder.ts";
import { alignUp, viewOf } from "./binary.ts";
import type { State } from "./state.ts";
import { withLock } from "./lock.ts";
import {
  boundariesReached,
  type FileWrite,
  planAppend,
  planIndexWrites,
  stateAfterAppend,
  stateAfterDrop,
} from "./plan.ts";
import { DamageLimit, FrameCursor, type Place, placeOfHead, placeOfTail } from "./frame_cursor.ts";
import { FrameReader } from "./frame_reader.ts";
import type { RingFile } from "./ring.ts";
import { rollForward } from "./roll_forward.ts";
import { compareTimes, laterThan, now, type Timestamp } from "./timestamp.ts";

/**
 * Room is made in steps, so that it happens once for many appends: up to this share of
 * the ring, and up to this many bytes, are given up beyond what is needed.
 */
const DROP_STEP_SHARE = 1 / 16;
const DROP_STEP_BYTES_MAX = 32 * 1024;

/**
 * Damage at the end that an append looks through: some ten seconds' worth, and more than a
 * power cut leaves unless storage is very fast. More of it is for `pls doctor --repair`.
 */
const DAMAGED_END_BYTES_MAX = 4 * 1024 ** 3;

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
  readonly #reader: FrameReader;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  readonly #headerView = viewOf(this.#header);
  readonly #lockTimeoutMs: number;
  #endChecked = false;
  #presentAtMs = -Infinity;

  /** Writes to `ring`, waiting for the lock for at most `lockTimeoutMs`. */
  constructor(ring: RingFile, lockTimeoutMs: number) {
    this.#ring = ring;
    this.#reader = new FrameReader(ring);
    this.#lockTimeoutMs = lockTimeoutMs;
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
    stamp: (state: State, count: number) => Stamps = nextStamps,
  ): Committed {
    return this.#locked((state) => {
      const { seqs, times } = stamp(state, frames.texts.length);
      checkNumbers(state, seqs);
      for (const group of groupsThatFit(frames, seqs, this.#ring.layout.ringBytes)) {
        const seq = seqs[group.fromFrame];
        if (seq > state.nextSeq) state = this.#passOver(state, seq);
        state = this.#appendGroup(state, frames, group, times);
      }
      return { firstSeq: seqs[0], times };
    });
  }

  /** Has the next message be `seq` or a later one, and later than `time`. */
  reserve(seq: number, time: Timestamp): void {
    this.#locked((state) => {
      const isLater = compareTimes(time, state.lastTime) > 0;
      // A time that no message has goes with a number that none has: the newest message
      // would not be the one the state speaks of.
      const from = isLater && state.head > state.tail ? Math.max(seq, state.nextSeq + 1) : seq;
      const passed = from > state.nextSeq ? this.#passOver(state, from) : state;
      this.#writeNext({ ...passed, lastTime: isLater ? time : state.lastTime });
    });
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
        this.#ring.writeState({ ...state, generation: state.generation + 1, deleted: true });
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

  #locked<T>(work: (state: State) => T): T {
    if (!this.#endChecked) this.#checkEnd();
    return this.#exclusively((state) => {
      if (state.deleted || this.#isRemoved()) throw deletedError(this.#ring.path);
      // The state is an older one when the newest was damaged: its messages come first.
      return work(this.#ring.hadBothStates() ? state : this.#mend(state));
    });
  }

  #exclusively<T>(work: (state: State) => T): T {
    return withLock(this.#ring, this.#lockTimeoutMs, () => work(this.#ring.readState()));
  }

  /** Whether the file was removed or replaced, asked now and then: it takes as long as a write. */
  #isRemoved(): boolean {
    const nowMs = Date.now();
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
    if (indexSpanBytes === 0) return this.#walk(state, placeOfTail(state), position + step);
    const number = Math.ceil(position / indexSpanBytes);
    const entry = this.#entryWithin(state, number);
    if (entry !== undefined && entry.position <= position + step) return entry;
    // The next boundary is too far: what lies between can stay.
    const before = this.#entryWithin(state, number - 1);
    return this.#walk(state, before ?? placeOfTail(state), position);
  }

  /** The frame that boundary `number` names, if it is there and retained. */
  #entryWithin(state: State, number: number): Place | undefined {
    const boundary = number * this.#ring.layout.indexSpanBytes;
    if (boundary <= state.tail || boundary > state.head) return undefined;
    const entry = this.#ring.readIndexEntry(number);
    if (entry === undefined || entry.position < boundary) return undefined;
    if (entry.position === state.head) return entry.seq === state.nextSeq ? entry : undefined;
    if (entry.seq < state.oldestSeq || entry.seq >= state.nextSeq) return undefined;
    return this.#isFrameAt(entry, state) ? entry : undefined;
  }

  /** Its header alone tells: the number of that message is at no other place. */
  #isFrameAt(place: Place, state: State): boolean {
    if (place.position > state.head - FRAME_HEADER_BYTES) return false;
    this.#ring.readRing(this.#header, place.position);
    return frameSeq(this.#headerView, 0) === place.seq;
  }

  /** The first intact frame at `position` or later, by reading from `start` on; or what comes before it, amid damage. */
  #walk(state: State, start: Place, position: number): Place {
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
    const checked = this.#checkedEnd(state);
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
    const checked = this.#checkedEnd(state);
    return checked === state ? state : this.#writeNext(checked);
  }

  /** Writes a state as the one after its generation, and returns it so. */
  #writeNext(state: State): State {
    if (state.generation >= Number.MAX_SAFE_INTEGER) throw usedUpError();
    const next = { ...state, generation: state.generation + 1 };
    this.#ring.writeState(next);
    return next;
  }

  /** The state with an end that is intact; `state` itself when it is. */
  #checkedEnd(state: State): State {
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
    const { position: tail, seq: oldestSeq } = this.#walk(state, placeOfTail(state), state.tail);
    const end = tail < state.head ? this.#lastIntact(state) : undefined;
    return end === undefined || end.newest < tail
      ? { ...state, tail: state.head, oldestSeq: state.nextSeq }
      : { ...state, ...end, tail, oldestSeq };
  }

  /** The last intact frame, searched for from ever further back. */
  #lastIntact(state: State): FrameEnd | undefined {
    const { indexSpanBytes } = this.#ring.layout;
    const limit = new DamageLimit(DAMAGED_END_BYTES_MAX);
    const last = Math.floor(state.head / indexSpanBytes);
    for (let back = 0; (last - back) * indexSpanBytes > state.tail; back = 2 * back + 1) {
      const entry = this.#entryWithin(state, last - back);
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

/** Where a frame is, and where the next one starts. */
type FrameEnd = Pick<State, "newest" | "head">;

/** Frames `fromFrame..toFrame - 1` of a batch, at `start..end` of its bytes. */
interface Group {
  fromFrame: number;
  toFrame: number;
  start: number;
  end: number;
}

/** The stamps of `count` messages that are appended now. */
function nextStamps(state: State, count: number): Stamps {
  const seqs: number[] = [];
  const times: Timestamp[] = [];
  let time = laterThan(now(), state.lastTime);
  for (let i = 0; i < count; i++) {
    if (i > 0) time = laterThan(time, time);
    seqs.push(state.nextSeq + i);
    times.push(time);
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

/** Divides a batch, in order, into groups without missing numbers that each fit in the ring. */
function groupsThatFit(
  { offsets }: EncodedFrames,
  seqs: readonly number[],
  ringBytes: number,
): Group[] {
  const count = seqs.length;
  const groups: Group[] = [];
  let fromFrame = 0;
  for (let frame = 1; frame <= count; frame++) {
    const fits = offsets[frame + 1] - offsets[fromFrame] <= ringBytes;
    if (frame < count && fits && seqs[frame] === seqs[frame - 1] + 1) continue;
    groups.push({ fromFrame, toFrame: frame, start: offsets[fromFrame], end: offsets[frame] });
    fromFrame = frame;
  }
  return groups;
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
