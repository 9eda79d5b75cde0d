/**
 * JSON Lines: one value on each line, and, where that is allowed, values that go on
 * over several lines.
 *
 * @module
 */

import type { LineFormat } from "./lines.ts";
import { OpenValue } from "./open_value.ts";
import type { BatchBuilder } from "./record_batch.ts";

/** One value on each line; blank lines are ignored. */
export class JsonLines implements LineFormat {
  readonly #batch: BatchBuilder;

  /** Adds the values to `batch`. */
  constructor(batch: BatchBuilder) {
    this.#batch = batch;
  }

  /** Takes one line. */
  line(text: string, number: number): void {
    if (text !== "") this.#batch.add(text, number);
  }

  /** Takes the beginning of a line that is too long. */
  tooLong(head: string, number: number): void {
    this.#batch.rejectTooLong(head, number);
  }

  /** Takes the end, after which nothing is left. */
  end(): void {}
}

/**
 * The same, and a line that leaves an object or array open is continued by the next
 * ones until it is closed.
 *
 * A value that can't become whole any more is given up at once, so that the next one
 * is not taken for its continuation.
 */
export class MultiLineJson implements LineFormat {
  readonly #batch: BatchBuilder;
  readonly #open: OpenValue;
  readonly #resyncs: boolean;
  #firstLine = 0;

  /**
   * Adds the values to `batch`. With `resyncs`, an object or array that begins without
   * indentation while an object is open is taken for the next value: what follows a
   * truncated one is then not lost with it.
   */
  constructor(batch: BatchBuilder, options: { maxRecordBytes: number; resyncs: boolean }) {
    this.#batch = batch;
    this.#open = new OpenValue(options.maxRecordBytes);
    this.#resyncs = options.resyncs;
  }

  /** Takes one line. */
  line(text: string, number: number): void {
    const open = this.#open;
    if (!open.isEmpty && this.#isNextValue(text)) this.#giveUp();
    if (open.isEmpty) {
      if (text === "" || this.#batch.tryAdd(text, number)) return;
      this.#firstLine = number;
    }
    const progress = open.add(text);
    if (progress === "ended") this.#finish();
    if (progress === "too long") {
      this.#batch.rejectTooLong(open.text, this.#firstLine);
      open.drop();
    }
  }

  /** Takes the beginning of a line that is too long, alone or as part of a value. */
  tooLong(head: string, number: number): void {
    if (this.#open.isEmpty) this.#batch.rejectTooLong(head, number);
    else if (this.#open.isHeld) this.#batch.rejectTooLong(this.#open.text, this.#firstLine);
    // What comes next is unknown, and judged line by line.
    this.#open.reset();
  }

  /** Takes the end, where nothing may be open. */
  end(): void {
    if (!this.#open.isEmpty) this.#giveUp();
  }

  /** True when a line can't be a part of the open value, or is not to be taken for one. */
  #isNextValue(text: string): boolean {
    const first = text.trimStart()[0];
    if (first !== "{" && first !== "[") return false;
    const { opener, lastMark } = this.#open;
    if (!",[:".includes(lastMark)) return true;
    return this.#resyncs && opener === "{" && text[0] === first;
  }

  #finish(): void {
    if (this.#open.isHeld) this.#batch.add(this.#open.text, this.#firstLine);
    this.#open.reset();
  }

  #giveUp(): void {
    if (this.#open.isHeld) this.#batch.reject(this.#open.text, this.#firstLine);
    this.#open.reset();
  }
}
