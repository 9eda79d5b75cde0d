/**
 * A tail as JSON Lines, with predicates asked outside the pool.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { BatchIterator, MessagePool, TailOptions } from "../pool/mod.ts";
import type { Admission } from "./admission.ts";
import type { Selection } from "./tail_query.ts";
import { WhereFilter } from "./where_filter.ts";

/** What a tail is asked for, with predicates as a list. */
export type LineTailOptions = TailOptions & Selection;

const LINE_FEED = 0x0a;

/** How many messages are asked about in the first step back for `last`; doubles. */
const FIRST_STEP_BACK = 256;

/** Envelopes that a tail delivers together, one in each line. */
export interface Lines {
  /** How many there are, 1 or more. */
  readonly count: number;
  /** Their bytes; they stay as they are. */
  readonly bytes: Uint8Array;
}

/** Delivers messages of a pool as JSON Lines, as they come. */
export class LineTail {
  readonly #batches: BatchIterator;
  readonly #filter: WhereFilter | undefined;
  #left: number;
  /** Where a batch began that predicates are being asked about. */
  #askedFrom: number | undefined;
  #isAsking = false;

  private constructor(batches: BatchIterator, filter: WhereFilter | undefined, max: number) {
    this.#batches = batches;
    this.#filter = filter;
    this.#left = max;
  }

  /**
   * Follows `pool`; predicates take one of `places`. What is appended once the promise is fulfilled
   * is seen.
   *
   * @throws {UsageError} when a predicate is not jq, or options make no sense.
   * @throws {BusyError} when there is no place.
   */
  static async open(
    pool: MessagePool,
    options: LineTailOptions,
    places: Admission,
  ): Promise<LineTail> {
    const { where, maxMessages = Infinity, ...rest } = options;
    if (where === undefined) {
      const batches = pool.tailBatches(options);
      await batches.started;
      return new LineTail(batches, undefined, Infinity);
    }
    const startMs = performance.now();
    const filter = await WhereFilter.start(where, places);
    try {
      const start = rest.last === undefined || rest.last === 0
        ? rest
        : { ...rest, last: undefined, sinceSeq: await lastMatching(pool, filter, rest) };
      const spentMs = performance.now() - startMs;
      const timeoutMs = Math.max(0, (rest.timeoutMs ?? Infinity) - spentMs);
      const batches = pool.tailBatches({ ...start, timeoutMs });
      await batches.started;
      return new LineTail(batches, filter, maxMessages);
    } catch (error) {
      filter[Symbol.dispose]();
      throw error;
    }
  }

  /** All before this number was delivered, held back, or is missing; undefined when not known. */
  get nextSeq(): number | undefined {
    // Amid a batch it is not known.
    if (this.#left === 0) return undefined;
    return this.#isAsking ? this.#askedFrom : this.#batches.nextSeq;
  }

  /** The next lines; undefined at the end. */
  async next(): Promise<Lines | undefined> {
    while (this.#left > 0) {
      const { done, value: batch } = await this.#batches.next();
      if (done) break;
      // The pool writes over them when it makes the next ones.
      const bytes = batch.jsonLines().slice();
      if (this.#filter === undefined) return { count: batch.length, bytes };
      this.#isAsking = true;
      const numbers = (await this.#filter.matches(bytes)).slice(0, this.#left);
      this.#isAsking = false;
      this.#askedFrom = this.#batches.nextSeq;
      this.#left -= numbers.length;
      if (numbers.length > 0) return { count: numbers.length, bytes: linesOf(bytes, numbers) };
    }
    this.close();
    return undefined;
  }

  /** Ends the tail, also while a call of `next` waits. */
  close(): void {
    this.#filter?.[Symbol.dispose]();
    this.#batches.return?.();
  }
}

/**
 * The number of the oldest of the newest `last` messages that pass, looking back in growing steps
 * as pools do for tags.
 */
async function lastMatching(
  pool: MessagePool,
  filter: WhereFilter,
  { last = 0, tags, signal, timeoutMs = Infinity }: TailOptions,
): Promise<number> {
  const deadlineMs = performance.now() + timeoutMs;
  const { nextSeq, bounds } = await pool.info();
  const oldestSeq = bounds?.oldest ?? nextSeq;
  let seqs: number[] = [];
  let beforeSeq = nextSeq;
  for (let step = FIRST_STEP_BACK; beforeSeq > oldestSeq && seqs.length < last; step *= 2) {
    const sinceSeq = Math.max(oldestSeq, beforeSeq - step);
    const leftMs = Math.max(0, deadlineMs - performance.now());
    const options = { sinceSeq, untilSeq: beforeSeq - 1, tags, signal, timeoutMs: leftMs };
    const found: number[] = [];
    for await (const batch of pool.tailBatches(options)) {
      const messages = batch.messages();
      const numbers = await filter.matches(batch.jsonLines());
      for (const number of numbers) found.push(messages[number].seq);
    }
    seqs = [...found, ...seqs].slice(-last);
    beforeSeq = sinceSeq;
  }
  return seqs[0] ?? nextSeq;
}

/** The lines with these numbers, in ascending order. */
function linesOf(bytes: Uint8Array, numbers: readonly number[]): Uint8Array {
  const lines: Uint8Array[] = [];
  let start = 0;
  let number = 0;
  for (const wanted of numbers) {
    for (; number < wanted; number++) start = bytes.indexOf(LINE_FEED, start) + 1;
    lines.push(bytes.subarray(start, bytes.indexOf(LINE_FEED, start) + 1));
  }
  return Buffer.concat(lines);
}
