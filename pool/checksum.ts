/**
 * CRC-32 as in zlib and PNG (polynomial 0xEDB88320), over part of a byte array.
 *
 * `node:zlib` has a native one that runs at some 10 GB/s, but loading any `node:`
 * module costs a process about 20 ms, more than a one-shot append takes in all. So
 * the first {@linkcode NATIVE_THRESHOLD_BYTES} are summed here, in JavaScript, and
 * the native function is loaded when there is more than that to do. Both give the
 * same sums.
 *
 * @module
 */

/**
 * Bytes summed in JavaScript before the native function is loaded: 4 to 8 ms, so that who has a
 * little more than that to do loses no more than half.
 */
const NATIVE_THRESHOLD_BYTES = 4 * 1024 * 1024;

/** Bytes that are summed in JavaScript at any time: those of a state. */
const PORTABLE_BYTES_MAX = 64;

type Checksum = (bytes: Uint8Array, seed: number) => number;

/** Four tables of 256, one for each byte of a word: it is summed in one step. */
let tables: Int32Array | undefined;
let native: Checksum | undefined;
let summedBytes = 0;

/**
 * Returns the CRC-32 of `bytes[start..end)` as an unsigned 32-bit number,
 * continuing from `seed`. The same bytes under different seeds have different sums.
 */
export function checksum(bytes: Uint8Array, start: number, end: number, seed: number): number {
  // The call alone takes the native one as long as so few bytes take the other.
  if (end - start <= PORTABLE_BYTES_MAX) return portableChecksum(bytes, start, end, seed);
  if (native !== undefined) return native(bytes.subarray(start, end), seed);
  summedBytes += end - start;
  if (summedBytes > NATIVE_THRESHOLD_BYTES) {
    native = loadNative();
    return native(bytes.subarray(start, end), seed);
  }
  return portableChecksum(bytes, start, end, seed);
}

/** The JavaScript form of {@linkcode checksum}; exported so that a test can compare the two. */
export function portableChecksum(
  bytes: Uint8Array,
  start: number,
  end: number,
  seed: number,
): number {
  tables ??= makeTables();
  let sum = ~seed;
  let at = start;
  for (const wordsEnd = end - 3; at < wordsEnd; at += 4) {
    sum ^= bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
    sum = tables[768 + (sum & 0xff)] ^ tables[512 + (sum >>> 8 & 0xff)] ^
      tables[256 + (sum >>> 16 & 0xff)] ^ tables[sum >>> 24];
  }
  for (; at < end; at++) sum = tables[(sum ^ bytes[at]) & 0xff] ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** Loads the native form of {@linkcode checksum}; exported so that a test can compare the two. */
export function loadNative(): Checksum {
  // A static import would make every start of the program pay for it.
  return globalThis.process.getBuiltinModule("node:zlib").crc32;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(1024);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    tables[byte] = sum;
  }
  // Each following one is that of a byte with one more zero byte behind it.
  for (let i = 256; i < tables.length; i++) {
    const sum = tables[i - 256];
    tables[i] = tables[sum & 0xff] ^ (sum >>> 8);
  }
  return tables;
}
