/**
 * Sizes, ages, rates and times as people read them, and sizes as people write them.
 *
 * @module
 */

const SIZE = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i;
const UNITS = ["", "k", "m", "g", "t"];
const count = new Intl.NumberFormat("en");

/** A whole number with separators. */
export function formatCount(value: number): string {
  return count.format(value);
}

/** A size in bytes, such as `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  const digits = unit === 0 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${unit === 0 ? "B" : UNITS[unit].toUpperCase() + "iB"}`;
}

/** Reads a size such as `64M` in bytes, in powers of 1024; undefined when it is none. */
export function parseBytes(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (match === null) return undefined;
  return Math.floor(Number(match[1]) * 1024 ** UNITS.indexOf(match[2].toLowerCase()));
}

/** An age, such as `5 s` or `2 h`. */
export function formatAge(ms: number): string {
  if (ms < 1000) return "now";
  const steps: [number, string][] = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"]];
  const [size, unit] = steps.find(([size]) => ms >= size) ?? [1000, "s"];
  return `${Math.floor(ms / size)} ${unit}`;
}

/** A share of 100, small ones to the tenth. */
export function formatPercent(percent: number): string {
  return `${percent < 10 && percent > 0 ? percent.toFixed(1) : Math.floor(percent)} %`;
}

/** Messages a second. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return "0";
  if (perSecond < 0.1) return "<0.1";
  return perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));
}

/** A time of day to the millisecond, in this place; other days with their date instead. */
export function formatTime(rfc3339: string, today: string): string {
  const date = toDate(rfc3339);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  const day = localDay(date);
  if (day !== today) return `${day.slice(5)} ${time}`;
  return `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** The day of `date` in this place, such as `2026-01-31`. */
export function localDay(date: Date): string {
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

/** Not every browser reads nine fractional digits. */
function toDate(rfc3339: string): Date {
  return new Date(rfc3339.replace(/(\.\d{3})\d+/, "$1"));
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
