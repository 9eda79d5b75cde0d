/**
 * JSON records read from a stream of bytes, in whichever format they come.
 *
 * A record is handed on as soon as it is complete, together with the others that the
 * same read brought: a slow producer is not kept waiting, a fast one is read in
 * batches. What precedes a bad record is handed on before that is told of. No more is
 * held than one read and one record.
 *
 * @module
 */

import type { ByteSource } from "../session.ts";
import { detectFormat } from "./detect_format.ts";
import { ServerSentEvents } from "./events.ts";
import { InputBuffer } from "./input_buffer.ts";
import { JsonLines, MultiLineJson } from "./json_lines.ts";
import { type LineFormat, lineRecords } from "./lines.ts";
import { BatchBuilder, type RecordBatch } from "./record_batch.ts";
import { JsonSequence } from "./sequence.ts";
import { concatenatedValues, wholeValue } from "./values.ts";

/** The longest record read, line end not counted, in bytes. Values of `jq` have no limit. */
export const MAX_RECORD_BYTES = 1024 * 1024;

/** How records are told apart, as `--in` names it. */
export type RecordMode = "auto" | "jsonl" | "json" | "seq" | "jq";

/** How to read records. */
export interface RecordOptions {
  /**
   * How they are told apart. Default `"auto"`: the first line tells whether it is a
   * sequence, server-sent events, or JSON Lines with values of several lines.
   */
  mode?: RecordMode;
  /**
   * The reader goes on after a bad record: an unindented `{` or `[` is then not taken
   * for the continuation of an object that was left open. Default false.
   */
  resyncs?: boolean;
  /** The longest record read. Default {@linkcode MAX_RECORD_BYTES}. */
  maxRecordBytes?: number;
}

/**
 * Reads `source` to its end and yields its records in batches.
 *
 * @throws {IoError} for input that is not UTF-8, unless it is a sequence, where U+FFFD
 * takes the place of bad bytes.
 * @throws {UsageError} for the same in mode `"jq"`.
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
 * const batches = [...records({ readSync })];
 * assertEquals(batches.map(({ lines }) => lines), [[1], [2]]);
 * ```
 */
export function* records(
  source: ByteSource,
  options: RecordOptions = {},
): Generator<RecordBatch> {
  const { mode = "auto", resyncs = false, maxRecordBytes = MAX_RECORD_BYTES } = options;
  const input = new InputBuffer(source);
  const format = mode === "auto" ? detectFormat(input, maxRecordBytes) : mode;
  const batch = new BatchBuilder(format, maxRecordBytes);
  if (format === "jq") {
    yield* concatenatedValues(input, batch);
  } else if (format === "json") {
    yield* wholeValue(input, batch, maxRecordBytes);
  } else {
    const lines: Record<typeof format, () => LineFormat> = {
      jsonl: () =>
        mode === "jsonl"
          ? new JsonLines(batch)
          : new MultiLineJson(batch, { maxRecordBytes, resyncs }),
      seq: () => new JsonSequence(batch, maxRecordBytes),
      event: () => new ServerSentEvents(batch, maxRecordBytes),
    };
    yield* lineRecords(input, lines[format](), batch, maxRecordBytes);
  }
}
