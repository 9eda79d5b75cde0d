/**
 * JSON text sequences (RFC 7464): records between record separators.
 *
 * A value is handed on with the line it ends on, without waiting for the separator in
 * front of the next one. Whatever else comes before that is rejected.
 *
 * @module
 */

import type { LineFormat } from "./lines.ts";
import { OpenValue } from "./open_value.ts";
import type { BatchBuilder } from "./record_batch.ts";

/** One value between two separators. */
export class JsonSequence implements LineFormat {
  /** As the contract has it. */
  readonly isLenient = true;
  readonly #batch: BatchBuilder;
  readonly #open: OpenValue;
  /** What the record was so far. */
  #record: "nothing" | "value" | "rejected" = "nothing";

  /** Adds the values to `batch`. */
  constructor(batch: BatchBuilder, maxRecordBytes: number) {
    this.#batch = batch;
    this.#open = new OpenValue(maxRecordBytes);
  }

  /** Takes one line of a record, or a part of a line. */
  line(text: string): void {
    if (this.#record === "rejected" || this.#open.isEmpty && text.trim() === "") return;
    if (this.#record === "value") {
      this.#batch.reject(text);
      this.#record = "rejected";
      return;
    }
    const progress = this.#open.add(text);
    if (progress === "too long") this.tooLong(this.#open.text);
    if (progress === "ended") {
      this.#record = this.#batch.add(this.#open.text) ? "value" : "rejected";
      this.#open.reset();
    }
  }

  /** Takes the beginning of a line, or of a whole record, that is too long. */
  tooLong(head: string): void {
    if (this.#record === "rejected") return;
    this.#batch.rejectTooLong(this.#open.isEmpty ? head : this.#open.text);
    this.#open.reset();
    this.#record = "rejected";
  }

  /** Takes the separator in front of the next record. */
  separator(): void {
    if (!this.#open.isEmpty) this.#batch.reject(this.#open.text);
    this.#open.reset();
    this.#record = "nothing";
  }

  /** Takes the end, which ends a record, too. */
  end(): void {
    this.separator();
  }
}
