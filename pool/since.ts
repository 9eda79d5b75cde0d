/**
 * The SINCE grammar: an age such as `5m`, or an absolute RFC 3339 time.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import { parseTime, type Timestamp, toMilliseconds } from "./timestamp.ts";

const AGE = /^(\d+)([smhd])$/i;
const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads digits followed by `s`, `m`, `h` or `d` as that long before `nowMs`
 * (milliseconds since 1970), and anything else as RFC 3339 with an offset.
 *
 * @throws {UsageError} when it is neither.
 */
export function parseSince(text: string, nowMs: number): Date {
  return new Date(toMilliseconds(sinceTimestamp(text, nowMs)));
}

/** {@linkcode parseSince} with all nine digits of an absolute time. */
export function sinceTimestamp(since: Date | string, nowMs: number): Timestamp {
  if (since instanceof Date) {
    if (Number.isNaN(since.getTime())) throw new UsageError("since is not a valid date");
    return fromWholeMilliseconds(since.getTime());
  }
  const age = AGE.exec(since);
  if (age !== null) {
    return fromWholeMilliseconds(
      Math.max(0, nowMs - Number(age[1]) * UNIT_MS[age[2].toLowerCase()]),
    );
  }
  const time = parseTime(since);
  if (time === undefined) {
    throw new UsageError(`not a time: ${JSON.stringify(since)}`, {
      hint: "Use an age such as 30s, 5m, 2h or 1d, or RFC 3339 such as 2026-01-01T00:00:00Z.",
    });
  }
  return time;
}

function fromWholeMilliseconds(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1e6 };
}
