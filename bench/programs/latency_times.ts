/**
 * What the programs that measure latency agree on.
 *
 * @module
 */

/** Messages without a number that go ahead of those that count. */
export const WARM_UP_MESSAGES = 1000;

/** When the messages that count were sent, in milliseconds since 1970, by their numbers. */
export interface SentTimes {
  /** Just before they were handed over. */
  calledMs: number[];
  /** Just after they counted as appended. */
  returnedMs: number[];
}

/** Now in milliseconds since 1970, to microseconds, the same in all processes. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
