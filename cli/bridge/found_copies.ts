/**
 * Looking for the copies that a bridge has made, among the messages of a pool.
 *
 * @module
 */

import type { MessagePool } from "../../pool/mod.ts";
import { copiesWhere, type CopyMark, copyOrigin } from "./origin_tag.ts";

/** Messages looked at in the first step back; each further one is four times as long. */
const FIRST_STEP = 256;
const STEP_GROWTH = 4;

/** A copy that is in a pool. */
export interface FoundCopy {
  /** The number of the message where it comes from. */
  readonly seq: number;
  /** Its number in the pool. */
  readonly toSeq: number;
}

/** What a look at a pool has found. */
export interface FoundCopies {
  /** Numbers in the pool of the copies that bear the very mark, by those where they come from. */
  readonly own: Map<number, number>;
  /** The highest number of those that come from the same pool, and were selected otherwise. */
  readonly otherSeq?: number;
}

/** Where to look, and how. */
export interface CopySearch {
  /** The first message to look at. */
  readonly fromSeq: number;
  /** The last one, which is there. */
  readonly toSeq: number;
  /** So many of the newest are enough. Default all. */
  readonly enough?: number;
  /** To look through much, have the pool's server look. */
  readonly isServed: boolean;
  /** Ends the search, whose result means nothing then. */
  readonly signal?: AbortSignal;
}

/**
 * Looks back from message `toSeq` to `fromSeq` for copies with `mark`. It waits for nothing that
 * is not there yet.
 */
export async function findCopies(
  pool: MessagePool,
  mark: CopyMark,
  { fromSeq, toSeq, enough = Infinity, isServed, signal }: CopySearch,
): Promise<FoundCopies> {
  const own = new Map<number, number>();
  let otherSeq: number | undefined;
  let before = toSeq + 1;
  for (let step = FIRST_STEP; before > fromSeq && own.size < enough; step *= STEP_GROWTH) {
    if (signal?.aborted) break;
    const sinceSeq = Math.max(fromSeq, before - step);
    const where = isServed && step > FIRST_STEP ? copiesWhere(mark) : undefined;
    const tail = pool.tailBatches({ sinceSeq, untilSeq: before - 1, where, signal });
    for await (const batch of tail) {
      for (const { seq, tags } of batch.messages()) {
        const origin = copyOrigin(tags);
        if (origin?.pool !== mark.pool) continue;
        if (origin.selection === mark.selection) own.set(origin.seq, seq);
        else otherSeq = Math.max(otherSeq ?? 0, origin.seq);
      }
    }
    before = sinceSeq;
  }
  return { own, otherSeq };
}
