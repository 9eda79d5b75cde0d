/**
 * Message times: nanoseconds since 1970 as whole seconds and nanoseconds, because a
 * JavaScript number can't hold both in one.
 *
 * @module
 */

/** A point in time: `seconds` since 1970-01-01T00:00:00Z and `nanos` 0..999,999,999. */
export interface Timestamp {
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  seconds: number;
  /** Nanoseconds beyond them, 0 to 999,999,999. */
  nanos: number;
}

/** The earliest time there is. */
export const EPOCH: Timestamp = { seconds: 0, nanos: 0 };

/** Seconds a stored time can hold: 34 bits, the year 2514. */
export const MAX_SECONDS = 2 ** 34 - 1;

/** The clock may be off by this much before the fine one is set by it again. */
const CLOCK_DRIFT_LIMIT_MS = 2;

let fineClockOffsetMs = performance.timeOrigin;

/**
 * The wall clock with microseconds. `Date.now()` has only milliseconds, so the
 * monotonic clock fills in the rest, and is set anew when the wall clock was.
 */
export function now(): Timestamp {
  const wallMs = Date.now();
  let fineMs = performance.now() + fineClockOffsetMs;
  if (Math.abs(fineMs - wallMs - 0.5) > CLOCK_DRIFT_LIMIT_MS) {
    fineClockOffsetMs = wallMs - performance.now();
    fineMs = wallMs;
  }
  return fromMilliseconds(fineMs);
}

/** The time `ms` milliseconds after 1970; parts below a microsecond are dropped. */
export function fromMilliseconds(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.floor((ms - seconds * 1000) * 1000) * 1000 };
}

/** Milliseconds since 1970, parts below a millisecond dropped. */
export function toMilliseconds(time: Timestamp): number {
  return time.seconds * 1000 + Math.floor(time.nanos / 1e6);
}

/** Negative when `a` is before `b`, positive when after, 0 when equal. */
export function compareTimes(a: Timestamp, b: Timestamp): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

/** The later of `time` and one nanosecond after `previous`. */
export function laterThan(time: Timestamp, previous: Timestamp): Timestamp {
  if (compareTimes(time, previous) > 0) return time;
  return previous.nanos === 999_999_999
    ? { seconds: previous.seconds + 1, nanos: 0 }
    : { seconds: previous.seconds, nanos: previous.nanos + 1 };
}

let cachedSecond = -1;
let cachedPrefix = "";

/** RFC 3339 in UTC with nine fractional digits: `2026-01-01T00:00:00.123456789Z`. */
export function formatTime(seconds: number, nanos: number): string {
  if (seconds !== cachedSecond) {
    // Years past 9999 do not fit RFC 3339; MAX_SECONDS keeps them out.
    cachedPrefix = new Date(seconds * 1000).toISOString().slice(0, 20);
    cachedSecond = seconds;
  }
  return cachedPrefix + (nanos + 1e9).toString().slice(1) + "Z";
}

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/** Length of what {@linkcode formatTime} writes. */
const FORMATTED_LENGTH = 30;

/** Reads RFC 3339 text with any offset, or returns undefined when it is not that. */
export function parseTime(text: string): Timestamp | undefined {
  // Most times that are read are as we write them, and many of the same second.
  if (text.length === FORMATTED_LENGTH && text.startsWith(cachedPrefix) && text.endsWith("Z")) {
    const nanos = text.slice(20, 29);
    if (cachedSecond >= 0 && /^\d{9}$/.test(nanos)) {
      return { seconds: cachedSecond, nanos: Number(nanos) };
    }
  }
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", offset] = match;
  const zone = offset.toUpperCase();
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  // Date.parse takes 30 February for 2 March; a day that moved is not a date.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number.isNaN(ms) || Number(day) > lastDay) return undefined;
  const seconds = ms / 1000;
  if (text.length === FORMATTED_LENGTH && text[10] === "T" && offset === "Z") {
    cachedPrefix = text.slice(0, 20);
    cachedSecond = seconds;
  }
  return { seconds, nanos: Number(fraction.padEnd(9, "0")) };
}
