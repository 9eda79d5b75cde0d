/**
 * JSON Lines read from a stream of bytes: one value per line, blank lines ignored.
 *
 * A line is handed on as soon as it is complete, together with the others that the
 * same read brought: a slow producer is not kept waiting, a fast one is read in
 * batches. What precedes a bad line is handed on before the error is thrown.
 *
 * @module
 */

import { IoError, JsonText, UsageError } from "../pool/mod.ts";
import type { ByteSource } from "./session.ts";

/** The longest line read, its line feed not counted, in bytes. */
export const MAX_RECORD_BYTES = 1024 * 1024;

/** The most values handed on together. */
export const MAX_BATCH_LENGTH = 256;

/** Read at once from a file; a pipe brings less. */
const FIRST_BUFFER_BYTES = 256 * 1024;

const LINE_FEED = 10;

/** What a lenient decoder puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

/** Values that were read together. */
export interface JsonLineBatch {
  /** The values, at least one. */
  values: JsonText[];
  /** The number of the line each value is on, counted from 1. */
  lines: number[];
}

/**
 * Reads `source` to its end and yields its values in batches of at most
 * {@linkcode MAX_BATCH_LENGTH}.
 *
 * @throws {UsageError} for a line that is not one JSON value, or longer than
 * {@linkcode MAX_RECORD_BYTES}; the message has the number of the line.
 * @throws {IoError} for a line that is not UTF-8.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const pieces = ['{"id":1}\n{"id', '":2}\n'].map((text) => new TextEncoder().encode(text));
 * const readSync = (bytes: Uint8Array) => {
 *   const piece = pieces.shift();
 *   if (piece !== undefined) bytes.set(piece);
 *   return piece?.length ?? null;
 * };
 * const batches = [...jsonLineBatches({ readSync })];
 * assertEquals(batches.map(({ lines }) => lines), [[1], [2]]);
 * ```
 */
export function* jsonLineBatches(source: ByteSource): Generator<JsonLineBatch> {
  const reader = new LineReader();
  let buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  let filled = 0;
  for (;;) {
    const count = source.readSync(buffer.subarray(filled));
    if (count === null) break;
    // What was there before has no line feed: it is the beginning of one line.
    const lineFeed = buffer.subarray(filled, filled + count).lastIndexOf(LINE_FEED);
    const complete = lineFeed === -1 ? 0 : filled + lineFeed + 1;
    filled += count;
    if (complete > 0) {
      yield* reader.batches(buffer.subarray(0, complete));
      buffer.copyWithin(0, complete, filled);
      filled -= complete;
    }
    if (filled > MAX_RECORD_BYTES) throw tooLong(reader.linesRead + 1);
    if (filled === buffer.length) buffer = doubled(buffer);
  }
  yield* reader.batches(buffer.subarray(0, filled));
}

function doubled(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(buffer.length * 2);
  larger.set(buffer);
  return larger;
}

/** Turns lines into values and counts them. */
class LineReader {
  /** How many lines were read so far, blank ones included. */
  linesRead = 0;
  /** Takes a sixth of the time of a decoder that is fatal. */
  readonly #lenient = new TextDecoder();
  readonly #strict = new TextDecoder("utf-8", { fatal: true });

  /** Yields the values of the lines in `bytes`; the last one may lack its line feed. */
  *batches(bytes: Uint8Array): Generator<JsonLineBatch> {
    // All lines together: a call for each would cost more than parsing it.
    const text = this.#lenient.decode(bytes);
    const goodBytes = text.includes(REPLACEMENT) ? this.#goodBytes(bytes) : bytes.length;
    if (goodBytes === bytes.length) {
      yield* this.#textBatches(text);
    } else {
      yield* this.#textBatches(this.#lenient.decode(bytes.subarray(0, goodBytes)));
      throw notUtf8(this.linesRead + 1);
    }
  }

  *#textBatches(text: string): Generator<JsonLineBatch> {
    let batch: JsonLineBatch = { values: [], lines: [] };
    for (let start = 0, end = 0; start < text.length; start = end + 1) {
      end = text.indexOf("\n", start);
      if (end === -1) end = text.length;
      this.linesRead++;
      let value: JsonText | undefined;
      try {
        value = this.#parse(text.slice(start, end));
      } catch (error) {
        if (batch.values.length > 0) yield batch;
        throw error;
      }
      if (value === undefined) continue;
      batch.lines.push(this.linesRead);
      if (batch.values.push(value) < MAX_BATCH_LENGTH) continue;
      yield batch;
      batch = { values: [], lines: [] };
    }
    if (batch.values.length > 0) yield batch;
  }

  /** The value of one line; undefined when the line is blank. */
  #parse(line: string): JsonText | undefined {
    if (line === "") return undefined;
    if (isTooLong(line)) throw tooLong(this.linesRead);
    try {
      return JsonText.parse(line);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (line.trim() === "") return undefined;
      throw new UsageError(`invalid JSON input on line ${this.linesRead}: ${snippet(line)}`, {
        cause: error.cause,
        hint: `Give one JSON value per line. ${EARLIER_LINES}`,
      });
    }
  }

  /** How many bytes lie before the first line that is not UTF-8. */
  #goodBytes(bytes: Uint8Array): number {
    for (let start = 0; start < bytes.length;) {
      const lineFeed = bytes.indexOf(LINE_FEED, start);
      const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
      try {
        this.#strict.decode(bytes.subarray(start, end));
      } catch {
        return start;
      }
      start = end;
    }
    return bytes.length;
  }
}

/** UTF-8 takes one to three bytes for each unit of a string. */
function isTooLong(line: string): boolean {
  if (3 * line.length <= MAX_RECORD_BYTES) return false;
  return line.length > MAX_RECORD_BYTES || new TextEncoder().encode(line).length > MAX_RECORD_BYTES;
}

function notUtf8(line: number): IoError {
  return new IoError(`line ${line} of the input is not UTF-8`, {
    hint: `Convert the input to UTF-8. ${EARLIER_LINES}`,
  });
}

const EARLIER_LINES = "The lines before this one were taken in.";

function tooLong(line: number): UsageError {
  return new UsageError(`line ${line} of the input is longer than ${MAX_RECORD_BYTES} bytes`, {
    hint: `Split the value into smaller ones, one per line. ${EARLIER_LINES}`,
  });
}

const SNIPPET_LENGTH = 60;

/** The beginning of a line, quoted, so that it can be found again. */
function snippet(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length <= SNIPPET_LENGTH) return JSON.stringify(trimmed);
  return JSON.stringify(trimmed.slice(0, SNIPPET_LENGTH).toWellFormed() + "...");
}
