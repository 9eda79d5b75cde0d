/**
 * Writing frames as JSON Lines by copying bytes: the envelope is assembled around
 * tags and payload as they are stored, and nothing is parsed.
 *
 * @module
 */

import {
  FRAME_HEADER_BYTES,
  frameContentEnd,
  frameNanos,
  frameSeconds,
  frameSeq,
  frameTagsEnd,
} from "./frame.ts";
import type { JsonLinesOptions } from "./interface.ts";
import { formatTime } from "./timestamp.ts";

const encoder = new TextEncoder();
const BEFORE_SEQ = encoder.encode('{"seq":');
const BEFORE_TIME = encoder.encode(',"time":"');
const BEFORE_TAGS = encoder.encode('","meta":{"tags":');
const NO_TAGS = encoder.encode("[]");
const BEFORE_DATA = encoder.encode('},"data":');
const AFTER_DATA = encoder.encode("}\n");
/** More than all of an envelope but its tags and data takes. */
const ENVELOPE_BYTES_MAX = 128;

/** Digits after the point, and the `Z`. */
const FRACTION_BYTES = 10;
const SECOND_BYTES = 20;

const DIGIT_0 = 0x30;
const LETTER_Z = 0x5a;
const LINE_FEED = 0x0a;

/** Frames selected out of a buffer. */
export interface FrameSelection {
  bytes: Uint8Array;
  view: DataView;
  /** Where the selected frames start. */
  offsets: Int32Array;
}

/** Writes selections of frames into a buffer that it keeps and reuses. */
export class JsonLinesWriter {
  #out = new Uint8Array(0);
  #end = 0;
  #second = -1;
  readonly #secondText = new Uint8Array(SECOND_BYTES);

  /** The selected frames as JSON Lines; valid until the next call. */
  write({ bytes, view, offsets }: FrameSelection, options: JsonLinesOptions): Uint8Array {
    this.#end = 0;
    this.#reserve(view, offsets);
    for (const at of offsets) {
      const tagsEnd = frameTagsEnd(view, at);
      if (!options.dataOnly) this.#openEnvelope(bytes, view, at, tagsEnd);
      this.#copy(bytes, tagsEnd, frameContentEnd(view, at));
      if (options.dataOnly) this.#out[this.#end++] = LINE_FEED;
      else this.#copy(AFTER_DATA, 0, AFTER_DATA.length);
    }
    return this.#out.subarray(0, this.#end);
  }

  #openEnvelope(bytes: Uint8Array, view: DataView, at: number, tagsEnd: number): void {
    this.#copy(BEFORE_SEQ, 0, BEFORE_SEQ.length);
    this.#writeWhole(frameSeq(view, at));
    this.#copy(BEFORE_TIME, 0, BEFORE_TIME.length);
    this.#writeTime(frameSeconds(view, at), frameNanos(view, at));
    this.#copy(BEFORE_TAGS, 0, BEFORE_TAGS.length);
    const tagsStart = at + FRAME_HEADER_BYTES;
    if (tagsStart === tagsEnd) this.#copy(NO_TAGS, 0, NO_TAGS.length);
    else this.#copy(bytes, tagsStart, tagsEnd);
    this.#copy(BEFORE_DATA, 0, BEFORE_DATA.length);
  }

  #writeTime(seconds: number, nanos: number): void {
    if (seconds !== this.#second) {
      encoder.encodeInto(formatTime(seconds, 0), this.#secondText);
      this.#second = seconds;
    }
    this.#copy(this.#secondText, 0, SECOND_BYTES);
    for (let i = FRACTION_BYTES - 2; i >= 0; i--) {
      const rest = Math.floor(nanos / 10);
      this.#out[this.#end + i] = DIGIT_0 + nanos - rest * 10;
      nanos = rest;
    }
    this.#end += FRACTION_BYTES;
    this.#out[this.#end - 1] = LETTER_Z;
  }

  #writeWhole(value: number): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest /= 10) digits++;
    for (let i = digits - 1; i >= 0; i--) {
      const rest = Math.floor(value / 10);
      this.#out[this.#end + i] = DIGIT_0 + value - rest * 10;
      value = rest;
    }
    this.#end += digits;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > 48) {
      this.#out.set(bytes.subarray(start, end), this.#end);
    } else {
      // For a few bytes a loop is faster than making a view.
      for (let i = 0; i < length; i++) this.#out[this.#end + i] = bytes[start + i];
    }
    this.#end += length;
  }

  #reserve(view: DataView, offsets: Int32Array): void {
    let needed = 0;
    for (const at of offsets) needed += frameContentEnd(view, at) - at + ENVELOPE_BYTES_MAX;
    if (needed > this.#out.length) this.#out = new Uint8Array(needed);
  }
}
