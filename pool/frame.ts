/**
 * Frames: how one message lies in the ring. The header belongs to the ring; tags and
 * payload are the codec's, which here is JSON text in UTF-8. docs/format.md has the
 * bytes.
 *
 * A frame's checksum starts from the pool's seed and the frame's position, so that
 * bytes of another pool, or of the same pool one lap ago, never pass for it.
 *
 * @module
 */

import { checksum } from "./checksum.ts";
import { ALIGNMENT_BYTES, alignUp, getUint64, setTime, setUint64 } from "./binary.ts";
import type { Timestamp } from "./timestamp.ts";

/** Bytes before the tags. With padding a message costs at most 35 bytes of overhead. */
export const FRAME_HEADER_BYTES = 28;
/** Largest frame, whatever the size of the ring: 256 MiB. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;
/** Largest total of a message's tags, as JSON text: they have a 16-bit length. */
export const MAX_TAGS_BYTES = 65535;

const AT_CHECKSUM = 0;
const AT_PAYLOAD_BYTES = 4;
const AT_SEQ = 8;
const AT_TIME = 16;
const AT_TAGS_BYTES = 24;
const AT_RESERVED = 26;

/** Bytes from the start of a frame to the start of the next one. */
export function frameBytes(tagsBytes: number, payloadBytes: number): number {
  return alignUp(FRAME_HEADER_BYTES + tagsBytes + payloadBytes);
}

/** Lengths go in before the lock is taken; {@linkcode sealFrame} adds the rest. */
export function writeFrameLengths(
  view: DataView,
  at: number,
  tagsBytes: number,
  payloadBytes: number,
): void {
  view.setUint32(at + AT_PAYLOAD_BYTES, payloadBytes, true);
  view.setUint16(at + AT_TAGS_BYTES, tagsBytes, true);
  view.setUint16(at + AT_RESERVED, 0, true);
}

/** Completes the frame at `bytes[at]`, whose lengths, tags and payload are in place. */
export function sealFrame(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  frame: { seq: number; time: Timestamp; position: number; seed: number },
): void {
  setUint64(view, at + AT_SEQ, frame.seq);
  setTime(view, at + AT_TIME, frame.time);
  view.setUint32(
    at + AT_CHECKSUM,
    frameChecksum(bytes, view, at, frame.position, frame.seed),
    true,
  );
}

function frameChecksum(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  position: number,
  seed: number,
): number {
  const end = frameContentEnd(view, at);
  return checksum(bytes, at + AT_PAYLOAD_BYTES, end, (seed ^ (position / ALIGNMENT_BYTES)) >>> 0);
}

/** True when the bytes of the whole frame at `bytes[at]` are what its writer sealed at `position`. */
export function isFrameIntact(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  position: number,
  seed: number,
): boolean {
  return view.getUint32(at + AT_CHECKSUM, true) ===
    frameChecksum(bytes, view, at, position, seed);
}

/** Bytes from the start of the frame at `at` to the next one. Needs only its header. */
export function frameLength(view: DataView, at: number): number {
  return frameBytes(
    view.getUint16(at + AT_TAGS_BYTES, true),
    view.getUint32(at + AT_PAYLOAD_BYTES, true),
  );
}

/** The sequence number of the frame at `at`. */
export function frameSeq(view: DataView, at: number): number {
  return getUint64(view, at + AT_SEQ);
}

/** The time of the frame at `at`. */
export function frameTime(view: DataView, at: number): Timestamp {
  return { seconds: frameSeconds(view, at), nanos: frameNanos(view, at) };
}

/** Seconds of the time of the frame at `at`. */
export function frameSeconds(view: DataView, at: number): number {
  return view.getUint32(at + AT_TIME, true) +
    (view.getUint32(at + AT_TIME + 4, true) >>> 30) * 2 ** 32;
}

/** Nanoseconds of the time of the frame at `at`. */
export function frameNanos(view: DataView, at: number): number {
  return view.getUint32(at + AT_TIME + 4, true) & 0x3fffffff;
}

/** Where the tags of the frame at `at` end and its payload starts. */
export function frameTagsEnd(view: DataView, at: number): number {
  return at + FRAME_HEADER_BYTES + view.getUint16(at + AT_TAGS_BYTES, true);
}

/** Where the payload of the frame at `at` ends. */
export function frameContentEnd(view: DataView, at: number): number {
  return frameTagsEnd(view, at) + view.getUint32(at + AT_PAYLOAD_BYTES, true);
}
