/**
 * Where a tail of a stream starts: settled with a few requests, before the first message.
 *
 * @module
 */

import {
  compareTimes,
  hasFilters,
  parseTime,
  sinceTimestamp,
  type Timestamp,
} from "../pool/internal_mod.ts";
import type { TailOptions } from "../pool/mod.ts";
import { poolId, type PoolStream } from "./stream.ts";

/** Messages looked at in the first step back for `last` with filters; doubles. */
const FIRST_STEP_BACK = 256;

/** By how much the clock of whoever appends may be ahead of the server's, for `since`. */
const CLOCK_MARGIN_SECONDS = 60;

/** Where a tail starts. */
export interface TailStart {
  /** The pool as it is now; another one of its name has another id. */
  readonly poolId: string;
  /** Finds out the number of the first message wanted; to look for matches can take long. */
  readonly findSeq: () => Promise<number>;
  /** The first message wanted is of this time or later: those in front of it are passed over. */
  readonly notBefore?: Timestamp;
}

/** Numbers of the messages from `fromSeq` to `toSeq` that pass the filters of a tail. */
export type FindMatching = (fromSeq: number, toSeq: number) => Promise<number[]>;

/** Settles where a tail of `stream` with these options starts: with what is stored now. */
export async function findStart(
  stream: PoolStream,
  options: TailOptions,
  findMatching: FindMatching,
): Promise<TailStart> {
  const info = await stream.state();
  const { first_seq: firstSeq, last_seq: lastSeq } = info.state;
  const oldest = Math.max(1, firstSeq);
  const next = lastSeq + 1;
  const { since } = options;
  const notBefore = since === undefined ? undefined : sinceTimestamp(since, Date.now());
  return { poolId: poolId(info), findSeq, notBefore };

  async function findSeq(): Promise<number> {
    const { sinceSeq, last, gapPolicy } = options;
    if (sinceSeq !== undefined) {
      // By contract, who insists on message 0 is told that it is missing.
      return gapPolicy === "error" ? sinceSeq : Math.max(1, sinceSeq);
    }
    if (notBefore !== undefined) return await firstStored(stream, notBefore, { oldest, next });
    if (last === undefined) return oldest;
    if (last > 0 && hasFilters(options)) {
      return await lastMatching(last, { oldest, next }, findMatching);
    }
    return Math.max(oldest, next - last);
  }
}

/** The retained numbers: from `oldest` up to and without `next`. */
interface Range {
  readonly oldest: number;
  readonly next: number;
}

/**
 * The number of the first message that was stored at `time` or later, or shortly before. Times at
 * which a server stores rise with the numbers; those of messages, of several clocks and of copies
 * from other pools, need not.
 */
async function firstStored(stream: PoolStream, time: Timestamp, range: Range): Promise<number> {
  const early = { ...time, seconds: time.seconds - CLOCK_MARGIN_SECONDS };
  let { oldest: from, next: to } = range;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const found = await stream.find(middle, { orLater: true });
    const isLater = found === undefined || compareTimes(parseTime(found.storedTime)!, early) >= 0;
    if (isLater) to = middle;
    else from = found.seq + 1;
  }
  return Math.min(from, range.next);
}

/** The number of the oldest of the newest `last` messages that match, looking back in steps. */
async function lastMatching(
  last: number,
  { oldest, next }: Range,
  findMatching: FindMatching,
): Promise<number> {
  let matches: number[] = [];
  let before = next;
  for (let step = FIRST_STEP_BACK; before > oldest && matches.length < last; step *= 2) {
    const from = Math.max(oldest, before - step);
    matches = [...await findMatching(from, before - 1), ...matches];
    before = from;
  }
  return matches.at(-last) ?? matches[0] ?? next;
}
