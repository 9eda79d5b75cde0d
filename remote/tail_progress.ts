/**
 * How far a tail has come, and what the lines of a stream mean for it.
 *
 * It keeps two promises whatever a server sends and however often a connection breaks:
 * messages come in ascending order, each once; and what is missing between them is told,
 * once.
 *
 * @module
 */

import { gapError, hasFilters, parseEnvelope } from "../pool/internal_mod.ts";
import { type Gap, Message, PlasmiteError, type TailOptions } from "../pool/mod.ts";
import { LineBatch } from "./batch.ts";
import { type EnvelopeSpan, scanEnvelope } from "./envelope_scan.ts";
import { errorOf, isRecord, notUnderstood, parseJson } from "./failure.ts";

/** What a tail does next. */
export type TailItem =
  /** Deliver these. */
  | { readonly batch: LineBatch }
  /** Tell of this. */
  | { readonly gap: Gap }
  /** End with this. */
  | { readonly error: PlasmiteError };

const LINE_FEED = 0x0a;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The place of a tail in its pool. */
export class TailProgress {
  /** All before this number were delivered or told of as a gap. */
  #nextSeq: number;
  /** The server says that nothing before this number is still to come. */
  #positionSeq = 0;
  readonly #pool: string;
  readonly #options: TailOptions;
  readonly #isFiltered: boolean;
  #delivered = 0;

  /** A tail of `pool` that starts with message `startSeq`. */
  constructor(pool: string, startSeq: number, options: TailOptions) {
    this.#pool = pool;
    this.#nextSeq = startSeq;
    this.#options = options;
    this.#isFiltered = hasFilters(options);
  }

  /** Where to go on: the number the next message has if none is missing or held back. */
  get expectedSeq(): number {
    return Math.max(this.#nextSeq, this.#positionSeq);
  }

  /** All that was asked for was delivered. */
  get isDone(): boolean {
    return this.wanted <= 0 || this.expectedSeq > (this.#options.untilSeq ?? Infinity);
  }

  /** How many more messages are wanted; `Infinity` without a limit. */
  get wanted(): number {
    return (this.#options.maxMessages ?? Infinity) - this.#delivered;
  }

  /**
   * What the whole lines in `bytes` mean, in order. It has come as far as the items that
   * were taken out.
   */
  *items(bytes: Uint8Array): Generator<TailItem> {
    let spans: EnvelopeSpan[] = [];
    let start = 0;
    while (start < bytes.length) {
      const end = bytes.indexOf(LINE_FEED, start);
      const span = scanEnvelope(bytes, start, end);
      if (span !== undefined && this.#follows(span, spans)) spans.push(span);
      else {
        if (spans.length > 0) yield this.#deliver(bytes, spans);
        spans = [];
        if (span === undefined) yield* this.#otherLine(bytes.subarray(start, end));
        else if (yield* this.#arriveAt(span.seq)) spans.push(span);
      }
      start = end + 1;
    }
    if (spans.length > 0) yield this.#deliver(bytes, spans);
  }

  /** Whether the message can go into one batch with those before it. */
  #follows({ seq, start }: EnvelopeSpan, spans: readonly EnvelopeSpan[]): boolean {
    if (spans.length === 0 || spans.length >= this.wanted) return false;
    const before = spans[spans.length - 1];
    if (start !== before.end + 1 || seq > (this.#options.untilSeq ?? Infinity)) return false;
    return this.#isFiltered ? seq > before.seq : seq === before.seq + 1;
  }

  #deliver(bytes: Uint8Array, spans: readonly EnvelopeSpan[]): TailItem {
    this.#delivered += spans.length;
    this.#nextSeq = spans[spans.length - 1].seq + 1;
    return { batch: new LineBatch(bytes, spans) };
  }

  /** Tells of what is missing before message `seq`; false when that is not to be delivered. */
  *#arriveAt(seq: number): Generator<TailItem, boolean> {
    // What the position says does not count here: better a message than a promise.
    if (seq < this.#nextSeq || this.isDone) return false;
    const { untilSeq = Infinity } = this.#options;
    // Of what the filters held back nothing is known; a server tells of gaps by itself.
    if (!this.#isFiltered) yield* this.#pass(0, Math.min(seq - 1, untilSeq), "retention");
    return seq <= untilSeq && !this.isDone;
  }

  /** Tells of a gap, or of what of it was not passed already. */
  *#pass(firstSeq: number, toSeq: number, reason: Gap["reason"]): Generator<TailItem> {
    const fromSeq = Math.max(firstSeq, this.expectedSeq);
    if (toSeq < fromSeq) return;
    this.#nextSeq = toSeq + 1;
    const gap: Gap = { fromSeq, toSeq, count: toSeq - fromSeq + 1, reason };
    yield this.#options.gapPolicy === "error" ? { error: gapError(this.#pool, gap) } : { gap };
  }

  /** A line that is no envelope as `pls` writes it. */
  *#otherLine(bytes: Uint8Array): Generator<TailItem> {
    const text = decoder.decode(bytes);
    const line = parseJson(text);
    if (!isRecord(line)) yield { error: this.#badLine(text) };
    else if (isRecord(line.error)) yield { error: errorOf(line.error, { pool: this.#pool }) };
    else if (isRecord(line.gap)) yield* this.#gapLine(line.gap);
    else if (isRecord(line.position)) this.#positionLine(line.position);
    else yield* this.#foreignEnvelope(text);
  }

  *#gapLine(
    { from_seq: fromSeq, to_seq: toSeq, reason }: Record<string, unknown>,
  ): Generator<TailItem> {
    if (typeof fromSeq !== "number" || typeof toSeq !== "number" || this.isDone) return;
    const lastSeq = Math.min(toSeq, this.#options.untilSeq ?? Infinity);
    yield* this.#pass(fromSeq, lastSeq, reason === "damage" ? "damage" : "retention");
  }

  #positionLine({ next_seq: nextSeq }: Record<string, unknown>): void {
    if (typeof nextSeq === "number") this.#positionSeq = Math.max(this.#positionSeq, nextSeq);
  }

  /** An envelope that is spelled otherwise, as servers of Plasmite v0 do. */
  *#foreignEnvelope(text: string): Generator<TailItem> {
    let own: Uint8Array;
    try {
      const { seq, time, tags, json } = parseEnvelope(text);
      const { envelope } = new Message(seq, time.seconds, time.nanos, tags, json.text);
      own = new TextEncoder().encode(envelope + "\n");
    } catch (error) {
      if (!(error instanceof PlasmiteError)) throw error;
      yield { error: this.#badLine(text) };
      return;
    }
    const span = scanEnvelope(own, 0, own.length - 1);
    if (span !== undefined && (yield* this.#arriveAt(span.seq))) yield this.#deliver(own, [span]);
  }

  #badLine(text: string): PlasmiteError {
    const start = JSON.stringify(text.slice(0, 80));
    return notUnderstood(`a line of the stream begins with ${start}`, { pool: this.#pool });
  }
}
