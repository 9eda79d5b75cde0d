/**
 * Messages that can be checked without knowing where they come from: everything in one
 * follows from who wrote it and its number, and sizes vary.
 *
 * @module
 */

/** What the writer processes append. */
export interface Workload {
  /** Who wrote it. */
  writer: number;
  /** Which one of the writer's messages it is, from 1. */
  counter: number;
  /** Text that belongs to no other message. */
  fill: string;
}

/** Longest `fill`, in characters. */
const FILL_CHARS_MAX = 3000;

/** The message number `counter` of `writer`. */
export function makeMessage(writer: number, counter: number): Workload {
  const random = scramble(writer * 1_000_003 + counter);
  // Mostly small, now and then large.
  const chars = random % 10 === 0 ? random % FILL_CHARS_MAX : random % 200;
  const piece = `${writer}.${counter}.${random.toString(36)}/`;
  return { writer, counter, fill: piece.repeat(Math.ceil(chars / piece.length)).slice(0, chars) };
}

/** The tags of that message. */
export function makeTags(writer: number, counter: number): string[] {
  return counter % 3 === 0 ? [] : [`w${writer}`, `n${counter % 7}`];
}

/** Whether these are the data and tags of one message, complete and unmixed. */
export function isGenuine(data: unknown, tags: readonly string[]): data is Workload {
  const { writer, counter } = data as Workload;
  return JSON.stringify(data) === JSON.stringify(makeMessage(writer, counter)) &&
    JSON.stringify(tags) === JSON.stringify(makeTags(writer, counter));
}

/** A 32-bit mix of `value`, always the same for the same value. */
function scramble(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return (x ^ (x >>> 16)) >>> 0;
}
