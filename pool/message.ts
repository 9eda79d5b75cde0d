/**
 * A message as callers see it, and how frames become messages or JSON Lines.
 *
 * @module
 */

import { CorruptError } from "./errors.ts";
import {
  FRAME_HEADER_BYTES,
  frameContentEnd,
  frameNanos,
  frameSeconds,
  frameSeq,
  frameTagsEnd,
} from "./frame.ts";
import { formatTime } from "./timestamp.ts";

/** A message's envelope as a plain object, in the order it is written. */
export interface Envelope {
  /** Sequence number: 1 for the first message of a pool, one more for each. */
  seq: number;
  /** When it was appended: RFC 3339 UTC with nine fractional digits. */
  time: string;
  /** What the sender says about the data. */
  meta: { tags: readonly string[] };
  /** What was sent: any JSON value. */
  data: unknown;
}

/** The tags of a message without any. */
export const NO_TAGS: readonly string[] = Object.freeze([]);

/**
 * One message of a pool.
 *
 * `data` is parsed when it is first asked for; `json` is the text as it is stored,
 * for callers that only pass it on.
 */
export class Message implements Envelope {
  /** Sequence number: 1 for the first message of a pool, one more for each. */
  readonly seq: number;
  /** The payload: compact JSON text as it was given. */
  readonly json: string;
  /** Labels given by the sender, in the order given. */
  readonly tags: readonly string[];
  readonly #seconds: number;
  readonly #nanos: number;
  #data: unknown;
  #parsed = false;

  /** A message of the time `seconds` and `nanos` after 1970 whose payload is `json`. */
  constructor(seq: number, seconds: number, nanos: number, tags: readonly string[], json: string) {
    this.seq = seq;
    this.#seconds = seconds;
    this.#nanos = nanos;
    this.tags = tags;
    this.json = json;
  }

  /** When it was appended: RFC 3339 UTC with nine fractional digits. Rises with `seq`. */
  get time(): string {
    return formatTime(this.#seconds, this.#nanos);
  }

  /** What the sender says about the data. */
  get meta(): { tags: readonly string[] } {
    return { tags: this.tags };
  }

  /**
   * What was sent. Numbers beyond JavaScript's are rounded here and exact in `json`.
   *
   * @throws {CorruptError} when some other program stored text that is not JSON.
   */
  get data(): unknown {
    if (!this.#parsed) {
      this.#data = parseStored(this.json, this.seq);
      this.#parsed = true;
    }
    return this.#data;
  }

  /** The whole envelope as compact JSON text, with the payload as it is stored. */
  get envelope(): string {
    return `{"seq":${this.seq},"time":"${this.time}","meta":{"tags":${
      JSON.stringify(this.tags)
    }},"data":${this.json}}`;
  }

  /** The envelope as a plain object; `JSON.stringify` calls this. */
  toJSON(): Envelope {
    return { seq: this.seq, time: this.time, meta: this.meta, data: this.data };
  }

  /** What `console.log` shows. */
  [Symbol.for("Deno.customInspect")](
    inspect: (value: unknown, options?: Deno.InspectOptions) => string,
    options?: Deno.InspectOptions,
  ): string {
    return `Message ${inspect(this.toJSON(), options)}`;
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function parseStored(text: string, seq: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CorruptError(`message ${seq} does not hold JSON`, {
      seq,
      cause,
      hint: "Another program wrote it. Run `pls doctor` on the pool.",
    });
  }
}

/**
 * The tags of the frame at `bytes[at]`.
 *
 * @throws {CorruptError} when they are no array of strings.
 */
export function frameTags(bytes: Uint8Array, view: DataView, at: number): readonly string[] {
  const start = at + FRAME_HEADER_BYTES;
  const end = frameTagsEnd(view, at);
  if (start === end) return NO_TAGS;
  const seq = frameSeq(view, at);
  const tags = parseStored(decoder.decode(bytes.subarray(start, end)), seq);
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
  throw new CorruptError(`the tags of message ${seq} are no array of strings`, { seq });
}

/** The message in the intact frame at `bytes[at]`. */
export function frameMessage(bytes: Uint8Array, view: DataView, at: number): Message {
  return new Message(
    frameSeq(view, at),
    frameSeconds(view, at),
    frameNanos(view, at),
    frameTags(bytes, view, at),
    decoder.decode(bytes.subarray(frameTagsEnd(view, at), frameContentEnd(view, at))),
  );
}
