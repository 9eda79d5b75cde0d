/**
 * Reading messages for an answer: a few, and no more than fit in one.
 *
 * @module
 */

import type { MessagePool, PoolInfo } from "../../pool/mod.ts";
import { LineTail, type LineTailOptions } from "../line_tail.ts";
import { messageJson } from "./exact_json.ts";
import type { Fields, ToolCall } from "./tool.ts";

/** The most text of messages in one answer, in characters; one message may be longer. */
const TEXT_LENGTH_MAX = 1024 * 1024;

/** Messages that fit in one answer. */
export interface Reading {
  /** Their envelopes as JSON text, ascending. */
  readonly lines: string[];
  /** There were more. */
  readonly truncated: boolean;
}

/** The envelopes that a tail of `pool` delivers until its end. */
export async function* linesOf(
  pool: MessagePool,
  options: LineTailOptions,
  { serving, signal }: ToolCall,
): AsyncGenerator<string> {
  const tail = await LineTail.open(pool, { ...options, signal }, serving.filters);
  try {
    for (let next; (next = await tail.next()) !== undefined;) yield* linesIn(next.bytes);
  } finally {
    tail.close();
  }
}

/** Reads `all` to the end, or until no more fits. */
export async function readFirst(all: AsyncIterable<string>): Promise<Reading> {
  const lines: string[] = [];
  let length = 0;
  for await (const line of all) {
    length += line.length;
    if (length > TEXT_LENGTH_MAX && lines.length > 0) return { lines, truncated: true };
    lines.push(line);
  }
  return { lines, truncated: false };
}

/** Reads `all` to the end, and keeps as much of the end as fits. */
export async function readLast(all: AsyncIterable<string>): Promise<Reading> {
  const lines: string[] = [];
  let length = 0;
  let truncated = false;
  for await (const line of all) {
    lines.push(line);
    for (length += line.length; length > TEXT_LENGTH_MAX && lines.length > 1; truncated = true) {
      length -= lines.shift()!.length;
    }
  }
  return { lines, truncated };
}

/** The lines in `bytes`, each of which ends with a line feed. */
export function linesIn(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).trimEnd().split("\n");
}

/** The first of `lines` that fit in one answer, and one at least. */
export function firstThatFit(lines: readonly string[]): Reading {
  let length = 0;
  const end = lines.findIndex((line, i) => (length += line.length) > TEXT_LENGTH_MAX && i > 0);
  return end < 0
    ? { lines: [...lines], truncated: false }
    : { lines: lines.slice(0, end), truncated: true };
}

/** What is told of messages that were read. */
export interface BatchFacts {
  /** The envelopes as JSON text, ascending. */
  lines: readonly string[];
  /** Where the caller was. */
  afterSeq: number | undefined;
  /** The highest number that was looked at. */
  examinedSeq: number;
  /** The pool when the call began. */
  info: PoolInfo;
  /** There was more than fits. */
  truncated: boolean;
  /** Messages were given up while they were read. */
  hasLost?: boolean;
}

/** The answer that tells of them. */
export function batchFields(facts: BatchFacts): Fields {
  const { lines, afterSeq, examinedSeq, info: { bounds }, truncated, hasLost = false } = facts;
  const wasBehind = afterSeq !== undefined && bounds !== undefined && afterSeq + 1 < bounds.oldest;
  const messages = lines.map(messageJson);
  const last = messages.at(-1) as { seq: number } | undefined;
  return {
    messages,
    next_after_seq: examinedSeq,
    last_returned_seq: last?.seq ?? null,
    oldest_available_seq: bounds?.oldest ?? null,
    newest_available_seq: bounds?.newest ?? null,
    fell_behind: wasBehind || hasLost,
    truncated,
  };
}
