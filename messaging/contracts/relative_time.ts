/**
 * How long ago something was, in words.
 *
 * @module
 */

const UNITS: readonly (readonly [string, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

/**
 * Says how long before `nowMs` the time `timeMs` was (both milliseconds since 1970), in the
 * largest unit that fits, rounded down. Less than a second ago, and times to come, are
 * `just now`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(relativeTime(0, 59_999), "59 seconds ago");
 * assertEquals(relativeTime(0, 60_000), "1 minute ago");
 * ```
 */
export function relativeTime(timeMs: number, nowMs: number): string {
  const agoMs = nowMs - timeMs;
  for (const [unit, unitMs] of UNITS) {
    if (agoMs < unitMs) continue;
    const count = Math.floor(agoMs / unitMs);
    return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}
