/**
 * Frames that a tail let through: a batch over the reader's buffer.
 *
 * @module
 */

import type { JsonLinesOptions, MessageBatch } from "./interface.ts";
import { JsonLinesWriter } from "./json_lines.ts";
import { frameMessage, type Message } from "./message.ts";
import type { FrameReader } from "./frame_reader.ts";

/** The frames selected out of a reader's last run, by offset, or as messages already made. */
export class SelectedFrames implements MessageBatch {
  /** How many frames are selected. */
  length = 0;
  // Not an array: emptying one gives its memory back, and filling it takes new.
  #offsets = new Int32Array(256);
  #made: Message[] | undefined;
  #reader: FrameReader | undefined;
  readonly #lines = new JsonLinesWriter();

  /** Empties the selection; what is added from now on lies in `reader`. */
  reset(reader: FrameReader): void {
    this.#reader = reader;
    this.length = 0;
    this.#made = undefined;
  }

  /**
   * Adds the frame at `at`, with the message made of it already if there is one. All
   * frames of a selection have one, or none has.
   */
  add(at: number, made: Message | undefined): void {
    if (this.length === this.#offsets.length) this.#grow();
    this.#offsets[this.length++] = at;
    if (made !== undefined) (this.#made ??= []).push(made);
  }

  /** The messages, in ascending order of `seq`. */
  messages(): Message[] {
    if (this.#made !== undefined) return this.#made;
    const { bytes, view } = this.#reader!;
    const messages: Message[] = [];
    for (let i = 0; i < this.length; i++) {
      messages.push(frameMessage(bytes, view, this.#offsets[i]));
    }
    return messages;
  }

  /** The messages as JSON Lines. */
  jsonLines(options: JsonLinesOptions = {}): Uint8Array {
    const { bytes, view } = this.#reader!;
    const offsets = this.#offsets.subarray(0, this.length);
    return this.#lines.write({ bytes, view, offsets }, options);
  }

  #grow(): void {
    const grown = new Int32Array(2 * this.#offsets.length);
    grown.set(this.#offsets);
    this.#offsets = grown;
  }
}
