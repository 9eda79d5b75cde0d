/**
 * How far what lies in a file proves that a header assumed for it is the right one.
 *
 * @module
 */

import { frameSeq } from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";
import type { RecoveredPool } from "./recover.ts";
import { surveyRing } from "./survey.ts";

/** From nothing to certainty. */
export enum Proof {
  /** Nothing fits. */
  None,
  /** Frames fit, but no state is left that would say which there should be. */
  Frames,
  /** A state is left, and some frame lies where it says there are frames. */
  StateAndFrames,
  /** Its newest message, or its oldest, is where the state says. */
  OneEnd,
  /** Both are. By chance one may lie where a wrong layout has it; both do not. */
  BothEnds,
}

/** How well the ring of `pool` and its state fit together. */
export function proofOf(pool: RecoveredPool): Proof {
  const { ring, state, hasState, hasId, presentBytes } = pool;
  if (!hasState) return hasId && state.head > 0 ? Proof.Frames : Proof.None;
  if (state.head === state.tail) {
    // Of a pool without messages both slots speak, in one voice.
    return ring.hadBothStates() ? Proof.BothEnds : Proof.None;
  }
  const ends = [isNewestThere(pool), isOldestThere(pool)].filter((isThere) => isThere).length;
  if (ends > 0) return ends === 2 ? Proof.BothEnds : Proof.OneEnd;
  for (const { kind } of surveyRing(ring, { state, presentBytes })) {
    if (kind === "frames") return Proof.StateAndFrames;
  }
  return Proof.None;
}

function isNewestThere({ ring, state: { newest, head, nextSeq } }: RecoveredPool): boolean {
  return new FrameReader(ring).read(newest, { head, fromSeq: 1, nextSeq }) > 0;
}

function isOldestThere(
  { ring, state: { tail, head, oldestSeq, nextSeq } }: RecoveredPool,
): boolean {
  const reader = new FrameReader(ring);
  return reader.read(tail, { head, fromSeq: oldestSeq, nextSeq }) > 0 &&
    frameSeq(reader.view, 0) === oldestSeq;
}
