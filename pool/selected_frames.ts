/**
 * Frames that a tail let through: a batch over the reader's buffer.
 *
 * @module
 */

import type { JsonLinesOptions, MessageBatch } from "./interface.ts";
import { JsonLinesWriter } from "./json_lines.ts";
import { frameMessage, type Message } from "./message.ts";
import type { FrameReader } from "./reader.ts";

/** The frames selected out of a reader's last run, by offset, or as messages already made. */
export class SelectedFrames implements MessageBatch {
  readonly #offsets: number[] = [];
  readonly #made: (Message | undefined)[] = [];
  readonly #lines = new JsonLinesWriter();
  #reader: FrameReader | undefined;

  /** How many frames are selected. */
  get length(): number {
    return this.#offsets.length;
  }

  /** Empties the selection; what is added from now on lies in `reader`. */
  reset(reader: FrameReader): void {
    this.#reader = reader;
    this.#offsets.length = 0;
    this.#made.length = 0;
  }

  /** Adds the frame at `at`, with the message made of it already if there is one. */
  add(at: number, made: Message | undefined): void {
    this.#offsets.push(at);
    this.#made.push(made);
  }

  /** The messages, in ascending order of `seq`. */
  messages(): Message[] {
    const { bytes, view } = this.#reader!;
    return this.#offsets.map((at, i) => this.#made[i] ?? frameMessage(bytes, view, at));
  }

  /** The messages as JSON Lines. */
  jsonLines(options: JsonLinesOptions = {}): Uint8Array {
    const { bytes, view } = this.#reader!;
    return this.#lines.write({ bytes, view, offsets: this.#offsets }, options);
  }
}
