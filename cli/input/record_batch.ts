/**
 * What reading input yields: values in batches, and what was no value, each with its
 * place in the input.
 *
 * @module
 */

import { JsonText, UsageError } from "../../pool/mod.ts";
import { shortened } from "./utf8.ts";

/** The most values handed on together. */
export const MAX_BATCH_LENGTH = 256;

/** The most bytes of a record that are repeated to tell which one is meant. */
const SNIPPET_BYTES = 200;

/** How the records of an input are told apart, once that is known. */
export type RecordFormat = "jsonl" | "json" | "seq" | "event" | "jq";

/** Where a record was. */
export interface RecordPlace {
  /** Its number among the records, counted from 1; blank ones do not count. */
  readonly index: number;
  /** The number of its line, counted from 1; undefined where lines mean nothing. */
  readonly line?: number;
}

/** A record that is not a value. */
export interface Rejection extends RecordPlace {
  /** `"Parse"`: it is not one JSON value. `"Oversize"`: it is too long to be read. */
  readonly kind: "Parse" | "Oversize";
  /** The format of the input. */
  readonly format: RecordFormat;
  /** Its beginning. */
  readonly snippet: string;
  /** What is wrong with it. */
  readonly reason: string;
  /** What the parser says. */
  readonly cause?: unknown;
}

/** Records that were read together. */
export interface RecordBatch {
  /** The format of all of the input. */
  readonly format: RecordFormat;
  /** The values; none only when there is a rejection. */
  readonly values: readonly JsonText[];
  /** The number of the line of each value; empty where lines mean nothing. */
  readonly lines: readonly number[];
  /** The number of the first value among the records; the others follow. */
  readonly firstIndex: number;
  /** The record after the values, if that is not one. */
  readonly rejected?: Rejection;
}

/** The beginning of a record, so that it can be found again. */
export function snippetOf(text: string): string {
  return shortened(text.trim(), SNIPPET_BYTES);
}

/** How messages call a place. */
export function placeText({ index, line }: RecordPlace): string {
  return line === undefined ? `record ${index}` : `line ${line}`;
}

/** The failure of a run that does not pass over bad records. */
export function rejectionError(rejected: Rejection): UsageError {
  const { kind, format, snippet, reason, cause } = rejected;
  const place = placeText(rejected);
  // Without lines or separators, nobody knows where the next value begins.
  const passOver = format === "jq" ? "" : ", or pass over bad records with -e skip";
  if (kind === "Oversize") {
    return new UsageError(`${place} of the input is ${reason}`, {
      hint: `Split the value into smaller ones${passOver}. ${KEPT}`,
    });
  }
  return new UsageError(`${reason} on ${place}: ${JSON.stringify(snippet)}`, {
    cause,
    hint: `Check the format of the input against -i (--in)${passOver}. ${KEPT}`,
  });
}

/** What a failure in the middle of an input must not leave open. */
export const KEPT = "The records before it were taken in.";

/** Collects records until they are due. */
export class BatchBuilder {
  readonly #format: RecordFormat;
  readonly #maxRecordBytes: number;
  #values: JsonText[] = [];
  #lines: number[] = [];
  #firstIndex = 1;
  /** Batches that a rejection closed. */
  #closed: RecordBatch[] = [];

  /** For records of at most `maxRecordBytes`, which were told apart by `format`. */
  constructor(format: RecordFormat, maxRecordBytes: number) {
    this.#format = format;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** The records should be handed on before others are added. */
  get isDue(): boolean {
    return this.#values.length >= MAX_BATCH_LENGTH || this.#closed.length > 0;
  }

  /** Adds the record that `text` is, if it is one; false when it is none. Blank text is. */
  tryAdd(text: string, line?: number): boolean {
    return this.#failureOf(text, line) === undefined;
  }

  /** Adds the record that `text` is, or rejects it; false in that case. */
  add(text: string, line?: number): boolean {
    const failure = this.#failureOf(text, line);
    if (failure !== undefined) this.reject(text, line, failure.cause);
    return failure === undefined;
  }

  /** Adds a record that is known not to be one JSON value. */
  reject(text: string, line?: number, cause?: unknown): void {
    this.#close({ kind: "Parse", reason: "invalid JSON input", cause }, text, line);
  }

  /** Adds a record that is too long; `head` is its beginning. */
  rejectTooLong(head: string, line?: number): void {
    const reason = `longer than ${this.#maxRecordBytes} bytes`;
    // How much more than that was read is chance.
    this.#close({ kind: "Oversize", reason }, shortened(head, this.#maxRecordBytes), line);
  }

  /** Yields what was added and not taken yet. */
  *take(): Generator<RecordBatch> {
    const closed = this.#closed;
    this.#closed = [];
    yield* closed;
    if (this.#values.length > 0) yield this.#cut();
  }

  /** Adds the value that `text` is; returns why it is none. */
  #failureOf(text: string, line: number | undefined): { cause: unknown } | undefined {
    let value: JsonText;
    try {
      value = JsonText.parse(text);
    } catch (error) {
      if (text.trim() === "") return undefined;
      if (error instanceof UsageError) return { cause: error.cause };
      // Nested deeper than the stack.
      if (error instanceof RangeError) return { cause: error };
      throw error;
    }
    this.#values.push(value);
    if (line !== undefined) this.#lines.push(line);
  }

  #close(what: Pick<Rejection, "kind" | "reason" | "cause">, text: string, line?: number): void {
    const index = this.#firstIndex + this.#values.length;
    this.#closed.push(
      this.#cut({ ...what, format: this.#format, index, line, snippet: snippetOf(text) }),
    );
  }

  /** Makes a batch of the values, with what was rejected after them. */
  #cut(rejected?: Rejection): RecordBatch {
    const values = this.#values;
    const lines = this.#lines;
    const firstIndex = this.#firstIndex;
    this.#values = [];
    this.#lines = [];
    this.#firstIndex += values.length + (rejected === undefined ? 0 : 1);
    return { format: this.#format, values, lines, firstIndex, rejected };
  }
}
