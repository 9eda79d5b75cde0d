/**
 * Finding a message by sequence number or by time, with a few reads of the index and
 * one of the ring, whatever the size of the pool.
 *
 * Index entries only say where to start looking. What is found there is verified, and
 * an entry that misleads costs time, never a wrong answer.
 *
 * @module
 */

import { frameNanos, frameSeconds, frameSeq, frameTime } from "./frame.ts";
import type { IndexEntry } from "./index_entry.ts";
import type { Identity } from "./layout.ts";
import type { State } from "./state.ts";
import { frameMessage, type Message } from "./message.ts";
import { DamageLimit, FrameCursor, type Place, placeOfHead, placeOfTail } from "./frame_cursor.ts";
import { FrameReader } from "./frame_reader.ts";
import type { RingFile } from "./ring.ts";
import { compareTimes, fromMilliseconds, type Timestamp } from "./timestamp.ts";

/**
 * Damage that one search may pass over: a second's worth at most. More of it is for
 * `pls doctor`, which may take its time.
 */
const DAMAGE_BYTES_MAX = 256 * 1024 * 1024;

/** Finds messages in one ring. Keeps a buffer, so that finding allocates next to nothing. */
export class Lookup {
  readonly #ring: RingFile;
  readonly #reader: FrameReader;

  /** Finds messages in `ring`. */
  constructor(ring: RingFile) {
    this.#ring = ring;
    this.#reader = new FrameReader(ring);
  }

  /** The first retained message with sequence number `seq` or higher, or the head. */
  seq(state: State, seq: number): Place {
    if (seq <= state.oldestSeq) return placeOfTail(state);
    if (seq >= state.nextSeq) return placeOfHead(state);
    return this.#find(state, targetSeq(state, seq)) ?? placeOfHead(state);
  }

  /**
   * The message with sequence number `seq`, or undefined when it is not intact, or the pool's
   * limits on count and age have given it up.
   */
  message(state: State, seq: number, nowMs: number): Message | undefined {
    const floor = retentionFloor(this.#ring.identity, state, nowMs);
    if (seq < floor.seq) return undefined;
    const found = this.#find(state, targetSeq(state, seq));
    if (found?.seq !== seq) return undefined;
    const { bytes, view, start } = this.#reader;
    const at = found.position - start;
    if (floor.time !== undefined && isFrameBefore(view, at, floor.time)) return undefined;
    return frameMessage(bytes, view, at);
  }

  /** The time of the message at `place`, or undefined when it is not intact. */
  timeAt(state: State, { position, seq }: Place): Timestamp | undefined {
    const reader = this.#reader;
    // Whoever looked for it by its time has just read it.
    const isRead = reader.count > 0 && reader.start === position;
    const bounds = { head: state.head, fromSeq: seq, nextSeq: state.nextSeq };
    if (!isRead && reader.read(position, bounds) === 0) return undefined;
    return frameTime(reader.view, 0);
  }

  /** The first retained message of `time` or later, or the head. */
  time(state: State, time: Timestamp): Place {
    if (compareTimes(time, state.lastTime) > 0) return placeOfHead(state);
    const target = {
      isBefore: (entry: IndexEntry) => compareTimes(entry.time, time) < 0,
      isReached: (view: DataView, at: number) => !isFrameBefore(view, at, time),
      share: 0.5,
    };
    return this.#find(state, target) ?? placeOfHead(state);
  }

  /**
   * The oldest message that the pool's limits on count and age still let through, or
   * the head.
   */
  oldest(state: State, nowMs: number): Place {
    const { seq, time } = retentionFloor(this.#ring.identity, state, nowMs);
    const byCount = this.seq(state, seq);
    return time === undefined ? byCount : laterPlace(this.time(state, time), byCount);
  }

  /**
   * Where the target is; the reader's last run holds it then. Index entries only say
   * where to start reading: while that turns out to be too far, further back.
   */
  #find(state: State, target: Target): Place | undefined {
    const limit = new DamageLimit(DAMAGE_BYTES_MAX);
    const { indexSpanBytes } = this.#ring.layout;
    const best = searchIndex(this.#ring, state, target);
    if (best !== undefined) {
      const last = Math.floor(best.position / indexSpanBytes);
      for (let back = 0; (last - back) * indexSpanBytes > state.tail; back = 2 * back + 1) {
        const entry = back === 0 ? best : this.#ring.readIndexEntry(last - back);
        if (entry === undefined || !isWithin(entry, state)) continue;
        const found = this.#walk(state, entry, { target, limit });
        if (found !== undefined) return found;
      }
    }
    return this.#walk(state, placeOfTail(state), { target, limit });
  }

  /**
   * Reads on from `start` to the target; undefined when it is not there, and when the
   * first frame found may be past it already.
   */
  #walk(
    state: State,
    start: Place,
    { target, limit }: { target: Target; limit: DamageLimit },
  ): Place | undefined {
    const cursor = new FrameCursor(this.#ring, state, start, this.#reader);
    let passed = start.position <= state.tail;
    while (cursor.readThrough(limit) > 0) {
      const { view, offsets, count, start: runStart } = this.#reader;
      for (let i = 0; i < count; i++) {
        const seq = frameSeq(view, offsets[i]);
        if (target.isReached(view, offsets[i])) {
          const isCertain = passed || seq === target.seq;
          return isCertain ? { position: runStart + offsets[i], seq } : undefined;
        }
        passed = true;
      }
    }
    return undefined;
  }
}

/** The later one of two places. */
export function laterPlace(a: Place, b: Place): Place {
  return a.seq >= b.seq ? a : b;
}

/** True when the frame at `at` is older than `time`. */
export function isFrameBefore(view: DataView, at: number, time: Timestamp): boolean {
  return (frameSeconds(view, at) - time.seconds || frameNanos(view, at) - time.nanos) < 0;
}

/** The lowest sequence number and the earliest time still let through. */
export interface RetentionFloor {
  seq: number;
  time: Timestamp | undefined;
}

/** The lowest sequence number and the earliest time the pool's limits let through. */
export function retentionFloor(
  identity: Identity,
  state: State,
  nowMs: number,
): RetentionFloor {
  const { maxMessages, maxAgeMs } = identity;
  return {
    seq: maxMessages === 0
      ? state.oldestSeq
      : Math.max(state.oldestSeq, state.nextSeq - maxMessages),
    time: maxAgeMs === 0 ? undefined : fromMilliseconds(Math.max(0, nowMs - maxAgeMs)),
  };
}

/** What a search looks for. */
interface Target {
  /** True when the frame at `entry.position` is the one looked for or before it. */
  isBefore: (entry: IndexEntry) => boolean;
  /** True when the frame at `at` is the one or after it. */
  isReached: (view: DataView, at: number) => boolean;
  /** Its sequence number, if that is what is looked for. */
  seq?: number;
  /** A guess how far along between tail and head it is, 0 to 1. */
  share: number;
}

function targetSeq(state: State, seq: number): Target {
  return {
    seq,
    isBefore: (entry) => entry.seq <= seq,
    isReached: (view, at) => frameSeq(view, at) >= seq,
    share: (seq - state.oldestSeq) / (state.nextSeq - state.oldestSeq),
  };
}

/**
 * The last usable index entry before the target. It gallops away from a guess, then
 * bisects: with messages of like size the guess is right or nearly so.
 */
function searchIndex(ring: RingFile, state: State, target: Target): IndexEntry | undefined {
  const span = ring.layout.indexSpanBytes;
  if (span === 0) return undefined;
  let low = Math.floor(state.tail / span) + 1;
  let high = Math.floor(state.head / span);
  let probe = low + Math.floor((high - low) * target.share);
  let best: IndexEntry | undefined;
  let previousWay = 0;
  for (let stride = 1; low <= high; stride *= 2) {
    const entry = ring.readIndexEntry(probe);
    const before = entry !== undefined && isWithin(entry, state) && target.isBefore(entry);
    if (before) {
      best = entry;
      low = probe + 1;
    } else {
      high = probe - 1;
    }
    const way = before ? 1 : -1;
    const next = probe + way * stride;
    const galloping = (previousWay === 0 || previousWay === way) && next >= low && next <= high;
    probe = galloping ? next : Math.floor((low + high) / 2);
    previousWay = galloping ? way : 2;
  }
  return best;
}

function isWithin(entry: IndexEntry, state: State): boolean {
  return entry.position > state.tail && entry.position < state.head &&
    entry.seq > state.oldestSeq && entry.seq < state.nextSeq;
}
