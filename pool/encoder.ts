/**
 * Turning messages into frames before the lock is taken: everything about a frame
 * that does not depend on where it will lie.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import {
  FRAME_HEADER_BYTES,
  frameBytes,
  MAX_FRAME_BYTES,
  MAX_TAGS_BYTES,
  writeFrameLengths,
} from "./frame.ts";
import type { MessageInput } from "./interface.ts";
import { JsonText, stringifyJson } from "./json_text.ts";
import { viewOf } from "./binary.ts";
import { checkTags } from "./outgoing.ts";

const INITIAL_BUFFER_BYTES = 64 * 1024;
/** A buffer that a large batch made larger than this is let go afterwards. */
const KEPT_BUFFER_BYTES_MAX = 4 * 1024 * 1024;
/** Text longer than this is measured before room is made for it. */
const MEASURED_TEXT_LENGTH = 64 * 1024;
/** UTF-8 bytes that one UTF-16 unit takes at most. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

const encoder = new TextEncoder();

/** Frames that lie one after another in `bytes`; valid until the next batch is encoded. */
export interface EncodedFrames {
  bytes: Uint8Array;
  view: DataView;
  /** Where each frame starts, and after the last one where it ends. */
  offsets: number[];
  /** What each frame was made of. */
  texts: MessageTexts[];
}

/** Encodes batches of messages, one batch at a time. */
export class FrameEncoder {
  #bytes = new Uint8Array(INITIAL_BUFFER_BYTES);
  #view = viewOf(this.#bytes);
  #end = 0;
  readonly #maxFrameBytes: number;

  /** For a ring of `ringBytes`. */
  constructor(ringBytes: number) {
    this.#maxFrameBytes = Math.min(ringBytes, MAX_FRAME_BYTES);
  }

  /**
   * Encodes all of `inputs`, or none.
   *
   * @throws {UsageError} when data can't be written as JSON or is too large for the pool.
   */
  encode(inputs: readonly MessageInput[]): EncodedFrames {
    // All of it before the buffer is touched: a `toJSON` may well append, too.
    const texts = new Array<MessageTexts>(inputs.length);
    for (let i = 0; i < texts.length; i++) texts[i] = messageTexts(inputs[i]);
    if (this.#bytes.length > KEPT_BUFFER_BYTES_MAX) this.#resize(INITIAL_BUFFER_BYTES);
    this.#end = 0;
    const offsets = new Array<number>(texts.length + 1);
    for (let i = 0; i < texts.length; i++) {
      offsets[i] = this.#end;
      this.#encodeFrame(texts[i].tagsJson, texts[i].payload);
    }
    offsets[texts.length] = this.#end;
    return { bytes: this.#bytes, view: this.#view, offsets, texts };
  }

  #encodeFrame(tagsJson: string, payload: string): void {
    const start = this.#end;
    this.#reserve(FRAME_HEADER_BYTES);
    this.#end += FRAME_HEADER_BYTES;
    const tagsBytes = this.#encodeText(tagsJson);
    if (tagsBytes > MAX_TAGS_BYTES) {
      throw new UsageError(
        `the tags are too long: ${tagsBytes} bytes as JSON, of ${MAX_TAGS_BYTES} at most`,
        {
          hint: "Put long text into the data.",
        },
      );
    }
    const payloadBytes = this.#encodeText(payload);
    const length = frameBytes(tagsBytes, payloadBytes);
    if (length > this.#maxFrameBytes) throw this.#tooLarge(tagsBytes + payloadBytes);
    this.#reserve(length - (this.#end - start));
    this.#bytes.fill(0, this.#end, start + length);
    this.#end = start + length;
    writeFrameLengths(this.#view, start, tagsBytes, payloadBytes);
  }

  /** Appends text as UTF-8 and returns how many bytes it took. */
  #encodeText(text: string): number {
    if (text === "") return 0;
    if (text.length > MEASURED_TEXT_LENGTH) {
      if (text.length > this.#maxFrameBytes) throw this.#tooLarge(text.length);
      const bytes = encoder.encode(text);
      this.#reserve(bytes.length);
      this.#bytes.set(bytes, this.#end);
      this.#end += bytes.length;
      return bytes.length;
    }
    this.#reserve(text.length * UTF8_BYTES_PER_UNIT_MAX);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#end));
    this.#end += written;
    return written;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes > this.#bytes.length) this.#resize(2 * (this.#end + bytes));
  }

  #resize(bytes: number): void {
    const grown = new Uint8Array(bytes);
    grown.set(this.#bytes.subarray(0, Math.min(this.#end, bytes)));
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }

  #tooLarge(contentBytes: number): UsageError {
    const limit = this.#maxFrameBytes - FRAME_HEADER_BYTES;
    return new UsageError(
      `the message is too large for the pool: ${contentBytes} bytes, of ${limit} at most`,
      { hint: "Send it in parts, or create a larger pool, and send it there." },
    );
  }
}

/** What a message is in a frame: its tags and payload as text. */
export interface MessageTexts {
  tags: readonly string[];
  /** A JSON array; empty when there are no tags. */
  tagsJson: string;
  payload: string;
}

function messageTexts(input: MessageInput): MessageTexts {
  if (typeof input !== "object" || input === null) {
    throw new UsageError("a message to append must be an object with data or json");
  }
  const tags = checkTags(input.tags ?? []);
  const tagsJson = tags.length === 0 ? "" : JSON.stringify(tags);
  if (!("json" in input)) return { tags, tagsJson, payload: stringifyJson(input.data) };
  if (input.json instanceof JsonText) return { tags, tagsJson, payload: input.json.text };
  throw new UsageError("json must be a JsonText", { hint: "Make one with JsonText.parse." });
}
