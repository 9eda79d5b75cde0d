/**
 * Copying from one pool to another, until it is told to stop or all that was asked for is copied.
 *
 * The next messages are read while those before them are appended. What counts as dealt with is in
 * the destination, or not to be copied.
 *
 * @module
 */

import { type BatchIterator, type Gap, type MessageBatch, NotFoundError } from "../../pool/mod.ts";
import { amend } from "../failure.ts";
import { type Copy, copyOf } from "./copy.ts";
import type { Destination } from "./destination.ts";
import type { BridgeEnd } from "./ends.ts";
import { type CopyMark, wasIn } from "./origin_tag.ts";
import { isPassing, type Patience } from "./patience.ts";
import type { BridgeRecord } from "./record.ts";

/** What is copied, and to where. */
export interface CopierParts {
  /** The pool that is copied from. */
  readonly source: BridgeEnd;
  readonly destination: Destination;
  /** What marks the copies. */
  readonly mark: CopyMark;
  /** The destination, as it is named in tags. */
  readonly destinationPool: string;
  /** All messages up to this number are dealt with. */
  readonly afterSeq: number;
  /** End once all up to this number are. */
  readonly untilSeq?: number;
  /** What is copied of the rest. */
  readonly tags: readonly string[];
  readonly where: readonly string[];
  readonly patience: Patience;
  /** Told of messages that are missing. */
  readonly onGap: (gap: Gap) => void;
  /** Told after every step. */
  readonly onProgress: () => void;
  /** Ends it after what is under way. */
  readonly signal: AbortSignal;
}

/** What was done. */
export interface CopyCounts {
  /** Messages that were copied. */
  copied: number;
  /** Messages that came from the destination. */
  skipped: number;
  /** Messages that were gone before they could be read. */
  missing: number;
  /** Number of the first one that was copied. */
  firstSeq?: number;
  /** Number of the last one. */
  lastSeq?: number;
  /** Number that the first one got. */
  firstToSeq?: number;
}

/** What is read together. */
interface ReadBatch {
  readonly copies: readonly Copy[];
  /** All messages up to this number are among them, or not to be copied. */
  readonly throughSeq: number;
}

/** Copies messages. */
export class Copier {
  /** What was done so far. */
  readonly counts: CopyCounts = { copied: 0, skipped: 0, missing: 0 };
  readonly #parts: CopierParts;
  #afterSeq: number;
  #tail: BatchIterator | undefined;
  /** Batches that were read, and of which not every message is dealt with. */
  #pendingCount = 0;

  /** Copies as `parts` tell. */
  constructor(parts: CopierParts) {
    this.#parts = parts;
    this.#afterSeq = parts.afterSeq;
  }

  /** How far it has come, to be written down. */
  get record(): BridgeRecord {
    return { seq: this.#afterSeq, newest: this.#parts.destination.newest };
  }

  /** The same, with messages that were held back or are missing since the last one that came. */
  checkpoint(): BridgeRecord {
    // A tail passes what it is about to deliver as well. That is pending by the time a timer asks,
    // unless the tail is over: then it was given up.
    if (this.#pendingCount === 0 && !this.#parts.signal.aborted) {
      this.#afterSeq = Math.max(this.#afterSeq, (this.#tail?.nextSeq ?? 0) - 1);
    }
    return this.record;
  }

  /** Whether all that was asked for is dealt with. */
  get isDone(): boolean {
    return this.#afterSeq >= (this.#parts.untilSeq ?? Infinity);
  }

  /**
   * Copies until it is done or told to stop.
   *
   * @throws {PlasmiteError} for what does not pass by itself.
   */
  async run(): Promise<void> {
    const { signal, patience, source } = this.#parts;
    for (let attempt = 1; !this.isDone && !signal.aborted;) {
      const startedSeq = this.#afterSeq;
      try {
        await this.#copyOn();
      } catch (error) {
        // The destination sees to its own failures.
        if (!isPassing(error)) throw error;
        if (this.#afterSeq > startedSeq) attempt = 1;
        await patience.wait(source.shown, attempt++, error);
      }
    }
  }

  /** Follows the source until that ends. */
  async #copyOn(): Promise<void> {
    const { source, destination, untilSeq, tags, where, signal } = this.#parts;
    const { patience, onProgress } = this.#parts;
    const tail = source.pool.tailBatches({
      ...{ sinceSeq: this.#afterSeq + 1, untilSeq, tags, where, signal },
      onGap: (gap) => this.#pass(gap),
    });
    this.#tail = tail;
    this.#pendingCount = 0;
    try {
      for (let reading = this.#read(tail);;) {
        const batch = await reading;
        if (batch === undefined) break;
        reading = this.#read(tail);
        // Whether it fails is of interest when it is its turn.
        reading.catch(() => {});
        await destination.deliver(batch.copies, {
          ...{ patience, signal },
          onStored: (copies, firstToSeq) => this.#count(copies, firstToSeq),
          onNext: ({ seq }) => this.#afterSeq = Math.max(this.#afterSeq, seq - 1),
        });
        if (signal.aborted) return;
        this.#afterSeq = Math.max(this.#afterSeq, batch.throughSeq);
        this.#pendingCount--;
        onProgress();
      }
      if (!signal.aborted && untilSeq !== undefined) this.#afterSeq = untilSeq;
    } finally {
      this.#tail = undefined;
      await tail.return?.();
    }
  }

  async #read(tail: BatchIterator): Promise<ReadBatch | undefined> {
    const { done, value } = await nextOf(tail);
    if (done) return undefined;
    this.#pendingCount++;
    const { mark, destinationPool } = this.#parts;
    const messages = value.messages();
    const foreign = messages.filter(({ tags }) => !wasIn(tags, { pool: destinationPool }));
    this.counts.skipped += messages.length - foreign.length;
    return {
      copies: foreign.map((message) => copyOf(message, mark)),
      throughSeq: (tail.nextSeq ?? messages[messages.length - 1].seq + 1) - 1,
    };
  }

  #count(copies: readonly Copy[], firstToSeq: number): void {
    const { counts } = this;
    counts.copied += copies.length;
    counts.firstSeq ??= copies[0].seq;
    counts.firstToSeq ??= firstToSeq;
    this.#afterSeq = counts.lastSeq = copies[copies.length - 1].seq;
    this.#parts.onProgress();
  }

  #pass(gap: Gap): void {
    this.counts.missing += gap.count;
    this.#parts.onGap(gap);
  }
}

async function nextOf(tail: BatchIterator): Promise<IteratorResult<MessageBatch>> {
  try {
    return await tail.next();
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw amend(error, {
      hint: "If it was created anew, bridge it again: all that it retains is copied.",
    });
  }
}
