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

/** Most messages that writers append together. */
export const BATCH_MAX = 8;

/** Messages in as many batches as there are sizes: 1, 2, and so on to the largest. */
const BATCH_CYCLE = BATCH_MAX * (BATCH_MAX + 1) / 2;

/** The tags of messages that were not appended in the batches that {@linkcode batchOf} tells. */
export const UNBATCHED_TAGS: readonly string[] = ["unbatched"];

/** Bytes of a frame beside tags and payload, and what its length is a multiple of. */
const FRAME_OVERHEAD_BYTES = 28;
const FRAME_ALIGNMENT_BYTES = 8;

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

/** Which messages of a writer go together: sizes rise by one to the largest, then begin anew. */
export function batchOf(counter: number): { first: number; size: number } {
  let before = (counter - 1) % BATCH_CYCLE;
  let first = counter - before;
  for (let size = 1;; size++) {
    if (before < size) return { first, size };
    before -= size;
    first += size;
  }
}

/** The messages of the batch that starts with number `first`, ready to be appended. */
export function makeBatch(writer: number, first: number): { data: Workload; tags: string[] }[] {
  return Array.from({ length: batchOf(first).size }, (_, i) => ({
    data: makeMessage(writer, first + i),
    tags: makeTags(writer, first + i),
  }));
}

/** Bytes that the batch that starts with number `first` takes in a ring. */
export function batchBytes(writer: number, first: number): number {
  return makeBatch(writer, first).reduce((sum, { data, tags }) => {
    const texts = JSON.stringify(data).length + (tags.length > 0 ? JSON.stringify(tags).length : 0);
    const units = Math.ceil((FRAME_OVERHEAD_BYTES + texts) / FRAME_ALIGNMENT_BYTES);
    return sum + units * FRAME_ALIGNMENT_BYTES;
  }, 0);
}

/** Whether these tags say that the message was appended by itself, or with any others. */
export function isUnbatched(tags: readonly string[]): boolean {
  return tags[0] === UNBATCHED_TAGS[0];
}

/** Whether these are the data and tags of one message, complete and unmixed. */
export function isGenuine(data: unknown, tags: readonly string[]): data is Workload {
  const { writer, counter } = data as Workload;
  const expectedTags = isUnbatched(tags) ? UNBATCHED_TAGS : makeTags(writer, counter);
  return JSON.stringify(data) === JSON.stringify(makeMessage(writer, counter)) &&
    JSON.stringify(tags) === JSON.stringify(expectedTags);
}

/** A 32-bit mix of `value`, always the same for the same value. */
function scramble(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return (x ^ (x >>> 16)) >>> 0;
}
