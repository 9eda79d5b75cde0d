/**
 * Lengths of time as people type them (the DURATION grammar) and as they read them.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";

/** A length of time, with the text it was given by. */
export interface Duration {
  /** The text as typed, to be repeated in messages. */
  readonly text: string;
  /** Its length in milliseconds. */
  readonly ms: number;
}

const DURATION = /^(\d+)(ms|s|m|h)$/;
const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads digits followed at once by `ms`, `s`, `m` or `h`.
 *
 * @throws {UsageError} when `text` is anything else, or past 2^53 - 1 milliseconds.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseDuration("5s"), { text: "5s", ms: 5000 });
 * ```
 */
export function parseDuration(text: string): Duration {
  const match = DURATION.exec(text);
  const ms = match === null ? undefined : Number(match[1]) * UNIT_MS[match[2]];
  if (!Number.isSafeInteger(ms)) {
    throw new UsageError(`not a duration: ${JSON.stringify(text)}`, {
      hint: "Use whole digits and a unit, ms, s, m or h: 500ms, 30s, 5m, 1h.",
    });
  }
  return { text, ms: ms! };
}

const AGE_UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
];

/**
 * Says how long before `nowMs` the time `thenMs` was (both milliseconds since 1970),
 * in the largest unit that fits. Times to come count as now.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatAge(0, 150_000), "2m ago");
 * ```
 */
export function formatAge(thenMs: number, nowMs: number): string {
  const ageMs = nowMs - thenMs;
  for (const [unit, unitMs] of AGE_UNITS) {
    if (ageMs >= unitMs) return `${Math.floor(ageMs / unitMs)}${unit} ago`;
  }
  return "just now";
}
