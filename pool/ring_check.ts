/**
 * Examining the messages of a pool: that every frame between tail and head is intact and
 * in order, holds what a message holds, and is where the index and the state have it.
 *
 * @module
 */

import type { Findings } from "./doctor.ts";
import { frameLength, frameSeq, frameTime } from "./frame.ts";
import { contentFault } from "./frame_content.ts";
import type { FrameReader } from "./frame_reader.ts";
import type { RecoveredPool } from "./recover.ts";
import type { State } from "./state.ts";
import type { SurveyStep } from "./survey.ts";
import { compareTimes, EPOCH, type Timestamp } from "./timestamp.ts";

/** Examines what the steps of a survey bring. */
export class RingCheck {
  /** How far the survey has come. */
  position: number;
  /** Number of the last message before the first that is wrong. */
  lastGoodSeq: number | undefined;
  readonly #pool: RecoveredPool;
  readonly #state: State;
  readonly #findings: Findings;
  #expectedSeq: number;
  #lastTime: Timestamp = EPOCH;
  #damage: (SurveyStep & { kind: "damage" }) | undefined;
  /** Where the boundary number of the next index entry to compare comes from. */
  #boundary: number;
  #badEntries = 0;
  #firstBadEntry = 0;
  #isSound = true;

  /** Examines the ring of `pool`. */
  constructor(pool: RecoveredPool, findings: Findings) {
    this.#pool = pool;
    this.#state = pool.state;
    this.#findings = findings;
    this.position = pool.state.tail;
    this.#expectedSeq = pool.state.oldestSeq;
    this.#boundary = this.#boundaryAfter(pool.state.tail);
  }

  /** Takes the next step. */
  take(step: SurveyStep): void {
    if (step.kind === "damage") {
      // What is missing is known when the next intact message comes.
      this.#damage = step;
      this.position = step.end;
    } else if (step.kind === "overtaken") {
      this.#expectedSeq = Math.max(this.#expectedSeq, step.seq);
      this.#boundary = Infinity;
    } else {
      this.#takeFrames(step.reader);
      this.position = step.reader.end;
    }
  }

  /** Tells what could only be told at the end. */
  finish(): void {
    const { nextSeq, head } = this.#state;
    if (this.#damage !== undefined) this.#tellDamage(nextSeq);
    else if (this.position === head && this.#expectedSeq < nextSeq) this.#warnMissing(nextSeq);
    if (this.position === head) this.#compareEntries(head, nextSeq);
    if (this.#badEntries === 0) return;
    const at = this.#firstBadEntry * this.#pool.ring.layout.indexSpanBytes;
    this.#findings.warn(
      `${this.#badEntries} index entries are torn or stale, the first one for position ${at}: ` +
        "they cost time, never a message, and are written over in time",
    );
  }

  #takeFrames(reader: FrameReader): void {
    const { bytes, view, offsets, count, start } = reader;
    for (let i = 0; i < count; i++) {
      const at = offsets[i];
      const seq = frameSeq(view, at);
      const position = start + at;
      if (this.#damage !== undefined) this.#tellDamage(seq);
      else if (seq > this.#expectedSeq) this.#tellMissing(position, seq);
      this.#compareEntries(position, seq);
      const fault = contentFault(bytes, view, at) ?? this.#timeFault(frameTime(view, at)) ??
        this.#endFault(position, position + frameLength(view, at), seq, frameTime(view, at));
      if (fault === undefined) {
        if (this.#isSound) this.lastGoodSeq = seq;
      } else {
        this.#tell(`message ${seq}: ${fault}`, { seq, position });
      }
      this.#lastTime = frameTime(view, at);
      this.#expectedSeq = seq + 1;
    }
  }

  #timeFault(time: Timestamp): string | undefined {
    return compareTimes(time, this.#lastTime) > 0
      ? undefined
      : "its time is not later than that of the message before it";
  }

  /** The frame that ends at the head must be the newest one as the state has it. */
  #endFault(position: number, end: number, seq: number, time: Timestamp): string | undefined {
    const { head, newest, nextSeq, lastTime } = this.#state;
    if (end !== head || !this.#pool.hasState) return undefined;
    if (position !== newest) return "it ends at the head and is not the newest one of the state";
    const isOther = seq === nextSeq - 1 && compareTimes(time, lastTime) !== 0;
    return isOther ? "it has another time than the newest one of the state" : undefined;
  }

  #tellDamage(nextSeq: number): void {
    const { start, end, strayFrameSeq } = this.#damage!;
    this.#damage = undefined;
    // Index entries for what is damaged can't be compared with anything.
    this.#boundary = this.#boundaryAfter(end);
    const seq = this.#expectedSeq;
    const lost = nextSeq > seq ? `${messages(seq, nextSeq - 1)} damaged: ` : "";
    const stray = strayFrameSeq === undefined
      ? "hold no intact frame"
      : `hold a frame of message ${strayFrameSeq}, which is out of order`;
    const where = `${end - start} bytes from ring offset ${this.#offset(start)} on`;
    this.#tell(`${lost}${where} ${stray}`, {
      seq: nextSeq > seq ? seq : undefined,
      position: start,
    });
    this.#expectedSeq = Math.max(seq, nextSeq);
  }

  #tellMissing(position: number, seq: number): void {
    const isOldest = position === this.#state.tail;
    if (!isOldest) return this.#warnMissing(seq);
    const expected = this.#expectedSeq;
    if (!this.#pool.hasState) return;
    this.#tell(`${messages(expected, seq - 1)} missing: the state has them as the oldest`, {
      seq: expected,
      position,
    });
  }

  /** Frames without a hole between them: somebody mended the pool before. */
  #warnMissing(seq: number): void {
    this.#findings.warn(`${messages(this.#expectedSeq, seq - 1)} missing since an earlier repair`);
  }

  #tell(message: string, { seq, position }: { seq?: number; position: number }): void {
    this.#isSound = false;
    this.#findings.add(message, { seq, offset: this.#offset(position) });
  }

  #offset(position: number): number {
    return position % this.#pool.ring.layout.ringBytes;
  }

  #boundaryAfter(position: number): number {
    const span = this.#pool.ring.layout.indexSpanBytes;
    return span === 0 ? Infinity : Math.floor(position / span) + 1;
  }

  /** The frame at `position` is what the entries of all boundaries passed must name. */
  #compareEntries(position: number, seq: number): void {
    const { ring } = this.#pool;
    for (; this.#boundary * ring.layout.indexSpanBytes <= position; this.#boundary++) {
      const entry = ring.readIndexEntry(this.#boundary);
      if (entry?.position === position && entry.seq === seq) continue;
      // A writer that came round meanwhile needs the entry for another boundary.
      if (ring.readState().tail >= this.#boundary * ring.layout.indexSpanBytes) continue;
      if (this.#badEntries++ === 0) this.#firstBadEntry = this.#boundary;
    }
  }
}

function messages(first: number, last: number): string {
  return first === last ? `message ${first} is` : `messages ${first} to ${last} are`;
}
