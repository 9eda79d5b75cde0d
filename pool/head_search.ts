/**
 * Finding the head of a ring whose state is lost. A frame's checksum tells the position
 * it was sealed at, so intact frames say how far the ring has come.
 *
 * @module
 */

import { ALIGNMENT_BYTES } from "./binary.ts";
import { checksumSeed } from "./checksum_seed.ts";
import { frameContentEnd, frameLength, frameSeq, frameTime, MAX_FRAME_BYTES } from "./frame.ts";
import { framePlaces, SearchBudget } from "./frame_search.ts";
import { FrameReader } from "./frame_reader.ts";
import type { RingFile } from "./ring.ts";
import { INITIAL_STATE, type State } from "./state.ts";

/** Checksums start from positions in units of 8 bytes, of which they have 32 bits. */
const TWO_35 = 2 ** 35;

/**
 * A state that ends with the newest intact frame in the ring and begins at most a ring
 * before it; undefined when no frame is intact. Looks at the first `presentBytes` of the
 * ring.
 */
export function findState(ring: RingFile, presentBytes: number): State | undefined {
  const { ringBytes } = ring.layout;
  const reader = new FrameReader(ring);
  const budget = new SearchBudget(ringBytes);
  const end = Math.min(ringBytes, presentBytes);
  const runs: Run[] = [];
  for (let at = 0; at < end && !budget.isSpent;) {
    let next = end;
    for (const place of framePlaces(ring, at, { end, head: 2 * ringBytes })) {
      const position = sealedPosition(ring, place, presentBytes);
      const run = position === undefined ? undefined : readRun(reader, position, ringBytes);
      if (run === undefined) {
        budget.spend(frameBytesAt(ring, place));
        if (budget.isSpent) break;
        continue;
      }
      runs.push(run);
      next = place + run.state.head - position!;
      break;
    }
    at = next;
  }
  const found = newestOf(runs, ringBytes);
  return found === undefined ? undefined : fromFirstFrame(ring, found);
}

/** Frames without a break between them. */
interface Run {
  /** A state that ends with the last of them. */
  state: State;
  /** How many there are. */
  frames: number;
}

/**
 * The run that ends last. By chance any bytes are a frame of some position, far away as a
 * rule: a single one counts only within a ring of the longest run.
 */
function newestOf(runs: readonly Run[], ringBytes: number): State | undefined {
  if (runs.length === 0) return undefined;
  const longest = runs.reduce((best, run) => run.frames > best.frames ? run : best);
  return runs
    .filter(({ state: { head }, frames }) =>
      frames > 1 || Math.abs(head - longest.state.head) <= ringBytes
    )
    .reduce((best, run) => run.state.head > best.state.head ? run : best).state;
}

/** The same state, beginning with the first frame that is intact. */
function fromFirstFrame(ring: RingFile, state: State): State {
  const reader = new FrameReader(ring);
  const budget = new SearchBudget(ring.layout.ringBytes);
  const { tail, head, nextSeq } = state;
  for (const place of framePlaces(ring, tail, { end: head, head })) {
    if (reader.read(place, { head, fromSeq: 1, nextSeq }) > 0) {
      return { ...state, tail: place, oldestSeq: frameSeq(reader.view, 0) };
    }
    budget.spend(frameLength(reader.view, 0));
    if (budget.isSpent) break;
  }
  return state;
}

/** The frames from `position` on, a ring of them at most. */
function readRun(reader: FrameReader, position: number, ringBytes: number): Run | undefined {
  let state: State | undefined;
  let fromSeq = 1;
  let frames = 0;
  const head = position + ringBytes;
  let at = position;
  while (reader.read(at, { head, fromSeq, nextSeq: Number.MAX_SAFE_INTEGER }) > 0) {
    const last = reader.offsets[reader.count - 1];
    fromSeq = frameSeq(reader.view, last) + 1;
    at = reader.end;
    frames += reader.count;
    state = {
      ...INITIAL_STATE,
      head: reader.end,
      tail: Math.max(0, reader.end - ringBytes),
      newest: reader.start + last,
      nextSeq: fromSeq,
      lastTime: frameTime(reader.view, last),
    };
  }
  return state && { state, frames };
}

/**
 * The position that the frame at `place`, which is its place in the ring, was sealed at,
 * or undefined when its bytes are not those of any. Positions that differ by 2^35, where
 * the checksum does not tell them apart, count as one.
 */
function sealedPosition(
  ring: RingFile,
  place: number,
  presentBytes: number,
): number | undefined {
  const { ringBytes } = ring.layout;
  const frame = readFrame(ring, place, presentBytes);
  if (frame === undefined) return undefined;
  // Each message before it took a ring at most.
  const limit = Math.min(Number.MAX_SAFE_INTEGER, (frame.seq - 1) * ringBytes);
  if (frame.position > limit) return undefined;
  if (frame.position % ringBytes === place) return frame.position;
  // What follows by chance is seldom followed by more of it.
  const following = readFrame(ring, (place + frame.bytes) % ringBytes, presentBytes);
  if (following?.position !== (frame.position + frame.bytes) % TWO_35) return undefined;
  for (let position = frame.position; position <= limit; position += TWO_35) {
    if (position % ringBytes === place) return position;
  }
  return undefined;
}

interface FrameFacts {
  seq: number;
  bytes: number;
  /** Below 2^35. */
  position: number;
}

function readFrame(ring: RingFile, place: number, presentBytes: number): FrameFacts | undefined {
  const length = frameBytesAt(ring, place);
  // The size of the ring may be what a damaged header claims.
  if (length > Math.min(ring.layout.ringBytes, presentBytes, MAX_FRAME_BYTES)) return undefined;
  const bytes = new Uint8Array(length);
  ring.readRing(bytes, place);
  const view = new DataView(bytes.buffer);
  const sum = view.getUint32(0, true);
  const seed = checksumSeed(bytes, 4, frameContentEnd(view, 0), sum);
  const position = ((seed ^ ring.identity.seed) >>> 0) * ALIGNMENT_BYTES;
  return { seq: frameSeq(view, 0), bytes: length, position };
}

function frameBytesAt(ring: RingFile, place: number): number {
  const header = new Uint8Array(32);
  ring.readRing(header, place);
  return frameLength(new DataView(header.buffer), 0);
}
