/**
 * Lengths of time in messaging: `1h30m` as people type them, and as they are shown.
 *
 * @module
 */

const UNIT_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "µs": 1_000n,
  "μs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const DURATION = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g;

/** The longest duration: what 64 bits hold of nanoseconds. */
const DURATION_MAX_NS = 2n ** 63n - 1n;

/**
 * Reads a duration: numbers with a unit each, `ns`, `us` (or `µs`), `ms`, `s`, `m`, `h`, one
 * after the other, such as `30m`, `1h30m` and `1.5h`; a sign before them; or `0`.
 *
 * @returns milliseconds, with a fraction when there is one; undefined when `text` is no
 * duration, or is longer than 292 years.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseDuration("1h30m"), 5_400_000);
 * assertEquals(parseDuration("90"), undefined);
 * ```
 */
export function parseDuration(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  let totalNs = 0n;
  for (const [, whole, fraction, unit] of match[2].matchAll(PART)) {
    const unitNs = UNIT_NS[unit];
    totalNs += BigInt(whole || "0") * unitNs;
    totalNs += BigInt(fraction || "0") * unitNs / 10n ** BigInt(fraction.length);
  }
  const isNegative = match[1] === "-";
  if (totalNs > DURATION_MAX_NS + (isNegative ? 1n : 0n)) return undefined;
  const ms = Number(totalNs / 1_000_000n) + Number(totalNs % 1_000_000n) / 1e6;
  return isNegative ? -ms : ms;
}

/**
 * Shows whole seconds as hours, minutes and seconds; hours are not folded into days.
 *
 * @param seconds 0 or more.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([0, 45, 1800, 86400].map(formatSeconds), ["0s", "45s", "30m0s", "24h0m0s"]);
 * ```
 */
export function formatSeconds(seconds: number): string {
  const s = `${seconds % 60}s`;
  if (seconds < 60) return s;
  const m = `${Math.floor(seconds / 60) % 60}m${s}`;
  return seconds < 3600 ? m : `${Math.floor(seconds / 3600)}h${m}`;
}
