/**
 * What the processes of the contention have in common: the pool, and what they record.
 *
 * @module
 */

/** The smallest pool; whoever comes first makes it. */
export const POOL = { name: "crowd", options: { sizeBytes: 8192 } } as const;

/** Numbers that identify a message: by them readers and writers are compared. */
export type Entry = [seq: number, writer: number, counter: number];

const ENTRY_NUMBERS = 3;

/** What a writer tells at its end. */
export interface WriterReport {
  /** How many messages it appended. */
  messages: number;
  /** How many appends it made of them. */
  appends: number;
  /** Longest time one of them took, in milliseconds. */
  longestWaitMs: number;
  /** How many took longer than 1, 10, 100 and 1000 ms. */
  slower: Record<"1" | "10" | "100" | "1000", number>;
}

/** What a reader tells at its end. */
export interface ReaderReport {
  /** How many messages it got. */
  delivered: number;
  /** How many were reported as gaps. */
  missed: number;
  /** Longest time between two batches or messages, in milliseconds. */
  longestSilenceMs: number;
  /** The last message. */
  lastSeq: number;
}

/** Entries of messages, to be kept in memory and handed over in a file. */
export class Entries {
  #numbers = new Uint32Array(ENTRY_NUMBERS * 1024);
  #length = 0;

  /** Adds an entry. */
  add(...entry: Entry): void {
    if (this.#length === this.#numbers.length) {
      const grown = new Uint32Array(2 * this.#length);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers.set(entry, this.#length);
    this.#length += ENTRY_NUMBERS;
  }

  /** Writes all of them to `path`. */
  save(path: string): void {
    const { buffer } = this.#numbers;
    Deno.writeFileSync(path, new Uint8Array(buffer, 0, 4 * this.#length));
  }
}

/** The entries in a file that {@linkcode Entries} wrote. */
export function* entriesIn(path: string): Iterable<Entry> {
  const numbers = new Uint32Array(Deno.readFileSync(path).buffer);
  for (let at = 0; at < numbers.length; at += ENTRY_NUMBERS) {
    yield [numbers[at], numbers[at + 1], numbers[at + 2]];
  }
}
