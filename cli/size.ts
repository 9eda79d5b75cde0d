/**
 * The SIZE grammar: a number of bytes as people type it.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";

const SIZE = /^\s*(\d+)([kmg]?)\s*$/i;
const UNIT_BYTES: Record<string, number> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/**
 * Reads decimal digits with an optional `K`, `M` or `G` (1024-based, either case)
 * as a number of bytes.
 *
 * @throws {UsageError} when `text` is anything else, or past 2^53 - 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseSize("64K"), 65536);
 * ```
 */
export function parseSize(text: string): number {
  const match = SIZE.exec(text);
  const sizeBytes = match === null
    ? undefined
    : Number(match[1]) * UNIT_BYTES[match[2].toLowerCase()];
  if (!Number.isSafeInteger(sizeBytes)) {
    throw new UsageError(`not a size: ${JSON.stringify(text)}`, {
      hint: "Use digits, with K, M or G for 1024, 1024^2 or 1024^3: 65536, 64K, 8M.",
    });
  }
  return sizeBytes!;
}
