/**
 * Messages that a tail delivers together.
 *
 * @module
 */

import type { JsonLinesOptions, Message, MessageBatch } from "../pool/mod.ts";
import type { StreamRecord } from "./record.ts";

/** UTF-8 bytes that one UTF-16 unit takes at most. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

const CLOSING_BRACE = 0x7d;
const LINE_FEED = 0x0a;
const encoder = new TextEncoder();

/** Messages, of which there is at least one. */
export class NatsBatch implements MessageBatch {
  readonly #records: readonly StreamRecord[];

  /** The messages, in ascending order of `seq`. */
  constructor(records: readonly StreamRecord[]) {
    this.#records = records;
  }

  /** How many messages it holds. */
  get length(): number {
    return this.#records.length;
  }

  /** The messages, in ascending order of `seq`. */
  messages(): Message[] {
    return this.#records.map(({ message }) => message);
  }

  /** The messages as JSON Lines, payload bytes copied as they came. */
  jsonLines({ dataOnly = false }: JsonLinesOptions = {}): Uint8Array {
    const starts = this.#records.map((record) => dataOnly ? "" : record.envelopeStart);
    let length = 0;
    for (let i = 0; i < starts.length; i++) {
      length += starts[i].length * UTF8_BYTES_PER_UNIT_MAX + this.#records[i].payload.length + 2;
    }
    const lines = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < starts.length; i++) {
      if (!dataOnly) at += encoder.encodeInto(starts[i], lines.subarray(at)).written;
      const { payload } = this.#records[i];
      lines.set(payload, at);
      at += payload.length;
      if (!dataOnly) lines[at++] = CLOSING_BRACE;
      lines[at++] = LINE_FEED;
    }
    return lines.subarray(0, at);
  }
}
