/**
 * Index entries: where frames start near multiples of the index span. docs/format.md is
 * the specification.
 *
 * @module
 */

import { getTime, getUint64, setTime, setUint64, viewOf } from "./binary.ts";
import { checksum } from "./checksum.ts";
import type { Layout } from "./layout.ts";
import type { Timestamp } from "./timestamp.ts";

/** Bytes of an index entry: entries never straddle a sector. */
export const INDEX_ENTRY_BYTES = 32;

/** A frame boundary: the first one at or after a multiple of `indexSpanBytes`. */
export interface IndexEntry {
  /** Where the frame before it ends and the next one starts. */
  position: number;
  /** Sequence number of the frame that starts there. */
  seq: number;
  /** Time of the frame that ends there. */
  time: Timestamp;
}

/**
 * Writes the index entry for boundary `number` at `bytes[at..at+32)`. Its checksum
 * starts from the pool and the boundary, so an entry of one lap ago does not pass.
 */
export function encodeIndexEntry(
  entry: IndexEntry,
  number: number,
  seed: number,
  bytes: Uint8Array,
  at: number,
): void {
  const view = viewOf(bytes);
  setUint64(view, at + 8, entry.position);
  setUint64(view, at + 16, entry.seq);
  setTime(view, at + 24, entry.time);
  view.setUint32(at, indexEntryChecksum(bytes, at, number, seed), true);
}

/** Reads the index entry for boundary `number`; undefined when it is torn, or of another one. */
export function decodeIndexEntry(
  bytes: Uint8Array,
  at: number,
  number: number,
  seed: number,
): IndexEntry | undefined {
  const view = viewOf(bytes);
  if (view.getUint32(at, true) !== indexEntryChecksum(bytes, at, number, seed)) return undefined;
  return {
    position: getUint64(view, at + 8),
    seq: getUint64(view, at + 16),
    time: getTime(view, at + 24),
  };
}

function indexEntryChecksum(bytes: Uint8Array, at: number, number: number, seed: number): number {
  return checksum(bytes, at + 4, at + INDEX_ENTRY_BYTES, (seed ^ number) >>> 0);
}

/** The file offset of the index entry for the boundary `number * indexSpanBytes`. */
export function indexEntryOffset(layout: Layout, number: number): number {
  return layout.indexOffset + (number % layout.indexCapacity) * INDEX_ENTRY_BYTES;
}
