/**
 * Looking for the newest copy that a bridge has made, among the messages of a pool.
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
  /** The newest copy that bears the very mark. */
  readonly own?: FoundCopy;
  /** The newest of the copies that come from the same pool, and were selected otherwise. */
  readonly other?: FoundCopy;
}

/** Where to look, and how. */
export interface CopySearch {
  /** The first message to look at. */
  readonly fromSeq: number;
  /** The last one, which is there. */
  readonly toSeq: number;
  /** To look through much, have the pool's server look. */
  readonly isServed: boolean;
  /** Ends the search, which then has found nothing. */
  readonly signal: AbortSignal;
}

/**
 * Looks back from message `toSeq` to `fromSeq` for copies with `mark`. It waits for nothing that
 * is not there yet.
 */
export async function newestCopy(
  pool: MessagePool,
  mark: CopyMark,
  { fromSeq, toSeq, isServed, signal }: CopySearch,
): Promise<FoundCopies> {
  let other: FoundCopy | undefined;
  let before = toSeq + 1;
  for (let step = FIRST_STEP; before > fromSeq && !signal.aborted; step *= STEP_GROWTH) {
    const sinceSeq = Math.max(fromSeq, before - step);
    const where = isServed && step > FIRST_STEP ? copiesWhere(mark) : undefined;
    let own: FoundCopy | undefined;
    let newestOther: FoundCopy | undefined;
    for await (
      const batch of pool.tailBatches({ sinceSeq, untilSeq: before - 1, where, signal })
    ) {
      for (const { seq: toSeq, tags } of batch.messages()) {
        const origin = copyOrigin(tags);
        if (origin?.pool !== mark.pool) continue;
        const found = { seq: origin.seq, toSeq };
        if (origin.selection === mark.selection) own = found;
        else newestOther = found;
      }
    }
    other ??= newestOther;
    if (own !== undefined && !signal.aborted) return { own, other };
    before = sinceSeq;
  }
  return signal.aborted ? {} : { other };
}
