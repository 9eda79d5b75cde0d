/**
 * Appending messages that have their numbers and times already.
 *
 * @module
 */

import { FrameEncoder } from "./encoder.ts";
import type { MessageRecord } from "./envelope.ts";
import { UsageError } from "./errors.ts";
import { laterThan, type Timestamp } from "./timestamp.ts";
import type { State } from "./state.ts";
import type { PoolWriter, Stamps } from "./writer.ts";

/** Messages appended together at most, and bytes of their payloads after which they are. */
const BATCH_LENGTH = 256;
const BATCH_TEXT_LENGTH = 1024 * 1024;

/** Where {@linkcode RecordAppender} appends. */
export interface RecordAppenderOptions {
  /** The pool file, for errors. */
  path: string;
  /** Size of its ring in bytes. */
  ringBytes: number;
  /** Append to what the pool holds, with new numbers; else it must be empty. */
  append: boolean;
}

/** Appends records in batches, in order. */
export class RecordAppender {
  /** How many were appended. */
  count = 0;
  /** Number of the first one. */
  firstSeq: number | undefined;
  /** Number of the last one. */
  lastSeq: number | undefined;
  /** Whether they get other numbers than they had; settled with the first batch. */
  renumbers: boolean;
  /** How many times were moved, because they were not later than the one before. */
  movedTimes = 0;
  readonly #writer: PoolWriter;
  readonly #encoder: FrameEncoder;
  readonly #options: RecordAppenderOptions;
  #batch: MessageRecord[] = [];
  #textLength = 0;
  #takenSeq = 0;

  /** Appends with `writer`. */
  constructor(writer: PoolWriter, options: RecordAppenderOptions) {
    this.#writer = writer;
    this.#encoder = new FrameEncoder(options.ringBytes);
    this.#options = options;
    this.renumbers = options.append;
  }

  /**
   * Looks at a record before it is taken.
   *
   * @throws {UsageError} when it is out of order or does not fit in the pool.
   */
  check(record: MessageRecord): void {
    if (!this.#options.append && record.seq <= this.#takenSeq) {
      throw new UsageError(`message ${record.seq} can't follow message ${this.#takenSeq}`, {
        hint: "Give them in ascending order of seq, or use --append to number them anew.",
      });
    }
    this.#encoder.encode([record]);
  }

  /** Takes one record that was checked, and appends those taken so far when they are many. */
  add(record: MessageRecord): void {
    this.#takenSeq = record.seq;
    this.#textLength += record.json.text.length;
    this.#batch.push(record);
    if (this.#batch.length >= BATCH_LENGTH || this.#textLength >= BATCH_TEXT_LENGTH) this.flush();
  }

  /**
   * Appends what was taken and not appended yet.
   *
   * @throws {UsageError} when the pool holds messages that it must not hold.
   * @throws {BusyError} when the lock is not to be had in time.
   */
  flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#textLength = 0;
    if (batch.length === 0) return;
    const frames = this.#encoder.encode(batch);
    this.#writer.append(frames, (state) => this.#stamp(state, batch));
    this.count += batch.length;
  }

  #stamp(state: State, batch: readonly MessageRecord[]): Stamps {
    const { append, path } = this.#options;
    if (this.lastSeq === undefined) {
      if (!append) checkEmpty(state, path);
      this.renumbers ||= batch[0].seq < state.nextSeq;
    } else if (!append && state.nextSeq !== this.lastSeq + 1) {
      throw new UsageError("another process appended to the pool meanwhile", { path });
    }
    const seqs: number[] = [];
    const times: Timestamp[] = [];
    let { lastTime, nextSeq } = state;
    for (const { seq, time } of batch) {
      const later = laterThan(time, lastTime);
      if (later !== time) this.movedTimes++;
      seqs.push(this.renumbers ? nextSeq : seq);
      times.push(later);
      lastTime = later;
      nextSeq = seqs[seqs.length - 1] + 1;
    }
    this.firstSeq ??= seqs[0];
    this.lastSeq = nextSeq - 1;
    return { seqs, times };
  }
}

/**
 * Fails when a pool with this state holds messages.
 *
 * @throws {UsageError} when it does.
 */
export function checkEmpty(state: State, path: string): void {
  if (state.head === state.tail) return;
  throw new UsageError("the pool holds messages", {
    path,
    hint: "Import into an empty pool, or use --append to give the messages new numbers.",
  });
}
