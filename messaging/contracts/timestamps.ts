/**
 * Times as they travel: RFC 3339 text, in UTC when written here. Inside, a time is a
 * whole number of milliseconds since 1970.
 *
 * @module
 */

const RFC3339 = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/;

/** The time that stands for none: the first second of the year 1. */
export const ZERO_TIME_MS: number = -62_135_596_800_000;

/**
 * Reads an RFC 3339 time as milliseconds since 1970.
 *
 * @returns the time, rounded down to a millisecond; undefined when `text` is none, or
 * names a day that no calendar has.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseTime("1970-01-01T00:00:01.25Z"), 1250);
 * assertEquals(parseTime("yesterday"), undefined);
 * ```
 */
export function parseTime(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, date, time, fraction = "", offset] = match;
  const utcMs = Date.parse(`${date}T${time}Z`);
  // JavaScript takes 30 February for 2 March, and 24:00:00 for midnight: neither is RFC 3339.
  const isDay = new Date(utcMs).getUTCDate() === Number(date.slice(-2));
  if (!isDay || time.startsWith("24")) return undefined;
  const wholeMs = offset === "Z" ? utcMs : Date.parse(`${date}T${time}${offset}`);
  if (Number.isNaN(wholeMs)) return undefined;
  return wholeMs + Number(fraction.slice(0, 3).padEnd(3, "0"));
}

/**
 * Writes a time in whole seconds, rounded down: `2031-03-04T05:06:07Z`.
 *
 * @param timeMs milliseconds since 1970.
 */
export function formatTime(timeMs: number): string {
  return new Date(Math.floor(timeMs)).toISOString().replace(/\.\d+Z$/, "Z");
}

/**
 * Writes a time with as many digits of a fraction as it needs, which is none for a whole
 * second and three at most: a clock here counts milliseconds.
 *
 * @param timeMs milliseconds since 1970.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatTimeNano(1500), "1970-01-01T00:00:01.5Z");
 * ```
 */
export function formatTimeNano(timeMs: number): string {
  return new Date(Math.floor(timeMs)).toISOString().replace(/\.?0*Z$/, "Z");
}

/** The same time in whole seconds and UTC; undefined when `text` is missing or is no time. */
export function wholeSeconds(text: string | null | undefined): string | undefined {
  const timeMs = parseTime(text ?? "");
  return timeMs === undefined ? undefined : formatTime(timeMs);
}
