/**
 * How large a destination has to be, so that it holds copies of all that its source can hold.
 *
 * @module
 */

import { MAX_POOL_BYTES, type PoolInfo } from "../../pool/mod.ts";

/** What a copy takes beside what the message took: the tag of its origin; on NATS headers too. */
const EXTRA_BYTES = { file: 96, nats: 320 };

const ROUNDED_TO_BYTES = 64 * 1024;

/**
 * Size of a pool for copies of all messages of `source`, in bytes, and of `leastBytes` at least.
 */
export function roomFor(
  source: PoolInfo,
  engine: keyof typeof EXTRA_BYTES,
  leastBytes: number,
): number {
  const { sizeBytes, usedBytes, bounds } = source;
  const count = bounds === undefined ? 0 : bounds.newest - bounds.oldest + 1;
  // A stream without a limit says that it has the greatest one.
  const heldBytes = sizeBytes < MAX_POOL_BYTES ? sizeBytes : 2 * usedBytes;
  const growth = usedBytes === 0 ? 1 : 1 + count * EXTRA_BYTES[engine] / usedBytes;
  const bytes = Math.ceil(heldBytes * growth / ROUNDED_TO_BYTES) * ROUNDED_TO_BYTES;
  return Math.min(MAX_POOL_BYTES, Math.max(leastBytes, bytes));
}
