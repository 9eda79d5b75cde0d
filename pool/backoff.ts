/**
 * How long to wait before the next attempt to reach a server that is away.
 *
 * @module
 */

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;

/**
 * The wait before attempt `attempt` (1 for the first), in milliseconds: it doubles up to
 * ten seconds. Half of it is chance, so that all who lost a server do not come back to
 * it at the same time.
 *
 * @param random From 0 up to 1.
 */
export function backoffMs(attempt: number, random: number = Math.random()): number {
  const whole = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return Math.round(whole / 2 + random * whole / 2);
}
