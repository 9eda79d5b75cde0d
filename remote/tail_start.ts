/**
 * Where a tail starts: settled with one or two requests, before the first stream.
 *
 * @module
 */

import { hasFilters } from "../pool/internal_mod.ts";
import type { TailOptions } from "../pool/mod.ts";
import type { Abortable, ServedPool } from "./served_pool.ts";
import { startQuery } from "./tail_query.ts";

/** Where a tail starts. */
export interface TailStart {
  /** The pool as it is now; another one of its name has another id. */
  poolId: string;
  /** The number of the first message wanted. */
  seq: number;
}

/** Finds out where a tail of `pool` with these options starts. */
export async function findStart(
  pool: ServedPool,
  options: TailOptions,
  abortable: Abortable,
): Promise<TailStart> {
  const { sinceSeq, last, gapPolicy } = options;
  const { id: poolId, bounds, nextSeq } = await pool.info(abortable);
  const query = startQuery({ ...options, isFiltered: hasFilters(options) });
  if (query !== undefined) return { poolId, seq: await pool.firstSeq(query, abortable) };
  if (sinceSeq !== undefined) {
    // By contract, who insists on message 0 is told that it is missing.
    return { poolId, seq: gapPolicy === "error" ? sinceSeq : Math.max(1, sinceSeq) };
  }
  const oldest = bounds?.oldest ?? nextSeq;
  return { poolId, seq: last === undefined ? oldest : Math.max(oldest, nextSeq - last) };
}
