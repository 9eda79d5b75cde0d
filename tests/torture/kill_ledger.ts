/**
 * Who is known to have got which sequence number in one pool: the writers were told,
 * and readers saw it. Both must agree, for ever.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

/** A message, by who wrote it and which of the writer's it is. */
export interface Origin {
  writer: number;
  counter: number;
}

/** Everything known about the messages of a pool. */
export class Ledger {
  /** By sequence number, of every append that returned. */
  readonly acknowledged: Map<number, Origin> = new Map();
  readonly #seen = new Map<number, Origin>();
  readonly #newestOf = new Map<number, { seq: number; counter: number }>();
  #lastAcknowledged = 0;

  /** The highest sequence number that anybody was told. */
  get lastAcknowledged(): number {
    return this.#lastAcknowledged;
  }

  /** Notes what a writer was told; to be called in the order in which it was told. */
  acknowledge(seq: number, origin: Origin): void {
    const { writer, counter } = origin;
    const other = this.acknowledged.get(seq);
    assert(other === undefined, `number ${seq} was given to ${name(other)} and ${name(origin)}`);
    this.#agree(seq, origin, this.#seen.get(seq));
    const before = this.#newestOf.get(writer) ?? { seq: 0, counter: 0 };
    assertEquals(counter, before.counter + 1, `writer ${writer} was not told of a message`);
    assert(seq > before.seq, `writer ${writer} got ${seq} after ${before.seq}`);
    this.#newestOf.set(writer, { seq, counter });
    this.acknowledged.set(seq, origin);
    this.#lastAcknowledged = Math.max(this.#lastAcknowledged, seq);
  }

  /** Notes what a reader saw. */
  see(seq: number, origin: Origin): void {
    this.#agree(seq, origin, this.acknowledged.get(seq) ?? this.#seen.get(seq));
    this.#seen.set(seq, origin);
  }

  /** Messages that readers saw though their writers died before they were told. */
  get unacknowledged(): number {
    return [...this.#seen.keys()].filter((seq) => !this.acknowledged.has(seq)).length;
  }

  /** To be called when all writers are gone: nothing was appended twice, or out of order. */
  checkOrder(): void {
    const all = new Map([...this.#seen, ...this.acknowledged]);
    const newestOf = new Map<number, number>();
    for (const seq of [...all.keys()].sort((a, b) => a - b)) {
      const { writer, counter } = all.get(seq)!;
      const before = newestOf.get(writer) ?? 0;
      assert(counter > before, `number ${seq} is ${name({ writer, counter })}, after ${before}`);
      newestOf.set(writer, counter);
    }
  }

  #agree(seq: number, origin: Origin, known: Origin | undefined): void {
    assertEquals(origin, known ?? origin, `number ${seq} is not what it was`);
  }
}

function name(origin: Origin | undefined): string {
  return `message ${origin?.counter} of writer ${origin?.writer}`;
}
