/**
 * Where a tail starts.
 *
 * @module
 */

import { frameSeq } from "./frame.ts";
import { type FrameFilter, hasFilters } from "./frame_filter.ts";
import type { TailOptions } from "./interface.ts";
import type { Identity } from "./layout.ts";
import type { State } from "./state.ts";
import { laterPlace, type Lookup, retentionFloor } from "./lookup.ts";
import { FrameCursor, type Place, placeOfHead } from "./frame_cursor.ts";
import type { RingFile } from "./ring.ts";
import { sinceTimestamp } from "./since.ts";

/** Messages looked at in the first step back for `last` with filters; doubles. */
const FIRST_STEP_BACK = 256;

/** Where a tail starts. */
export interface TailStart {
  /** The place of its first frame. */
  place: Place;
  /** The number that frame has if nothing is missing. */
  expectedSeq: number;
  /** Messages before this one are past the pool's age limit. */
  retainedFromSeq: number;
}

/**
 * Where a tail with these options starts. With `last` and filters that takes asking
 * the filters: see {@linkcode placeOfLastMatching}; until then it is the head.
 */
export function tailStart(
  { identity }: RingFile,
  lookup: Lookup,
  state: State,
  options: TailOptions,
): TailStart {
  const nowMs = Date.now();
  const oldest = lookup.oldest(state, nowMs);
  const retainedFromSeq = identity.maxAgeMs === 0 ? 0 : oldest.seq;
  return { ...startFrom(oldest, { identity, lookup, state, options, nowMs }), retainedFromSeq };
}

/** Where a tail starts when the pool's limits let messages through from `oldest` on. */
function startFrom(
  oldest: Place,
  { identity, lookup, state, options, nowMs }: {
    identity: Identity;
    lookup: Lookup;
    state: State;
    options: TailOptions;
    nowMs: number;
  },
): Pick<TailStart, "place" | "expectedSeq"> {
  const { sinceSeq, last, since } = options;
  if (sinceSeq !== undefined) {
    // By contract, who insists on message 0 is told that it is missing.
    const expectedSeq = options.gapPolicy === "error" ? sinceSeq : Math.max(1, sinceSeq);
    return { place: laterPlace(lookup.seq(state, sinceSeq), oldest), expectedSeq };
  }
  if (since !== undefined) {
    const place = laterPlace(lookup.time(state, sinceTimestamp(since, nowMs)), oldest);
    return { place, expectedSeq: place.seq };
  }
  if (last === 0 || (last !== undefined && hasFilters(options))) {
    return { place: placeOfHead(state), expectedSeq: state.nextSeq };
  }
  // What is gone already is no loss to who did not ask for it; what is damaged is.
  const floor = retentionFloor(identity, state, nowMs);
  const oldestSeq = floor.time === undefined ? floor.seq : oldest.seq;
  if (last === undefined) return { place: oldest, expectedSeq: oldestSeq };
  const wantedSeq = Math.max(oldestSeq, state.nextSeq - last);
  return { place: laterPlace(lookup.seq(state, wantedSeq), oldest), expectedSeq: wantedSeq };
}

/** The place of the newest `last` messages that pass, looking back in growing steps. */
export function placeOfLastMatching(
  ring: RingFile,
  lookup: Lookup,
  state: State,
  wanted: { last: number; filter: FrameFilter },
): Place {
  const oldest = lookup.oldest(state, Date.now());
  let matches: Place[] = [];
  let before = placeOfHead(state);
  let step = FIRST_STEP_BACK;
  while (before.seq > oldest.seq && matches.length < wanted.last) {
    const from = laterPlace(lookup.seq(state, before.seq - step), oldest);
    matches = [...matchesBetween(ring, state, from, before.seq, wanted.filter), ...matches];
    before = from;
    step *= 2;
  }
  return matches.at(-wanted.last) ?? matches[0] ?? placeOfHead(state);
}

function matchesBetween(
  ring: RingFile,
  state: State,
  from: Place,
  toSeq: number,
  filter: FrameFilter,
): Place[] {
  const matches: Place[] = [];
  const cursor = new FrameCursor(ring, state, from);
  while (cursor.fromSeq < toSeq && cursor.readThrough() > 0) {
    const { reader } = cursor;
    for (let i = 0; i < reader.count; i++) {
      const at = reader.offsets[i];
      const seq = frameSeq(reader.view, at);
      if (seq >= toSeq) break;
      if (filter.accepts(reader, at)) matches.push({ position: reader.start + at, seq });
    }
  }
  return matches;
}
