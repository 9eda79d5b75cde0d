/**
 * JSON records of an input that is read piece by piece while other work goes on. Its
 * first line tells their format, as it does for `pls feed`.
 *
 * Records are handed on as soon as they are complete, and what precedes a bad one
 * before that is told of.
 *
 * @module
 */

import { IoError } from "../../pool/mod.ts";
import { type DetectedFormat, detectFormat } from "../input/detect_format.ts";
import { ServerSentEvents } from "../input/events.ts";
import { InputBuffer } from "../input/input_buffer.ts";
import { MultiLineJson } from "../input/json_lines.ts";
import type { LineFormat } from "../input/lines.ts";
import { BatchBuilder, KEPT, type RecordBatch } from "../input/record_batch.ts";
import { MAX_RECORD_BYTES } from "../input/records.ts";
import { JsonSequence } from "../input/sequence.ts";
import { decodeLeniently, validByteCount } from "../input/utf8.ts";

const LINE_FEED = 10;

const RECORD_SEPARATOR = "\x1e";

const BYTE_ORDER_MARK = "\ufeff";

/** What lines mean, and the records made of them. */
interface Reading {
  readonly format: LineFormat;
  readonly batch: BatchBuilder;
}

/** Turns pieces of an input into records. */
export class RecordReader {
  /** Known once there was a line that is not blank. */
  #reading?: Reading;
  #pending = new Uint8Array(0);
  #line = 1;

  /**
   * Takes in `bytes` and yields the records that they complete.
   *
   * @throws {IoError} for a line that is not UTF-8.
   */
  *push(bytes: Uint8Array): Generator<RecordBatch> {
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      yield* this.#take(joined(this.#pending, bytes.subarray(start, end)));
      this.#pending = new Uint8Array(0);
      this.#line++;
      start = end + 1;
    }
    this.#pending = joined(this.#pending, bytes.subarray(start));
    if (this.#pending.length > MAX_RECORD_BYTES) {
      // What is too long already is neither waited for nor held.
      yield* this.#take(this.#pending);
      this.#pending = this.#pending.slice(0, MAX_RECORD_BYTES + 1);
    }
    if (this.#reading !== undefined) yield* this.#reading.batch.take();
  }

  /** Takes the end of the input and yields what it completes. */
  *end(): Generator<RecordBatch> {
    yield* this.#take(this.#pending);
    if (this.#reading === undefined) return;
    this.#reading.format.end(this.#line);
    yield* this.#reading.batch.take();
  }

  *#take(line: Uint8Array): Generator<RecordBatch> {
    const text = this.#textOf(line);
    if (this.#reading === undefined && text.trim() === "") return;
    this.#reading ??= readingOf(line);
    const { format, batch } = this.#reading;
    if (line.length > MAX_RECORD_BYTES) {
      format.tooLong(text, this.#line);
    } else if (format.isLenient || validByteCount(line, decodeLeniently(line)) === line.length) {
      addLine(format, text, this.#line);
    } else {
      yield* batch.take();
      throw notUtf8(this.#line);
    }
    if (batch.isDue) yield* batch.take();
  }

  #textOf(line: Uint8Array): string {
    const text = decodeLeniently(line);
    return this.#line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  }
}

/** How to read an input with this line, its first one that is not blank. */
function readingOf(line: Uint8Array): Reading {
  const maxRecordBytes = MAX_RECORD_BYTES;
  const name = detectFormat(new InputBuffer(sourceOf(line)), maxRecordBytes);
  const batch = new BatchBuilder(name, maxRecordBytes);
  const formats: Record<DetectedFormat, () => LineFormat> = {
    jsonl: () => new MultiLineJson(batch, { maxRecordBytes, resyncs: false }),
    seq: () => new JsonSequence(batch, maxRecordBytes),
    event: () => new ServerSentEvents(batch, maxRecordBytes),
  };
  return { format: formats[name](), batch };
}

/** A source of these bytes and no others. */
function sourceOf(bytes: Uint8Array): { readSync(into: Uint8Array): number | null } {
  let start = 0;
  return {
    readSync(into) {
      const piece = bytes.subarray(start, start + into.length);
      into.set(piece);
      start += piece.length;
      return piece.length === 0 ? null : piece.length;
    },
  };
}

function addLine(format: LineFormat, text: string, number: number): void {
  if (format.separator === undefined) return format.line(text, number);
  for (const [index, part] of text.split(RECORD_SEPARATOR).entries()) {
    if (index > 0) format.separator();
    format.line(part, number);
  }
}

function notUtf8(line: number): IoError {
  return new IoError(`line ${line} of the input is not UTF-8`, {
    hint: `Convert the input to UTF-8. ${KEPT}`,
  });
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
