/**
 * Numbers and times as bytes. Everything in a pool file is little-endian; 64-bit numbers
 * are read as JavaScript numbers and refused above 2^53 - 1, which no pool reaches: it is
 * 9 PB through one ring.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import { MAX_SECONDS, type Timestamp } from "./timestamp.ts";

/** Frames start at multiples of this many bytes. */
export const ALIGNMENT_BYTES = 8;

/** The next multiple of the frame alignment. */
export function alignUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

/** A view of all of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const TWO_32 = 2 ** 32;

/** Writes a whole number of 0 to 2^53 - 1 as an unsigned 64-bit one. */
export function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, Math.floor(value / TWO_32), true);
}

/** Reads an unsigned 64-bit number; above 2^53 - 1 the result is no safe integer. */
export function getUint64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}

/** Writes a time: 32 low bits of the seconds, 2 high bits of them over 30 of nanoseconds. */
export function setTime(view: DataView, at: number, time: Timestamp): void {
  if (time.seconds > MAX_SECONDS) throw new UsageError("the clock is past the year 2514");
  view.setUint32(at, time.seconds, true);
  view.setUint32(at + 4, time.nanos + Math.floor(time.seconds / TWO_32) * 2 ** 30, true);
}

/** Reads what {@linkcode setTime} wrote. */
export function getTime(view: DataView, at: number): Timestamp {
  const high = view.getUint32(at + 4, true);
  return {
    seconds: view.getUint32(at, true) + (high >>> 30) * TWO_32,
    nanos: high & 0x3fffffff,
  };
}
