/**
 * The sending side of `pls duplex`: what is typed or piped in, appended as it comes.
 *
 * Input is read in the background: waiting for it keeps nobody from receiving.
 *
 * @module
 */

import { type MessageInput, type MessagePool, UsageError } from "../../pool/mod.ts";
import { amend } from "../failure.ts";
import { type RecordBatch, rejectionError } from "../input/record_batch.ts";
import { LineSplitter } from "../line_splitter.ts";
import { RecordReader } from "./record_reader.ts";

/** The longest line that is sent in one message, in bytes. */
const MAX_LINE_BYTES = 1024 * 1024;

const RECORD_HINT = "Send one JSON value per line, of at most 1 MiB. What came before was sent.";

/** Bytes as they come. */
export type ByteStream = AsyncIterable<Uint8Array>;

/**
 * Sends each line of `input` that is not blank as `{"from": name, "msg": line}`.
 *
 * @returns the seq of the last message sent; 0 when there was none.
 */
export async function sendLines(
  pool: MessagePool,
  input: ByteStream,
  name: string,
): Promise<number> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  const inputs = (lines: ReturnType<LineSplitter["push"]>): MessageInput[] =>
    lines.filter(({ text }) => text.trim() !== "")
      .map(({ text }) => ({ data: { from: name, msg: text } }));
  let lastSeq = 0;
  for await (const bytes of input) {
    lastSeq = await append(pool, inputs(splitter.push(bytes))) ?? lastSeq;
  }
  return await append(pool, inputs(splitter.end())) ?? lastSeq;
}

/**
 * Sends each JSON value of `input` as it is.
 *
 * @returns the seq of the last message sent.
 * @throws {UsageError} when there was no value, and for a record that is none.
 * @throws {IoError} for a line that is not UTF-8.
 */
export async function sendRecords(pool: MessagePool, input: ByteStream): Promise<number> {
  const reader = new RecordReader();
  let lastSeq: number | undefined;
  for await (const bytes of input) lastSeq = await send(pool, reader.push(bytes)) ?? lastSeq;
  lastSeq = await send(pool, reader.end()) ?? lastSeq;
  if (lastSeq !== undefined) return lastSeq;
  throw new UsageError("no data to send", {
    hint: "Pipe JSON to stdin, one value per line, or type on a terminal with --me NAME. " +
      "To receive only, use `pls follow`.",
  });
}

async function send(
  pool: MessagePool,
  batches: Iterable<RecordBatch>,
): Promise<number | undefined> {
  let lastSeq: number | undefined;
  for (const { values, rejected } of batches) {
    lastSeq = await append(pool, values.map((json) => ({ json }))) ?? lastSeq;
    if (rejected !== undefined) throw amend(rejectionError(rejected), { hint: RECORD_HINT });
  }
  return lastSeq;
}

async function append(
  pool: MessagePool,
  inputs: readonly MessageInput[],
): Promise<number | undefined> {
  return (await pool.appendMany(inputs)).at(-1)?.seq;
}
