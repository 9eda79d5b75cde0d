/**
 * Finding a message by sequence number or by time, with a few reads of the index and
 * one of the ring, whatever the size of the pool.
 *
 * Index entries only say where to start looking. What is found there is verified, and
 * an entry that misleads costs time, never a wrong answer.
 *
 * @module
 */

import { frameNanos, frameSeconds, frameSeq } from "./frame.ts";
import type { Identity, IndexEntry, State } from "./layout.ts";
import { FrameCursor } from "./reader.ts";
import type { RingFile } from "./ring.ts";
import { compareTimes, fromMilliseconds, type Timestamp } from "./timestamp.ts";

/** Where a frame starts, and its sequence number. */
export interface Place {
  position: number;
  seq: number;
}

/** The place where the next frame will start. */
export function placeOfHead(state: State): Place {
  return { position: state.head, seq: state.nextSeq };
}

/** The first retained message with sequence number `seq` or higher, or the head. */
export function locateSeq(ring: RingFile, state: State, seq: number): Place {
  if (seq <= state.oldestSeq) return { position: state.tail, seq: state.oldestSeq };
  if (seq >= state.nextSeq) return placeOfHead(state);
  return locate(ring, state, {
    isBefore: (entry) => entry.seq <= seq,
    isReached: (cursor, at) => frameSeq(cursor.reader.view, at) >= seq,
    share: (seq - state.oldestSeq) / (state.nextSeq - state.oldestSeq),
  });
}

/** The first retained message of `time` or later, or the head. */
export function locateTime(ring: RingFile, state: State, time: Timestamp): Place {
  if (compareTimes(time, state.lastTime) > 0) return placeOfHead(state);
  return locate(ring, state, {
    isBefore: (entry) => compareTimes(entry.time, time) < 0,
    isReached: ({ reader: { view } }, at) =>
      compareTimes({ seconds: frameSeconds(view, at), nanos: frameNanos(view, at) }, time) >= 0,
    share: 0.5,
  });
}

/**
 * The oldest message that the pool's limits on count and age still let through, or
 * the head.
 */
export function locateOldest(ring: RingFile, state: State, nowMs: number): Place {
  const { seq, time } = retentionFloor(ring.identity, state, nowMs);
  const byCount = locateSeq(ring, state, seq);
  if (time === undefined) return byCount;
  const byAge = locateTime(ring, state, time);
  return byAge.seq > byCount.seq ? byAge : byCount;
}

/** The lowest sequence number and the earliest time the pool's limits let through. */
export function retentionFloor(
  identity: Identity,
  state: State,
  nowMs: number,
): { seq: number; time: Timestamp | undefined } {
  const { maxMessages, maxAgeMs } = identity;
  return {
    seq: maxMessages === 0 ? state.oldestSeq : Math.max(state.oldestSeq, state.nextSeq - maxMessages),
    time: maxAgeMs === 0 ? undefined : fromMilliseconds(Math.max(0, nowMs - maxAgeMs)),
  };
}

/** What a search looks for. */
interface Target {
  /** True when the frame at `entry.position` is the one looked for or before it. */
  isBefore: (entry: IndexEntry) => boolean;
  /** True when the frame at `at` in the cursor's buffer is the one or after it. */
  isReached: (cursor: FrameCursor, at: number) => boolean;
  /** A guess how far along between tail and head it is, 0 to 1. */
  share: number;
}

function locate(ring: RingFile, state: State, target: Target): Place {
  const entry = searchIndex(ring, state, target);
  const found = entry && walk(ring, state, entry, target);
  return found ?? walk(ring, state, { position: state.tail, seq: state.oldestSeq }, target)!;
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
    const before = isUsable(entry, probe * span, state) && target.isBefore(entry);
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

function isUsable(entry: IndexEntry, boundary: number, state: State): boolean {
  return entry.position >= boundary && entry.position < state.head &&
    entry.seq > state.oldestSeq && entry.seq < state.nextSeq;
}

/**
 * Reads on from `start` to the target; the head when it is not there. Undefined when
 * the first frame found is the target but not at `start`: something before it may be
 * the target as well.
 */
function walk(ring: RingFile, state: State, start: Place, target: Target): Place | undefined {
  const cursor = new FrameCursor(ring, state, start.position, start.seq);
  let passed = start.position === state.tail;
  while (cursor.readWithin() > 0) {
    const { view, offsets, count, start: runStart } = cursor.reader;
    for (let i = 0; i < count; i++) {
      const place = { position: runStart + offsets[i], seq: frameSeq(view, offsets[i]) };
      if (target.isReached(cursor, offsets[i])) {
        return passed || place.position === start.position ? place : undefined;
      }
      passed = true;
    }
  }
  return placeOfHead(cursor.state);
}
