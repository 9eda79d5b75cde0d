/**
 * Messages that arrived together, over the bytes they arrived in.
 *
 * @module
 */

import { parseTime } from "../pool/internal_mod.ts";
import { type JsonLinesOptions, Message, type MessageBatch } from "../pool/mod.ts";
import type { EnvelopeSpan } from "./envelope_scan.ts";
import { notUnderstood } from "./failure.ts";

const LINE_FEED = 0x0a;
const NO_TAGS: readonly string[] = Object.freeze([]);
/** Length of `[]`. */
const EMPTY_ARRAY_LENGTH = 2;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Envelopes that lie one behind the other in a buffer. */
export class LineBatch implements MessageBatch {
  readonly #bytes: Uint8Array;
  readonly #spans: readonly EnvelopeSpan[];

  /** The messages at `spans`, of which there is at least one. */
  constructor(bytes: Uint8Array, spans: readonly EnvelopeSpan[]) {
    this.#bytes = bytes;
    this.#spans = spans;
  }

  /** How many messages it holds. */
  get length(): number {
    return this.#spans.length;
  }

  /** The messages, in ascending order of `seq`. */
  messages(): Message[] {
    return this.#spans.map((span) => messageAt(this.#bytes, span));
  }

  /** The messages as JSON Lines, as they came. */
  jsonLines({ dataOnly = false }: JsonLinesOptions = {}): Uint8Array {
    const first = this.#spans[0];
    const last = this.#spans[this.#spans.length - 1];
    const lines = this.#bytes.subarray(first.start, last.end + 1);
    return dataOnly ? this.#dataLines(new Uint8Array(lines.length)) : lines;
  }

  #dataLines(into: Uint8Array): Uint8Array {
    let at = 0;
    for (const { dataStart, end } of this.#spans) {
      // The brace that closes the envelope is left out.
      const data = this.#bytes.subarray(dataStart, end - 1);
      into.set(data, at);
      at += data.length;
      into[at++] = LINE_FEED;
    }
    return into.subarray(0, at);
  }
}

/** The message whose envelope lies at `span`. */
function messageAt(bytes: Uint8Array, span: EnvelopeSpan): Message {
  const text = (start: number, end: number) => decoder.decode(bytes.subarray(start, end));
  const { seq, timeStart, timeEnd, tagsStart, tagsEnd, dataStart, end } = span;
  const time = parseTime(text(timeStart, timeEnd));
  if (time === undefined) throw notUnderstood(`the time of message ${seq} is none`, { seq });
  const isEmpty = tagsEnd - tagsStart === EMPTY_ARRAY_LENGTH;
  const tags = isEmpty ? NO_TAGS : JSON.parse(text(tagsStart, tagsEnd));
  return new Message(seq, time.seconds, time.nanos, tags, text(dataStart, end - 1));
}
