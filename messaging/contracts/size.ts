/**
 * The sizes of `--max-bytes`: digits, and a unit if wanted.
 *
 * @module
 */

import { newError } from "./error.ts";

const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  ki: 2 ** 10,
  kib: 2 ** 10,
  m: 1e6,
  mb: 1e6,
  mi: 2 ** 20,
  mib: 2 ** 20,
  g: 1e9,
  gb: 1e9,
  gi: 2 ** 30,
  gib: 2 ** 30,
};

/**
 * Reads a number of bytes: digits followed at once by nothing, `b`, or `k`, `m` or `g` with
 * `b` (1000-based), `i` or `ib` (1024-based), in either case.
 *
 * @throws {MessagingError} `E_INVALID_PIPE` for anything else, and past 2^53 - 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([parseMaxBytes("64KiB"), parseMaxBytes("2m")], [65536, 2_000_000]);
 * ```
 */
export function parseMaxBytes(text: string): number {
  const match = /^(\d+)([kmg]i?b?|b?)$/i.exec(text);
  const sizeBytes = match === null ? NaN : Number(match[1]) * UNIT_BYTES[match[2].toLowerCase()];
  if (!Number.isSafeInteger(sizeBytes)) throw newError("E_INVALID_PIPE");
  return sizeBytes;
}
