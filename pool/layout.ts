/**
 * The bytes of a pool file outside the ring: identity, state slots, index entries.
 * docs/format.md is the specification; this file encodes and decodes it.
 *
 * Everything is little-endian. 64-bit numbers are read as JavaScript numbers and
 * refused above 2^53 - 1, which no pool reaches: it is 9 PB through one ring.
 *
 * @module
 */

import { checksum } from "./checksum.ts";
import { CorruptError, UsageError } from "./errors.ts";
import { MAX_SECONDS, type Timestamp } from "./timestamp.ts";

/** `PLSM`: the magic number shared with upstream Plasmite. */
export const MAGIC = 0x4d534c50;
/** The file version; upstream counts from 1 and will not come this far. */
export const FORMAT_VERSION = 1_000_001;
/** Bytes before the index. */
export const HEADER_BYTES = 4096;
/** Bytes of the identity block at offset 0. */
export const IDENTITY_BYTES = 128;
/** Offset of each state slot: one 512-byte sector each, so that no torn write hits both. */
export const STATE_OFFSETS = [512, 1024] as const;
/** Bytes of a state slot. */
export const STATE_BYTES = 64;
/** Bytes that hold both state slots, from the first one's offset on. */
export const STATE_SPAN_BYTES = STATE_OFFSETS[1] + STATE_BYTES - STATE_OFFSETS[0];
/** Bytes of an index entry: entries never straddle a sector. */
export const INDEX_ENTRY_BYTES = 32;
/** Frames start at multiples of this many bytes. */
export const ALIGNMENT_BYTES = 8;

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
  /** Deliver only this many newest messages. Default 0: no limit. */
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

/** The changing part of the header. Positions count bytes since the pool was created. */
export interface State {
  /** Goes up by one with every state written. */
  generation: number;
  /** Position where the next frame starts. */
  head: number;
  /** Position of the oldest retained frame; equals `head` when the pool is empty. */
  tail: number;
  /** Position of the newest frame; means nothing when the pool is empty. */
  newest: number;
  /** Sequence number the next message gets. */
  nextSeq: number;
  /** Sequence number of the oldest retained message; `nextSeq` when the pool is empty. */
  oldestSeq: number;
  /** Time of the newest message ever appended. */
  lastTime: Timestamp;
  /** True once the pool was deleted: nobody may append to it any more. */
  deleted: boolean;
}

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
      hint: "Use a size such as 64K, 1M, 8M or 1G.",
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

/** The next multiple of the frame alignment. */
export function alignUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
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

/** The state of a pool that has just been created. */
export const INITIAL_STATE: State = {
  generation: 0,
  head: 0,
  tail: 0,
  newest: 0,
  nextSeq: 1,
  oldestSeq: 1,
  lastTime: { seconds: 0, nanos: 0 },
  deleted: false,
};

const FLAG_DELETED = 1;

/** Writes a state slot at `bytes[0..64)`. */
export function encodeState(state: State, seed: number, bytes: Uint8Array, view: DataView): void {
  view.setUint32(4, state.deleted ? FLAG_DELETED : 0, true);
  setUint64(view, 8, state.generation);
  setUint64(view, 16, state.head);
  setUint64(view, 24, state.tail);
  setUint64(view, 32, state.nextSeq);
  setUint64(view, 40, state.oldestSeq);
  setTime(view, 48, state.lastTime);
  setUint64(view, 56, state.newest);
  view.setUint32(0, checksum(bytes, 4, STATE_BYTES, seed), true);
}

/** The offset of the slot that holds states of this generation: they alternate. */
export function stateOffset(generation: number): number {
  return STATE_OFFSETS[generation % 2];
}

/**
 * Reads the newer intact one of the two state slots in `bytes`, which starts at the
 * first slot. Undefined when neither is intact.
 */
export function decodeState(
  bytes: Uint8Array,
  view: DataView,
  identity: Identity,
): State | undefined {
  const newerIsFirst = getUint64(view, 8) >= getUint64(view, SECOND_SLOT + 8);
  const [newer, older] = newerIsFirst ? [0, SECOND_SLOT] : [SECOND_SLOT, 0];
  return decodeSlot(bytes, view, newer, identity) ?? decodeSlot(bytes, view, older, identity);
}

/** Whether both slots hold an intact state. */
export function areBothStatesIntact(
  bytes: Uint8Array,
  view: DataView,
  identity: Identity,
): boolean {
  return [0, SECOND_SLOT].every((at) => decodeSlot(bytes, view, at, identity) !== undefined);
}

/** Where the second slot is when the first one is at 0. */
const SECOND_SLOT = STATE_OFFSETS[1] - STATE_OFFSETS[0];

function decodeSlot(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  { seed, layout }: Identity,
): State | undefined {
  const sum = checksum(bytes, at + 4, at + STATE_BYTES, seed);
  if (view.getUint32(at, true) !== sum) return undefined;
  const state: State = {
    generation: getUint64(view, at + 8),
    head: getUint64(view, at + 16),
    tail: getUint64(view, at + 24),
    newest: getUint64(view, at + 56),
    nextSeq: getUint64(view, at + 32),
    oldestSeq: getUint64(view, at + 40),
    lastTime: getTime(view, at + 48),
    deleted: (view.getUint32(at + 4, true) & FLAG_DELETED) !== 0,
  };
  return isPlausible(state, layout) ? state : undefined;
}

/** A checksum says that a writer wrote this; a hostile one may have written nonsense. */
function isPlausible(state: State, layout: Layout): boolean {
  return state.head <= Number.MAX_SAFE_INTEGER && state.nextSeq <= Number.MAX_SAFE_INTEGER &&
    state.generation <= Number.MAX_SAFE_INTEGER &&
    state.tail <= state.head && state.head - state.tail <= layout.ringBytes &&
    (state.head === state.tail || (state.tail <= state.newest && state.newest < state.head)) &&
    state.head % ALIGNMENT_BYTES === 0 && state.tail % ALIGNMENT_BYTES === 0 &&
    state.oldestSeq >= 1 && state.oldestSeq <= state.nextSeq &&
    (state.head === state.tail) === (state.oldestSeq === state.nextSeq);
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

function corrupt(message: string, path: string, offset: number): CorruptError {
  return new CorruptError(message, {
    path,
    offset,
    hint: "Run `pls doctor` on it to see what is left. Recreate the pool if it is not needed.",
  });
}
