/**
 * Input that is not read by lines: values one after another, and one value alone.
 *
 * @module
 */

import { IoError, UsageError } from "../../pool/mod.ts";
import type { InputBuffer } from "./input_buffer.ts";
import { type BatchBuilder, KEPT, type RecordBatch } from "./record_batch.ts";
import { decodeLeniently, validByteCount } from "./utf8.ts";
import { ValueScanner, valueStart } from "./value_scanner.ts";

const BYTE_ORDER_MARK = "\ufeff";

/**
 * Reads values with or without white space between them, each handed on as soon as it
 * has ended. No more is held than the one value that has not.
 *
 * @throws {UsageError} for input that is not UTF-8.
 */
export function* concatenatedValues(
  input: InputBuffer,
  batch: BatchBuilder,
): Generator<RecordBatch> {
  const cutter = new ValueCutter(batch);
  let isAtStart = true;
  let more = true;
  while (more) {
    more = input.read();
    const { unread } = input;
    // A value ends with ASCII, so nothing is kept waiting by a character that is not.
    const complete = more ? lastAscii(unread) + 1 : unread.length;
    const bytes = unread.subarray(0, complete);
    const text = decodeLeniently(bytes);
    const validBytes = validByteCount(bytes, text);
    const valid = validBytes === complete ? text : decodeLeniently(bytes.subarray(0, validBytes));
    yield* cutter.values(isAtStart && valid.startsWith(BYTE_ORDER_MARK) ? valid.slice(1) : valid);
    if (validBytes < complete) throw notUtf8(cutter.count + 1);
    isAtStart &&= complete === 0;
    input.use(complete);
  }
  yield* cutter.end();
}

function lastAscii(bytes: Uint8Array): number {
  return bytes.findLastIndex((byte) => byte < 0x80);
}

function notUtf8(record: number): UsageError {
  return new UsageError(`record ${record} of the input is not UTF-8`, {
    hint: `Convert the input to UTF-8. ${KEPT}`,
  });
}

/** Cuts text into values. */
class ValueCutter {
  /** How many values have ended. */
  count = 0;
  readonly #batch: BatchBuilder;
  readonly #scanner = new ValueScanner();
  #begun: string[] = [];

  constructor(batch: BatchBuilder) {
    this.#batch = batch;
  }

  /** Takes the values that end in `text`, the piece that follows the last one. */
  *values(text: string): Generator<RecordBatch> {
    let start = 0;
    for (;;) {
      // Compact text, white space around it left out, is taken as it is.
      if (!this.#scanner.isWithinValue) start = valueStart(text, start);
      const end = start === -1 ? undefined : this.#scanner.scan(text, start);
      if (end === undefined) break;
      this.#add(text.slice(start, end));
      start = end;
      if (this.#batch.isDue) yield* this.#batch.take();
    }
    if (this.#scanner.isWithinValue) this.#begun.push(text.slice(start));
    yield* this.#batch.take();
  }

  /** Takes the end of the input, which ends a word and nothing else. */
  *end(): Generator<RecordBatch> {
    if (this.#scanner.isWithinValue) this.#add("");
    yield* this.#batch.take();
  }

  #add(end: string): void {
    this.#batch.add(this.#begun.join("") + end);
    this.#begun = [];
    this.count++;
  }
}

/**
 * Reads the whole input as one value.
 *
 * @throws {IoError} when it is not UTF-8.
 */
export function* wholeValue(
  input: InputBuffer,
  batch: BatchBuilder,
  maxRecordBytes: number,
): Generator<RecordBatch> {
  while (input.unread.length <= maxRecordBytes && input.read());
  const text = decodeLeniently(input.unread);
  if (input.unread.length > maxRecordBytes) {
    batch.rejectTooLong(text);
  } else if (validByteCount(input.unread, text) < input.unread.length) {
    throw new IoError("the input is not UTF-8", { hint: "Convert the input to UTF-8." });
  } else {
    batch.add(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  }
  yield* batch.take();
}
