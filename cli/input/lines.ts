/**
 * Input that is read line by line: JSON Lines, server-sent events, and sequences.
 *
 * What a line means is for a {@linkcode LineFormat} to say. This file cuts the bytes
 * into lines, many at a time, and keeps to the limit: a line too long to be held is
 * told of and passed over, never buffered.
 *
 * @module
 */

import { IoError } from "../../pool/mod.ts";
import type { InputBuffer } from "./input_buffer.ts";
import { type BatchBuilder, KEPT, type RecordBatch } from "./record_batch.ts";
import { decodeLeniently, isLongerThan, validByteCount } from "./utf8.ts";

const LINE_FEED = 0x0a;

/** Ends a record of a sequence, beside the line it is on. */
export const RECORD_SEPARATOR = 0x1e;

/** What lines mean. */
export interface LineFormat {
  /** Bytes that are not UTF-8 are read as U+FFFD instead of being an error. */
  readonly isLenient?: boolean;
  /** How many bytes of a line may be no part of the record. Default 0. */
  readonly framingBytes?: number;
  /** Takes line `number`, counted from 1, without its end. */
  line(text: string, number: number): void;
  /** Takes line `number`, which begins with `head` and is too long. */
  tooLong(head: string, number: number): void;
  /** Takes a record separator; without it, that is a character like any other. */
  separator?(): void;
  /** Takes the end of the input, which is on line `number`. */
  end(number: number): void;
}

/**
 * Reads `input` to its end as `format` says, which adds to `batch`.
 *
 * @throws {IoError} for a line that is not UTF-8.
 */
export function* lineRecords(
  input: InputBuffer,
  format: LineFormat,
  batch: BatchBuilder,
  maxRecordBytes: number,
): Generator<RecordBatch> {
  const maxLineBytes = maxRecordBytes + (format.framingBytes ?? 0);
  const cutter = new LineCutter(format, batch, maxLineBytes);
  let isPassingOver = false;
  let searched = 0;
  do {
    if (isPassingOver) {
      const end = cutter.firstEnd(input.unread);
      if (end !== -1) yield* cutter.ending(input.unread[end]);
      input.use(end === -1 ? input.unread.length : end + 1);
      if (end === -1) continue;
      isPassingOver = false;
      searched = 0;
    }
    // What was there before has no end: it is the beginning of one line.
    const complete = cutter.lastEnd(input.unread, searched) + 1;
    if (complete > 0) {
      yield* cutter.lines(input.unread.subarray(0, complete));
      input.use(complete);
    }
    if (input.unread.length > maxLineBytes) {
      yield* cutter.tooLong(input.unread);
      input.use(input.unread.length);
      isPassingOver = true;
    }
    searched = input.unread.length;
  } while (input.read());
  yield* cutter.lines(input.unread);
  yield* cutter.end();
}

/** Cuts bytes into lines, counts them, and hands them to a format. */
class LineCutter {
  readonly #format: LineFormat;
  readonly #batch: BatchBuilder;
  readonly #maxLineBytes: number;
  readonly #nextEnd: (text: string, from: number) => number;
  #number = 1;
  #isAtStart = true;

  constructor(format: LineFormat, batch: BatchBuilder, maxLineBytes: number) {
    this.#format = format;
    this.#batch = batch;
    this.#maxLineBytes = maxLineBytes;
    this.#nextEnd = format.separator === undefined ? nextLineFeed : nextLineOrRecordEnd;
  }

  /** Where the first line of `bytes` ends; -1 for nowhere. */
  firstEnd(bytes: Uint8Array): number {
    if (this.#format.separator === undefined) return bytes.indexOf(LINE_FEED);
    return bytes.findIndex((byte) => byte === LINE_FEED || byte === RECORD_SEPARATOR);
  }

  /** Where the last complete line of `bytes` ends, at `from` or later; -1 for nowhere. */
  lastEnd(bytes: Uint8Array, from: number): number {
    const added = bytes.subarray(from);
    let end = added.lastIndexOf(LINE_FEED);
    if (this.#format.separator !== undefined) {
      end = Math.max(end, added.lastIndexOf(RECORD_SEPARATOR));
    }
    return end === -1 ? -1 : from + end;
  }

  /** Takes the lines in `bytes`; the last one of the input may lack its end. */
  *lines(bytes: Uint8Array): Generator<RecordBatch> {
    // All lines together: a call for each would cost more than parsing it.
    const text = decodeLeniently(bytes);
    const validBytes = this.#format.isLenient ? bytes.length : validByteCount(bytes, text);
    if (validBytes === bytes.length) {
      yield* this.#text(text);
      return;
    }
    const start = this.lastEnd(bytes.subarray(0, validBytes), 0) + 1;
    const length = this.firstEnd(bytes.subarray(validBytes));
    const end = length === -1 ? bytes.length : validBytes + length;
    yield* this.#text(decodeLeniently(bytes.subarray(0, start)));
    if (end - start <= this.#maxLineBytes) throw notUtf8(this.#number);
    yield* this.tooLong(bytes.subarray(start, end));
    if (length === -1) return;
    yield* this.ending(bytes[end]);
    yield* this.lines(bytes.subarray(end + 1));
  }

  /** Takes a line that is too long, or as much as there is of it. */
  *tooLong(bytes: Uint8Array): Generator<RecordBatch> {
    this.#format.tooLong(decodeLeniently(bytes), this.#number);
    yield* this.#batch.take();
  }

  /** Takes the byte that ends a line. */
  *ending(code: number): Generator<RecordBatch> {
    if (code === LINE_FEED) this.#number++;
    else this.#format.separator!();
    if (this.#batch.isDue) yield* this.#batch.take();
  }

  /** Takes the end of the input. */
  *end(): Generator<RecordBatch> {
    this.#format.end(this.#number);
    yield* this.#batch.take();
  }

  *#text(text: string): Generator<RecordBatch> {
    const format = this.#format;
    const batch = this.#batch;
    // A byte order mark is no part of the first value.
    let start = this.#isAtStart && text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    this.#isAtStart &&= text === "";
    while (start < text.length) {
      const end = this.#nextEnd(text, start);
      const line = text.slice(start, end);
      if (isLongerThan(this.#maxLineBytes, line)) format.tooLong(line, this.#number);
      else format.line(line, this.#number);
      if (batch.isDue) yield* batch.take();
      if (text.charCodeAt(end) === LINE_FEED) this.#number++;
      else if (end < text.length) yield* this.ending(RECORD_SEPARATOR);
      start = end + 1;
    }
    yield* batch.take();
  }
}

const BYTE_ORDER_MARK = "\ufeff";

function nextLineFeed(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

// deno-lint-ignore no-control-regex
const LINE_OR_RECORD_END = /[\n\x1e]/g;

function nextLineOrRecordEnd(text: string, from: number): number {
  LINE_OR_RECORD_END.lastIndex = from;
  return LINE_OR_RECORD_END.test(text) ? LINE_OR_RECORD_END.lastIndex - 1 : text.length;
}

function notUtf8(line: number): IoError {
  return new IoError(`line ${line} of the input is not UTF-8`, {
    hint: `Convert the input to UTF-8. ${KEPT}`,
  });
}
