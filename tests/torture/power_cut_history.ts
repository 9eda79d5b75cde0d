/**
 * What was appended to a recorded disk and when, and so what must be there, and what may
 * be, after a power cut.
 *
 * @module
 */

import { CorruptError } from "@plasmite/pool";
import type { State } from "../../pool/state.ts";
import type { Timestamp } from "../../pool/timestamp.ts";
import { Message } from "../../pool/message.ts";
import { RingFile } from "../../pool/ring.ts";
import { type Moment, RecordedDisk, RecordedFile } from "./recorded_disk.ts";

/** A message on its way into a pool. */
export interface Sent {
  seq: number;
  /** Undefined when this is the end of all that have this number or a higher one. */
  envelope: string | undefined;
  /** When its append began. */
  triedAt: Moment;
  /** When its append returned; not when the writer was killed. */
  acknowledgedAt: Moment;
}

/** What is known about a pool that the power was cut off. */
export interface Known {
  /** What was appended, by number, or was about to be when its writer was killed. */
  tried: ReadonlyMap<number, ReadonlySet<string>>;
  /**
   * Of those the ones that neither a kill nor an earlier power cut undid: no number was
   * given out after them that is as low as theirs, and they could be read.
   */
  current: ReadonlyMap<number, string>;
  /** What must be there. */
  required: ReadonlyMap<number, string>;
  /** The next message must have this number or a higher one. */
  nextSeqAtLeast: number;
  /** No number given out or passed over was as high as this. */
  nextSeqAtMost: number;
  /** Whether the pool may be gone: somebody is deleting it, or has. */
  mayBeDeleted: boolean;
  /**
   * Whether two faults met: a killed writer tore the state that was on storage last, and
   * the power cut took the one in the other slot, or that was torn by a kill as well. There
   * is nothing else that tells of what was flushed.
   */
  isSetBack: boolean;
}

/** What is known about a pool that was just created. */
export const NOTHING_KNOWN: Known = {
  tried: new Map(),
  current: new Map(),
  required: new Map(),
  nextSeqAtLeast: 1,
  nextSeqAtMost: 1,
  mayBeDeleted: false,
  isSetBack: false,
};

/** What happens to one pool on one disk, from one power cut to the next. */
export class History {
  readonly #disk: RecordedDisk;
  readonly #before: Known;
  readonly #sent: Sent[] = [];
  readonly #acknowledged = new Map<number, Sent>();
  readonly #flushes: { began: Moment; returned: Moment }[] = [];
  readonly #deletions: { began: Moment; failed: Moment }[] = [];

  /** What happens on `disk` when that much is known at first. */
  constructor(disk: RecordedDisk, before: Known) {
    this.#disk = disk;
    this.#before = before;
  }

  /** Notes that these messages are about to be appended. */
  trying(messages: readonly Message[]): Sent[] {
    const triedAt = this.#disk.tick();
    const sent = messages.map(({ seq, envelope }) => {
      if (this.#acknowledged.has(seq) || this.#before.required.has(seq)) {
        throw new Error(`number ${seq} is given out twice`);
      }
      return { seq, envelope, triedAt, acknowledgedAt: Infinity };
    });
    this.#sent.push(...sent);
    return sent;
  }

  /** Notes that the append of these messages has returned. */
  acknowledge(sent: readonly Sent[]): void {
    for (const message of sent) {
      message.acknowledgedAt = this.#disk.moment;
      this.#acknowledged.set(message.seq, message);
    }
  }

  /** Notes that a writer was killed: what has this number or a higher one does not count. */
  undo(seq: number): void {
    const triedAt = this.#disk.tick();
    this.#sent.push({ seq, envelope: undefined, triedAt, acknowledgedAt: Infinity });
  }

  /** Flushes with `sync`, and notes what that promises: all that was acknowledged before. */
  flush(sync: () => void): void {
    const began = this.#disk.tick();
    sync();
    this.#flushes.push({ began, returned: this.#disk.tick() });
  }

  /** Notes that the pool is being deleted, which may turn out to be impossible. */
  deleting(): { fail: () => void } {
    const deletion = { began: this.#disk.tick(), failed: Infinity };
    this.#deletions.push(deletion);
    return { fail: () => void (deletion.failed = this.#disk.moment) };
  }

  /** What is known when the power is cut at `moment` and leaves `image`. */
  at(moment: Moment, image: Uint8Array): Known {
    const shown = stateIn(this.#disk.contentAt(moment));
    const flushes = this.#flushes.filter(({ returned }) => returned <= moment);
    const flushedAt = Math.max(0, ...flushes.map(({ began }) => began));
    const flushed = stateIn(this.#disk.contentAt(flushedAt));
    const isSetBack = generationIn(image) < flushed.generation;
    return {
      ...this.#tried(moment, shown.nextSeq),
      required: isSetBack ? new Map() : this.#required(flushedAt, shown.oldestSeq),
      nextSeqAtLeast: isSetBack ? 1 : flushed.nextSeq,
      mayBeDeleted: this.#deletions.some(({ began, failed }) => began <= moment && failed > moment),
      isSetBack,
    };
  }

  #tried(
    moment: Moment,
    nextSeq: number,
  ): Pick<Known, "tried" | "current" | "nextSeqAtMost"> {
    const tried = new Map(this.#before.tried);
    const current = new Map(this.#before.current);
    let nextSeqAtMost = Math.max(this.#before.nextSeqAtMost, nextSeq);
    for (const { seq, envelope, triedAt } of this.#sent) {
      if (triedAt > moment) break;
      for (const higher of current.keys()) if (higher >= seq) current.delete(higher);
      if (envelope === undefined) continue;
      tried.set(seq, new Set(tried.get(seq)).add(envelope));
      current.set(seq, envelope);
      nextSeqAtMost = Math.max(nextSeqAtMost, seq + 1);
    }
    return { tried, current, nextSeqAtMost };
  }

  /** What was acknowledged before the last flush began, and was not given up since. */
  #required(flushedAt: Moment, oldestSeq: number): Map<number, string> {
    const required = new Map(this.#before.required);
    for (const { seq, envelope, acknowledgedAt } of this.#sent) {
      if (envelope !== undefined && acknowledgedAt <= flushedAt) required.set(seq, envelope);
    }
    for (const seq of required.keys()) if (seq < oldestSeq) required.delete(seq);
    return required;
  }
}

/** The state in force in an image. */
export function stateIn(image: Uint8Array): State {
  return new RingFile(new RecordedFile(new RecordedDisk(image)), "image").readState();
}

/** The generation of the state in force in an image, and -1 when there is none. */
function generationIn(image: Uint8Array): number {
  try {
    return stateIn(image).generation;
  } catch (error) {
    if (error instanceof CorruptError) return -1;
    throw error;
  }
}

/** A message as it will be read. */
export function messageOf(
  seq: number,
  { seconds, nanos }: Timestamp,
  texts: { tags: readonly string[]; payload: string },
): Message {
  return new Message(seq, seconds, nanos, texts.tags, texts.payload);
}
