/**
 * Going through a ring from tail to head without passing over anything in silence:
 * what is intact, what is damaged, and what a writer took away meanwhile.
 *
 * @module
 */

import { ALIGNMENT_BYTES } from "./binary.ts";
import {
  FRAME_HEADER_BYTES,
  frameLength,
  frameSeq,
  frameTime,
  isFrameIntact,
  MAX_FRAME_BYTES,
} from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";
import { FrameSearch, type SearchBounds, SearchBudget } from "./frame_search.ts";
import type { RingFile } from "./ring.ts";
import type { State } from "./state.ts";
import type { Timestamp } from "./timestamp.ts";

/** One step through a ring. */
export type SurveyStep =
  /** The reader's run of intact frames. */
  | { kind: "frames"; reader: FrameReader }
  /** Positions where no intact frame starts; `strayFrameSeq` is that of one out of order. */
  | { kind: "damage"; start: number; end: number; strayFrameSeq?: number }
  /** A writer gave up what comes next; the survey goes on at the frame `seq`. */
  | { kind: "overtaken"; seq: number };

/** How a survey goes. */
export interface SurveyOptions {
  /** The state it begins with: from its tail to its head. */
  state: State;
  /** Bytes that the file really has; what lies behind them is damaged. */
  presentBytes: number;
}

/** Surveys `ring`. The reader of a step is valid until the next one. */
export function* surveyRing(ring: RingFile, options: SurveyOptions): Generator<SurveyStep> {
  const { head: goal } = options.state;
  const reader = new FrameReader(ring);
  const budget = new SearchBudget(ring.layout.ringBytes);
  const present = new PresentPart(ring, options.presentBytes);
  let { state } = options;
  let { tail: position, oldestSeq: fromSeq } = state;
  let after: Timestamp | undefined;
  let doubted = -1;
  while (position < Math.min(goal, state.head)) {
    const { head, nextSeq } = state;
    if (present.has(position) && reader.read(position, { head, fromSeq, nextSeq }) > 0) {
      const last = reader.offsets[reader.count - 1];
      position = reader.end;
      fromSeq = frameSeq(reader.view, last) + 1;
      after = frameTime(reader.view, last);
      yield { kind: "frames", reader };
      continue;
    }
    state = ring.readState();
    if (state.tail > position) {
      position = state.tail;
      fromSeq = Math.max(fromSeq, state.oldestSeq);
      yield { kind: "overtaken", seq: state.oldestSeq };
      continue;
    }
    // The bytes deserve one more look: a writer may have been at work on them.
    if (doubted !== position) {
      doubted = position;
      continue;
    }
    const start = position;
    const strayFrameSeq = present.has(start)
      ? strayFrame(ring, reader, { start, head: state.head }, budget)
      : undefined;
    const bounds = { head: state.head, fromSeq, nextSeq: state.nextSeq, after };
    position = nextIntact(ring, { reader, budget, present, position, bounds, goal });
    yield { kind: "damage", start, end: position, strayFrameSeq };
  }
}

/** The number of the frame just read, when its checksum is right and its number is not. */
function strayFrame(
  ring: RingFile,
  reader: FrameReader,
  { start, head }: { start: number; head: number },
  budget: SearchBudget,
): number | undefined {
  if (head - start < FRAME_HEADER_BYTES) return undefined;
  const length = frameLength(reader.view, 0);
  // A longer one was not read.
  if (length > MAX_FRAME_BYTES || start + length > head) return undefined;
  budget.spend(length);
  return isFrameIntact(reader.bytes, reader.view, 0, start, ring.identity.seed)
    ? frameSeq(reader.view, 0)
    : undefined;
}

interface Search {
  reader: FrameReader;
  budget: SearchBudget;
  present: PresentPart;
  position: number;
  bounds: SearchBounds;
  goal: number;
}

/** Where the first intact frame behind `position` is, or the end of the survey. */
function nextIntact(ring: RingFile, { reader, budget, present, ...place }: Search): number {
  const { bounds, goal } = place;
  const last = Math.min(goal, bounds.head);
  const search = new FrameSearch(ring, reader, place.position + ALIGNMENT_BYTES, budget);
  while (search.position < last && !budget.isSpent) {
    if (!present.has(search.position)) {
      search.position = present.next(search.position);
      continue;
    }
    const end = Math.min(last, present.end(search.position));
    // It is read again as part of a run.
    if (search.step(bounds, end)) return search.position;
  }
  return last;
}

/** Which positions lie in a file that was cut short. */
class PresentPart {
  readonly #ringBytes: number;
  readonly #presentBytes: number;

  constructor(ring: RingFile, fileBytes: number) {
    const { ringBytes, ringOffset } = ring.layout;
    this.#ringBytes = ringBytes;
    const bytes = Math.max(0, Math.min(ringBytes, fileBytes - ringOffset));
    this.#presentBytes = Math.floor(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }

  has(position: number): boolean {
    return position % this.#ringBytes < this.#presentBytes;
  }

  /** The first position behind `position` that is there again. */
  next(position: number): number {
    if (this.#presentBytes === 0) return Infinity;
    return position + this.#ringBytes - position % this.#ringBytes;
  }

  /** Where the part around `position` ends. */
  end(position: number): number {
    if (this.#presentBytes === this.#ringBytes) return Infinity;
    return position - position % this.#ringBytes + this.#presentBytes;
  }
}
