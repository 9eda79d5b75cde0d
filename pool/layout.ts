/**
 * How a pool file is divided, and the identity block that says so. docs/format.md is the
 * specification.
 *
 * @module
 */

import {
  ALIGNMENT_BYTES,
  alignUp,
  getTime,
  getUint64,
  setTime,
  setUint64,
  viewOf,
} from "./binary.ts";
import { checksum } from "./checksum.ts";
import { CorruptError, UsageError } from "./errors.ts";
import { INDEX_ENTRY_BYTES } from "./index_entry.ts";
import type { Timestamp } from "./timestamp.ts";

/** `PLSM`: the magic number shared with upstream Plasmite. */
export const MAGIC = 0x4d534c50;

/** The file version; upstream counts from 1 and will not come this far. */
export const FORMAT_VERSION = 1_000_001;

/** Bytes before the index. */
export const HEADER_BYTES = 4096;

/** Bytes of the identity block at offset 0. */
export const IDENTITY_BYTES = 128;

/** Smallest pool file. */
export const MIN_POOL_BYTES = 8192;

/** Largest pool file: 1 TiB. */
export const MAX_POOL_BYTES = 2 ** 40;

/** Size of a pool file when nobody says: 1 MiB. */
export const DEFAULT_POOL_BYTES = 1024 * 1024;

/** Ring bytes an index entry stands for when nobody says. */
const DEFAULT_INDEX_SPAN_BYTES = 16 * 1024;

/** File bytes there must be for each index entry: the index takes half of the file at most. */
const BYTES_PER_INDEX_ENTRY_MIN = 64;

/** Smallest ring. */
const MIN_RING_BYTES = 1024;

/** Index entries a small pool gets at least, when nobody says. */
const DEFAULT_INDEX_CAPACITY_MIN = 32;

/** Sizes and limits fixed when a pool is created. */
export interface PoolOptions {
  /** Size of the whole file in bytes, 8 KiB to 1 TiB. Default 1 MiB. */
  sizeBytes?: number;
  /**
   * Number of index entries of 32 bytes; 0 for no index, which makes finding a
   * message as slow as reading the pool. At most one for 64 bytes of the file.
   * Default one for 16 KiB, and 32 at least.
   */
  indexCapacity?: number;
  /** Stop delivering messages older than this many milliseconds. Default 0: no limit. */
  maxAgeMs?: number;
  /**
   * Deliver only this many newest messages; numbers that an import or a repair left out
   * count as well. Default 0: no limit.
   */
  maxMessages?: number;
}

/** Where the parts of a pool file are; fixed for its life. */
export interface Layout {
  fileBytes: number;
  indexOffset: number;
  indexCapacity: number;
  /** Ring bytes from one index entry to the next; 0 when there is no index. */
  indexSpanBytes: number;
  ringOffset: number;
  ringBytes: number;
}

/** Which pool this is; fixed for its life. */
export interface Identity {
  layout: Layout;
  /** 16 random bytes, RFC 9562 UUID version 4. */
  id: Uint8Array;
  created: Timestamp;
  maxAgeMs: number;
  maxMessages: number;
  /** Where the checksums of this pool's states and frames start: the CRC-32 of `id`. */
  seed: number;
}

/**
 * Divides a file into header, index and ring.
 *
 * @throws {UsageError} when a size is out of range.
 */
export function planLayout(options: PoolOptions = {}): Layout {
  const fileBytes = options.sizeBytes ?? DEFAULT_POOL_BYTES;
  if (
    !Number.isSafeInteger(fileBytes) || fileBytes < MIN_POOL_BYTES || fileBytes > MAX_POOL_BYTES
  ) {
    throw new UsageError(`pool size must be ${MIN_POOL_BYTES} to ${MAX_POOL_BYTES} bytes`, {
      hint: "Use a size such as 65536 (64K), 1048576 (1M) or 1073741824 (1G).",
    });
  }
  const indexCapacity = options.indexCapacity ?? defaultIndexCapacity(fileBytes);
  if (!Number.isSafeInteger(indexCapacity) || indexCapacity < 0) {
    throw new UsageError("index capacity must be a whole number, 0 or more");
  }
  if (!indexFits(fileBytes, indexCapacity)) {
    throw new UsageError(`an index of ${indexCapacity} entries is too large for this pool`, {
      hint: "Use fewer index entries, or a larger pool.",
    });
  }
  return { fileBytes, indexCapacity, ...divide(fileBytes, indexCapacity) };
}

function defaultIndexCapacity(fileBytes: number): number {
  return Math.max(DEFAULT_INDEX_CAPACITY_MIN, Math.ceil(fileBytes / DEFAULT_INDEX_SPAN_BYTES));
}

function indexFits(fileBytes: number, indexCapacity: number): boolean {
  return indexCapacity <= fileBytes / BYTES_PER_INDEX_ENTRY_MIN &&
    HEADER_BYTES + indexCapacity * INDEX_ENTRY_BYTES + MIN_RING_BYTES <= fileBytes;
}

function divide(
  fileBytes: number,
  indexCapacity: number,
): Omit<Layout, "fileBytes" | "indexCapacity"> {
  const ringOffset = alignUp(HEADER_BYTES + indexCapacity * INDEX_ENTRY_BYTES);
  const ringBytes = alignDown(fileBytes - ringOffset);
  const indexSpanBytes = indexCapacity === 0 ? 0 : alignUp(Math.ceil(ringBytes / indexCapacity));
  return { indexOffset: HEADER_BYTES, indexSpanBytes, ringOffset, ringBytes };
}

function alignDown(bytes: number): number {
  return Math.floor(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

/** The identity block of a pool. */
export function encodeIdentity(identity: Identity): Uint8Array {
  const bytes = new Uint8Array(IDENTITY_BYTES);
  const view = viewOf(bytes);
  const { layout } = identity;
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT_VERSION, true);
  view.setUint32(12, HEADER_BYTES, true);
  setUint64(view, 16, layout.fileBytes);
  setUint64(view, 24, layout.indexCapacity);
  setUint64(view, 32, layout.indexSpanBytes);
  setUint64(view, 40, layout.ringOffset);
  setUint64(view, 48, layout.ringBytes);
  bytes.set(identity.id, 56);
  setTime(view, 72, identity.created);
  setUint64(view, 80, identity.maxAgeMs);
  setUint64(view, 88, identity.maxMessages);
  view.setUint32(8, checksum(bytes, 12, IDENTITY_BYTES, 0), true);
  return bytes;
}

/**
 * Reads the identity block of a file that has `fileBytes` bytes.
 *
 * @throws {UsageError} when it is a pool of another version.
 * @throws {CorruptError} when it is no pool, or not an intact one.
 */
export function decodeIdentity(bytes: Uint8Array, fileBytes: number, path: string): Identity {
  if (bytes.length < IDENTITY_BYTES) throw corrupt("the file is too short to be a pool", path, 0);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MAGIC) throw corrupt("the file is not a pool", path, 0);
  const version = view.getUint32(4, true);
  if (version !== FORMAT_VERSION) throw otherVersion(version, path);
  if (view.getUint32(8, true) !== checksum(bytes, 12, IDENTITY_BYTES, 0)) {
    throw corrupt("the pool header is damaged", path, 8);
  }
  const layout = decodeLayout(view);
  if (layout === undefined || layout.fileBytes !== fileBytes) {
    throw corrupt("the pool header does not fit the size of the file", path, 16);
  }
  const id = bytes.slice(56, 72);
  return {
    layout,
    id,
    created: getTime(view, 72),
    maxAgeMs: getUint64(view, 80),
    maxMessages: getUint64(view, 88),
    seed: checksum(id, 0, id.length, 0),
  };
}

/** Undefined when the numbers contradict each other. */
function decodeLayout(view: DataView): Layout | undefined {
  const fileBytes = getUint64(view, 16);
  const indexCapacity = getUint64(view, 24);
  if (fileBytes < MIN_POOL_BYTES || fileBytes > MAX_POOL_BYTES) return undefined;
  if (!indexFits(fileBytes, indexCapacity)) return undefined;
  const layout = { fileBytes, indexCapacity, ...divide(fileBytes, indexCapacity) };
  const consistent = view.getUint32(12, true) === HEADER_BYTES &&
    getUint64(view, 32) === layout.indexSpanBytes &&
    getUint64(view, 40) === layout.ringOffset &&
    getUint64(view, 48) === layout.ringBytes;
  return consistent ? layout : undefined;
}

function otherVersion(version: number, path: string): UsageError {
  return new UsageError(`pool file version ${version} is not supported`, {
    path,
    hint: version < FORMAT_VERSION
      ? "This is a pool of upstream Plasmite: read it with that program, or migrate it by piping `plasmite follow --jsonl` into `pls feed`. `plasmite doctor` checks it."
      : "The pool was made by a newer pls: upgrade this one.",
  });
}

function corrupt(message: string, path: string, offset: number): CorruptError {
  return new CorruptError(message, {
    path,
    offset,
    hint: "Run `pls doctor` on it to see what is left. Recreate the pool if it is not needed.",
  });
}
