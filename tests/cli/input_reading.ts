/**
 * Sources made of pieces, and what reading them gives, for tests of input.
 *
 * @module
 */

import type { RecordBatch, Rejection } from "../../cli/input/record_batch.ts";
import { type RecordOptions, records } from "../../cli/input/records.ts";
import type { ByteSource } from "../../cli/session.ts";

const encoder = new TextEncoder();

/** Bytes that arrive in these pieces, one for each read. */
export function arriving(...pieces: (string | Uint8Array)[]): ByteSource {
  const left = pieces.map((piece) => typeof piece === "string" ? encoder.encode(piece) : piece);
  return {
    readSync(bytes: Uint8Array): number | null {
      const piece = left.shift();
      if (piece === undefined) return null;
      const part = piece.subarray(0, bytes.length);
      if (part.length < piece.length) left.unshift(piece.subarray(part.length));
      bytes.set(part);
      return part.length;
    },
  };
}

/** What an input was read as. */
export interface Reading {
  /** Values as text; a rejected record as its kind, its place and its snippet. */
  records: string[];
  /** The kind of the error that ended it. */
  failed?: unknown;
}

/** Reads `source` to its end, and tells what came. */
export function read(source: ByteSource, options: RecordOptions = {}): Reading {
  const all: string[] = [];
  try {
    for (const batch of records(source, options)) all.push(...told(batch));
  } catch (failed) {
    return { records: all, failed };
  }
  return { records: all };
}

/** The records of each batch. */
export function batches(source: ByteSource, options: RecordOptions = {}): string[][] {
  return [...records(source, options)].map(told);
}

function told({ values, rejected }: RecordBatch): string[] {
  const texts = values.map(({ text }) => text);
  return rejected === undefined ? texts : [...texts, rejectionText(rejected)];
}

function rejectionText({ kind, index, line, snippet }: Rejection): string {
  return `${kind} ${index}${line === undefined ? "" : ` line ${line}`}: ${snippet}`;
}

/** The same bytes, divided in two at every place, and all of them alone. */
export function* divided(input: string | Uint8Array): Generator<ByteSource> {
  const bytes = typeof input === "string" ? encoder.encode(input) : input;
  for (let at = 0; at <= bytes.length; at++) {
    yield arriving(bytes.subarray(0, at), bytes.subarray(at));
  }
  yield arriving(...Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
}
