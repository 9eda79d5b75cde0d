/**
 * CRC-32 run backwards. A checksum here starts from a seed, and for given bytes each
 * seed gives another sum: so bytes and their sum tell the seed. That is how the
 * checksums of a damaged pool tell which pool it was and where its frames lie.
 *
 * @module
 */

import { checksum } from "./checksum.ts";

let forward: Uint32Array | undefined;
/** Which entry of {@linkcode forward} has this highest byte: each has another one. */
const byHighByte = new Uint8Array(256);

/** The seed from which the checksum of `bytes[start..end)` is `sum`. */
export function checksumSeed(bytes: Uint8Array, start: number, end: number, sum: number): number {
  forward ??= makeTables();
  let register = ~sum;
  for (let i = end - 1; i >= start; i--) {
    const index = byHighByte[register >>> 24];
    register = ((register ^ forward[index]) << 8) | (index ^ bytes[i]);
  }
  return ~register >>> 0;
}

/** Bytes whose checksum from 0 is `sum`: random ones, and four that make it so. */
export function bytesWithChecksum(length: number, sum: number): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  const at = length - 4;
  // Four bytes change the register as if they were mixed in before four zeros.
  bytes.fill(0, at);
  const needed = checksumSeed(bytes, at, length, sum) ^ checksum(bytes, 0, at, 0);
  for (let i = 0; i < 4; i++) bytes[at + i] = needed >>> (8 * i);
  return bytes;
}

function makeTables(): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    // The table entry of a byte is what that byte alone does to an empty register.
    table[byte] = ~checksum(Uint8Array.of(byte), 0, 1, 0xffffffff) >>> 0;
    byHighByte[table[byte] >>> 24] = byte;
  }
  return table;
}
