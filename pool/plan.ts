/**
 * Planning an append: what is given up and where the frames go, as a pure function
 * of the state. Nothing here touches a file.
 *
 * @module
 */

import { encodeIndexEntry, INDEX_ENTRY_BYTES, type IndexEntry } from "./index_entry.ts";
import type { Identity, Layout } from "./layout.ts";
import type { State } from "./state.ts";
import type { Timestamp } from "./timestamp.ts";

/** The outcome of planning; the frames lie one after another from `state.head` on. */
export interface AppendPlan {
  /**
   * Frames before this position must be given up, and the file must say so, before a
   * byte of the new ones is written: they lie where the new ones will.
   */
  requiredTail: number;
  /** Position after the last new frame. */
  end: number;
}

/** Plans to append frames of `totalBytes` in all, at most the size of the ring. */
export function planAppend(state: State, layout: Layout, totalBytes: number): AppendPlan {
  const end = state.head + totalBytes;
  return { requiredTail: Math.max(state.tail, end - layout.ringBytes), end };
}

/** The state once everything before `tail` was given up; `oldestSeq` is the frame there. */
export function stateAfterDrop(state: State, tail: number, oldestSeq: number): State {
  return { ...state, generation: state.generation + 1, tail, oldestSeq };
}

/** What an append added: `count` frames, the last one from `newest` to `end`, at `time`. */
export interface Appended {
  count: number;
  newest: number;
  end: number;
  time: Timestamp;
}

/** The state once frames were written. */
export function stateAfterAppend(state: State, { count, newest, end, time }: Appended): State {
  return {
    ...state,
    generation: state.generation + 1,
    head: end,
    newest,
    nextSeq: state.nextSeq + count,
    lastTime: time,
  };
}

/**
 * Numbers of the index boundaries that a frame from `start` to `end` reaches: those
 * `n` with `start < n * indexSpanBytes <= end`. From the first to the last, or none.
 */
export function boundariesReached(
  layout: Layout,
  start: number,
  end: number,
): { first: number; last: number } | undefined {
  if (layout.indexSpanBytes === 0) return undefined;
  const first = Math.floor(start / layout.indexSpanBytes) + 1;
  const last = Math.floor(end / layout.indexSpanBytes);
  return first <= last ? { first, last } : undefined;
}

/** A run of bytes and where in the file it goes. */
export interface FileWrite {
  offset: number;
  bytes: Uint8Array;
}

/**
 * The index writes that make boundaries `first` to `last` name `entry`. At most two:
 * the index is a ring as well.
 */
export function planIndexWrites(
  { layout, seed }: Identity,
  range: { first: number; last: number },
  entry: IndexEntry,
): FileWrite[] {
  const writes: FileWrite[] = [];
  // A frame as long as the ring may reach one boundary more than there are entries.
  let number = Math.max(range.first, range.last - layout.indexCapacity + 1);
  while (number <= range.last) {
    const slot = number % layout.indexCapacity;
    const count = Math.min(range.last - number + 1, layout.indexCapacity - slot);
    const bytes = new Uint8Array(count * INDEX_ENTRY_BYTES);
    for (let i = 0; i < count; i++) {
      encodeIndexEntry(entry, number + i, seed, bytes, i * INDEX_ENTRY_BYTES);
    }
    writes.push({ offset: layout.indexOffset + slot * INDEX_ENTRY_BYTES, bytes });
    number += count;
  }
  return writes;
}

/** The one or two runs of the file in which positions `start` to `start + length` lie. */
export function ringRuns(
  layout: Layout,
  start: number,
  length: number,
): { offset: number; length: number }[] {
  const at = start % layout.ringBytes;
  const first = Math.min(length, layout.ringBytes - at);
  const runs = [{ offset: layout.ringOffset + at, length: first }];
  if (first < length) runs.push({ offset: layout.ringOffset, length: length - first });
  return runs;
}
