/**
 * Appending: lock, plan, make room, write frames, write index, write state, unlock.
 *
 * Every write is ordered so that a process killed between any two of them leaves a
 * pool whose newest state is true: frames count only once a state says so, and a
 * state gives frames up before their bytes are written over.
 *
 * @module
 */

import { BusyError, NotFoundError, UsageError } from "./errors.ts";
import { frameSeq, sealFrame } from "./frame.ts";
import type { EncodedFrames } from "./encoder.ts";
import type { State } from "./layout.ts";
import {
  boundariesReached,
  planAppend,
  planIndexWrites,
  stateAfterAppend,
  stateAfterDrop,
} from "./plan.ts";
import { FrameCursor, FrameReader, type Place, placeOfHead, placeOfTail } from "./reader.ts";
import type { RingFile } from "./ring.ts";
import { laterThan, now, type Timestamp } from "./timestamp.ts";

/** Bytes given up beyond what is needed when there is no index, so that it happens less often. */
const UNINDEXED_DROP_BYTES_MAX = 16 * 1024;

/** What the frames of one append got. */
export interface Committed {
  /** Sequence number of the first one; the others follow. */
  firstSeq: number;
  /** Time of each. */
  times: Timestamp[];
}

/** Appends to one pool. Several, in several processes, take turns. */
export class PoolWriter {
  readonly #ring: RingFile;
  readonly #lockTimeoutMs: number;
  #endChecked = false;

  /** Writes to `ring`, waiting for the lock for at most `lockTimeoutMs`. */
  constructor(ring: RingFile, lockTimeoutMs: number) {
    this.#ring = ring;
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  /**
   * Appends frames. Those that fit in the ring together become visible at once.
   *
   * @throws {BusyError} when the lock is not to be had in time; nothing was appended.
   * @throws {NotFoundError} when the pool was deleted.
   */
  append(frames: EncodedFrames): Committed {
    return this.#locked((state) => {
      const firstSeq = state.nextSeq;
      const times: Timestamp[] = [];
      for (const group of groupsThatFit(frames, this.#ring.layout.ringBytes)) {
        state = this.#appendGroup(state, frames, group, times);
      }
      return { firstSeq, times };
    });
  }

  /** Marks the pool as deleted, so that nobody appends to it any more. */
  markDeleted(): void {
    this.#locked((state) => {
      this.#ring.writeState({ ...state, generation: state.generation + 1, deleted: true });
    });
  }

  /** Returns when everything appended so far is on storage. */
  sync(): void {
    this.#ring.sync();
  }

  #locked<T>(work: (state: State) => T): T {
    acquire(this.#ring, this.#lockTimeoutMs);
    try {
      const state = this.#ring.readState();
      if (state.deleted) throw deletedError(this.#ring.path);
      return work(this.#endChecked ? state : this.#checkEnd(state));
    } finally {
      this.#ring.unlock();
    }
  }

  #appendGroup(state: State, frames: EncodedFrames, group: Group, times: Timestamp[]): State {
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
    this.#writeIndex(state, frames, group, times);
    const next = stateAfterAppend(
      state,
      plan.end,
      group.toFrame - group.fromFrame,
      times[times.length - 1],
    );
    // From here on the frames count.
    ring.writeState(next);
    return next;
  }

  /** The first frame to keep when everything before `position` must go. */
  #placeToKeepFrom(state: State, position: number): Place {
    if (position >= state.head) return placeOfHead(state);
    const { indexSpanBytes, ringBytes } = this.#ring.layout;
    if (indexSpanBytes > 0) {
      const number = Math.ceil(position / indexSpanBytes);
      if (number * indexSpanBytes > state.head) return placeOfHead(state);
      const entry = this.#ring.readIndexEntry(number);
      if (entry.position === state.head && entry.seq === state.nextSeq) return entry;
      if (entry.position >= position && this.#isFrameAt(entry, state)) return entry;
    }
    const slack = Math.min(UNINDEXED_DROP_BYTES_MAX, Math.floor(ringBytes / 64));
    return this.#walkTo(state, position + slack);
  }

  #isFrameAt(place: Place, state: State): boolean {
    if (place.position >= state.head || place.seq < state.oldestSeq) return false;
    const reader = new FrameReader(this.#ring);
    const bounds = { head: state.head, fromSeq: place.seq, nextSeq: state.nextSeq };
    return reader.read(place.position, bounds) > 0 && frameSeq(reader.view, 0) === place.seq;
  }

  /** The first intact frame at `position` or later, by reading from the tail on. */
  #walkTo(state: State, position: number): Place {
    const cursor = new FrameCursor(this.#ring, state, placeOfTail(state));
    while (cursor.readWithin() > 0) {
      const { view, offsets, count, start } = cursor.reader;
      for (let i = 0; i < count; i++) {
        if (start + offsets[i] < position) continue;
        return { position: start + offsets[i], seq: frameSeq(view, offsets[i]) };
      }
    }
    return placeOfHead(state);
  }

  #writeIndex(state: State, frames: EncodedFrames, group: Group, times: Timestamp[]): void {
    const { layout } = this.#ring;
    if (boundariesReached(layout, state.head, state.head + group.end - group.start) === undefined) {
      return;
    }
    const toPosition = state.head - group.start;
    const firstTime = times.length - (group.toFrame - group.fromFrame);
    for (let i = group.fromFrame; i < group.toFrame; i++) {
      const start = toPosition + frames.offsets[i];
      const end = toPosition + frames.offsets[i + 1];
      const reached = boundariesReached(layout, start, end);
      if (reached === undefined) continue;
      const index = i - group.fromFrame;
      const entry = {
        position: end,
        seq: state.nextSeq + index + 1,
        time: times[firstTime + index],
      };
      for (const write of planIndexWrites(layout, reached, entry)) this.#ring.write(write);
    }
  }

  /**
   * Makes sure, once per open pool, that the newest frame is intact. A power cut can
   * leave a state without the frames it speaks of: then the head goes back to the end
   * of the last intact one. Sequence numbers do not go back with it.
   */
  #checkEnd(state: State): State {
    if (this.#isEndIntact(state)) {
      this.#endChecked = true;
      return state;
    }
    const cursor = new FrameCursor(this.#ring, state, placeOfTail(state));
    let first: Place | undefined;
    let end = state.head;
    while (cursor.readWithin() > 0) {
      const { view, offsets, start } = cursor.reader;
      first ??= { position: start, seq: frameSeq(view, offsets[0]) };
      end = cursor.reader.end;
    }
    const repaired = {
      ...state,
      generation: state.generation + 1,
      head: end,
      tail: first?.position ?? end,
      oldestSeq: first?.seq ?? state.nextSeq,
    };
    this.#ring.writeState(repaired);
    this.#endChecked = true;
    return repaired;
  }

  #isEndIntact(state: State): boolean {
    if (state.head === state.tail) return true;
    const reader = new FrameReader(this.#ring);
    const bounds = { head: state.head, fromSeq: 1, nextSeq: state.nextSeq };
    let position = this.#placeNearEnd(state);
    while (position < state.head && reader.read(position, bounds) > 0) position = reader.end;
    return position === state.head;
  }

  /** Position of a frame not far from the end. */
  #placeNearEnd(state: State): number {
    const { indexSpanBytes } = this.#ring.layout;
    if (indexSpanBytes === 0) return state.tail;
    const last = Math.floor(state.head / indexSpanBytes);
    for (let number = last; number > last - 2 && number * indexSpanBytes > state.tail; number--) {
      const entry = this.#ring.readIndexEntry(number);
      if (entry.position >= number * indexSpanBytes && entry.position < state.head) {
        return entry.position;
      }
    }
    return state.tail;
  }
}

/** Frames `fromFrame..toFrame - 1` of a batch, at `start..end` of its bytes. */
interface Group {
  fromFrame: number;
  toFrame: number;
  start: number;
  end: number;
}

/** Divides a batch, in order, into groups that each fit in the ring. */
function groupsThatFit({ offsets, count }: EncodedFrames, ringBytes: number): Group[] {
  const groups: Group[] = [];
  let fromFrame = 0;
  for (let frame = 1; frame <= count; frame++) {
    if (frame < count && offsets[frame + 1] - offsets[fromFrame] <= ringBytes) continue;
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
  times: Timestamp[],
): void {
  const { seed } = ring.identity;
  const toPosition = state.head - group.start;
  let seq = state.nextSeq;
  let time = laterThan(now(), state.lastTime);
  for (let i = group.fromFrame; i < group.toFrame; i++) {
    const at = frames.offsets[i];
    if (i > group.fromFrame) time = laterThan(time, time);
    sealFrame(frames.bytes, frames.view, at, { seq: seq++, time, position: toPosition + at, seed });
    times.push(time);
  }
}

/** Tries in a row before a waiting writer sleeps: about as long as an append takes. */
const LOCK_SPINS = 20;
/** Longest sleep between two tries. */
const LOCK_SLEEP_MAX_MS = 2;

/** Takes the writer lock, waiting for at most `timeoutMs`. */
function acquire(ring: RingFile, timeoutMs: number): void {
  for (let spin = 0; spin < LOCK_SPINS; spin++) if (ring.tryLock()) return;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + timeoutMs;
  let sleepMs = 0.05;
  while (performance.now() < deadline) {
    Atomics.wait(sleeper, 0, 0, sleepMs);
    if (ring.tryLock()) return;
    sleepMs = Math.min(2 * sleepMs, LOCK_SLEEP_MAX_MS);
  }
  throw new BusyError(`another process held the pool for ${timeoutMs} ms`, {
    path: ring.path,
    hint:
      "A writer may be stopped while it holds the pool. Find it (`fuser` or `lsof` on the file) and continue or end it, then try again.",
  });
}

/** The error of using a pool after it was deleted. */
export function deletedError(path: string): NotFoundError {
  return new NotFoundError("the pool was deleted", {
    path,
    hint: "Open it again; it may have been created anew.",
  });
}
