/**
 * Where a stream of messages starts, and how people say so.
 *
 * @module
 */

/** Where a stream starts. */
export type StreamStart = { last: number } | { sinceSeq: number } | { since: string };

const AGE = /^(\d+)\s*([smhd])$/i;
const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a place to go to: a sequence number, an age, or a time, which is one of this place
 * unless it says otherwise. Undefined when it is none.
 */
export function parseStart(text: string, nowMs: number): StreamStart | undefined {
  const wanted = text.trim();
  if (/^#?\d+$/.test(wanted)) return { sinceSeq: Number(wanted.replace("#", "")) };
  const age = AGE.exec(wanted);
  if (age !== null) {
    return sinceTime(new Date(nowMs - Number(age[1]) * UNIT_MS[age[2].toLowerCase()]));
  }
  const clock = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(wanted);
  if (clock !== null) {
    const [hours, minutes, seconds] = clock.slice(1).map((part) => Number(part ?? 0));
    return sinceTime(new Date(new Date(nowMs).setHours(hours, minutes, seconds, 0)));
  }
  return /^\d{4}-\d\d-\d\d/.test(wanted) ? sinceTime(new Date(wanted)) : undefined;
}

function sinceTime(date: Date): StreamStart | undefined {
  return Number.isNaN(date.getTime()) ? undefined : { since: date.toISOString() };
}
