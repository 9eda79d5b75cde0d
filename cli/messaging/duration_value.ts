/**
 * Lengths of time as messaging has them: `30m`, `1h30m`, `1.5s`.
 *
 * @module
 */

import { parseDuration } from "../../messaging/internal_mod.ts";
import { UsageError } from "../../pool/mod.ts";

/**
 * The milliseconds of a duration.
 *
 * @param flag The flag that it was given with, as typed.
 * @throws {UsageError} when `text` is none, or below 0.
 */
export function durationValue(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 0) return ms;
  throw new UsageError(`${flag}: not a duration: ${JSON.stringify(text)}`, {
    hint: "Use digits and a unit, ms, s, m or h, as in 30s, 5m or 1h30m.",
  });
}
