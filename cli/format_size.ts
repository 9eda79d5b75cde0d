/**
 * A number of bytes as people read it.
 *
 * @module
 */

import { format } from "@std/fmt/bytes";

/**
 * Writes a number of bytes for people: three significant digits and a binary unit.
 *
 * @param sizeBytes 0 or more.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatSize(1536), "1.5 KiB");
 * ```
 */
export function formatSize(sizeBytes: number): string {
  // The unit is Ki, with a capital, and only there is the library of another opinion.
  return format(sizeBytes, { binary: true }).replace("kiB", "KiB");
}
