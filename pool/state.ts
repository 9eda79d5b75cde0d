/**
 * The changing part of a pool file's header: two slots, written in turn.
 * docs/format.md is the specification.
 *
 * @module
 */

import { ALIGNMENT_BYTES, getTime, getUint64, setTime, setUint64 } from "./binary.ts";
import { checksum } from "./checksum.ts";
import type { Identity, Layout } from "./layout.ts";
import type { Timestamp } from "./timestamp.ts";

/** Offset of each state slot: one 512-byte sector each, so that no torn write hits both. */
export const STATE_OFFSETS = [512, 1024] as const;

/** Bytes of a state slot. */
export const STATE_BYTES = 64;

/** Bytes that hold both state slots, from the first one's offset on. */
export const STATE_SPAN_BYTES = STATE_OFFSETS[1] + STATE_BYTES - STATE_OFFSETS[0];

/** The changing part of the header. Positions count bytes since the pool was created. */
export interface State {
  /** Goes up by one with every state written. */
  generation: number;
  /** Position where the next frame starts. */
  head: number;
  /** Position of the oldest retained frame; equals `head` when the pool is empty. */
  tail: number;
  /** Position of the newest frame; means nothing when the pool is empty. */
  newest: number;
  /** Sequence number the next message gets. */
  nextSeq: number;
  /** Sequence number of the oldest retained message; `nextSeq` when the pool is empty. */
  oldestSeq: number;
  /** Time of the newest message ever appended. */
  lastTime: Timestamp;
  /** True once the pool was deleted: nobody may append to it any more. */
  deleted: boolean;
}

/** The state of a pool that has just been created. */
export const INITIAL_STATE: State = {
  generation: 0,
  head: 0,
  tail: 0,
  newest: 0,
  nextSeq: 1,
  oldestSeq: 1,
  lastTime: { seconds: 0, nanos: 0 },
  deleted: false,
};

const FLAG_DELETED = 1;

/** Writes a state slot at `bytes[0..64)`. */
export function encodeState(state: State, seed: number, bytes: Uint8Array, view: DataView): void {
  view.setUint32(4, state.deleted ? FLAG_DELETED : 0, true);
  setUint64(view, 8, state.generation);
  setUint64(view, 16, state.head);
  setUint64(view, 24, state.tail);
  setUint64(view, 32, state.nextSeq);
  setUint64(view, 40, state.oldestSeq);
  setTime(view, 48, state.lastTime);
  setUint64(view, 56, state.newest);
  view.setUint32(0, checksum(bytes, 4, STATE_BYTES, seed), true);
}

/** The offset of the slot that holds states of this generation: they alternate. */
export function stateOffset(generation: number): number {
  return STATE_OFFSETS[generation % 2];
}

/** What each of the two state slots holds: a state if it is intact. */
export function decodeStates(
  bytes: Uint8Array,
  view: DataView,
  identity: Identity,
): (State | undefined)[] {
  return [0, SECOND_SLOT].map((at) => decodeSlot(bytes, view, at, identity));
}

/** Where the second slot is when the first one is at 0. */
const SECOND_SLOT = STATE_OFFSETS[1] - STATE_OFFSETS[0];

/** The state in the slot at `bytes[at]`; undefined when there is no intact one. */
export function decodeSlot(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  { seed, layout }: Identity,
): State | undefined {
  const sum = checksum(bytes, at + 4, at + STATE_BYTES, seed);
  if (view.getUint32(at, true) !== sum) return undefined;
  const state: State = {
    generation: getUint64(view, at + 8),
    head: getUint64(view, at + 16),
    tail: getUint64(view, at + 24),
    newest: getUint64(view, at + 56),
    nextSeq: getUint64(view, at + 32),
    oldestSeq: getUint64(view, at + 40),
    lastTime: getTime(view, at + 48),
    deleted: (view.getUint32(at + 4, true) & FLAG_DELETED) !== 0,
  };
  return isPlausible(state, layout) ? state : undefined;
}

/** A checksum says that a writer wrote this; a hostile one may have written nonsense. */
export function isPlausible(state: State, layout: Layout): boolean {
  return state.head <= Number.MAX_SAFE_INTEGER && state.nextSeq <= Number.MAX_SAFE_INTEGER &&
    state.generation <= Number.MAX_SAFE_INTEGER &&
    state.tail <= state.head && state.head - state.tail <= layout.ringBytes &&
    (state.head === state.tail || (state.tail <= state.newest && state.newest < state.head)) &&
    state.lastTime.nanos <= 999_999_999 &&
    state.head % ALIGNMENT_BYTES === 0 && state.tail % ALIGNMENT_BYTES === 0 &&
    state.oldestSeq >= 1 && state.oldestSeq <= state.nextSeq &&
    (state.head === state.tail) === (state.oldestSeq === state.nextSeq);
}
