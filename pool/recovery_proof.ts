/**
 * How far what lies in a file proves that a header assumed for it is the right one.
 *
 * @module
 */

import { frameSeq } from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";
import type { RecoveredPool } from "./recover.ts";
import { surveyRing } from "./survey.ts";

/** What speaks for a pool that was assumed. */
export interface Proof {
  /** Nothing contradicts it: both ends of the ring are where the state has them. */
  isCertain: boolean;
  /** The state is one that was written, and not one that its frames suggest. */
  hasState: boolean;
  /** How many intact frames lie where it has frames. */
  frames: number;
}

/** What speaks for `pool`; undefined when nothing does. */
export function proofOf(pool: RecoveredPool): Proof | undefined {
  const { ring, state, hasState, hasId } = pool;
  if (!hasState && !hasId) return undefined;
  if (state.head === state.tail) {
    // Of a pool without messages both slots speak, in one voice.
    const isCertain = hasState && ring.hadBothStates();
    return isCertain ? { isCertain, hasState, frames: 0 } : undefined;
  }
  // By chance one end may lie where a wrong layout has it; both do not.
  if (hasState && isNewestThere(pool) && isOldestThere(pool)) {
    return { isCertain: true, hasState, frames: 2 };
  }
  const frames = countFrames(pool);
  return frames === 0 ? undefined : { isCertain: false, hasState, frames };
}

/** Whether `proof` says more than `other`. */
export function isStronger(proof: Proof, other: Proof | undefined): boolean {
  if (other === undefined) return true;
  return proof.hasState === other.hasState ? proof.frames > other.frames : proof.hasState;
}

function countFrames({ ring, state, presentBytes }: RecoveredPool): number {
  let frames = 0;
  for (const step of surveyRing(ring, { state, presentBytes })) {
    if (step.kind === "frames") frames += step.reader.count;
  }
  return frames;
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
