/**
 * Reading messages for an answer: a few, and no more than fit in one.
 *
 * @module
 */

import type { MessagePool, PoolInfo } from "../../pool/mod.ts";
import { LineTail, type LineTailOptions } from "../line_tail.ts";
import { exactJson } from "./exact_json.ts";
import type { Fields, ToolCall } from "./tool.ts";

/** The most text of messages in one answer, in characters; one message may be longer. */
const TEXT_LENGTH_MAX = 1024 * 1024;

/** Messages as they are told, in ascending order. */
export interface Reading {
  /** The envelopes as JSON text. */
  lines: string[];
  /** There were more that did not fit. */
  truncated: boolean;
  /** All before this number were looked at; undefined when that is not known. */
  nextSeq?: number;
}

/** Reads all that a tail delivers until its end. */
export async function readAll(
  pool: MessagePool,
  options: LineTailOptions,
  { serving, signal }: ToolCall,
): Promise<string[]> {
  const tail = await LineTail.open(pool, { ...options, signal }, serving.filters);
  const lines: string[] = [];
  try {
    for (let next; (next = await tail.next()) !== undefined;) lines.push(...linesIn(next.bytes));
  } finally {
    tail.close();
  }
  return lines;
}

/** The lines in `bytes`, each of which ends with a line feed. */
export function linesIn(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).trimEnd().split("\n");
}

/** The first of `lines` that fit in one answer, and one at least. */
export function firstThatFit(lines: readonly string[]): string[] {
  let length = 0;
  const end = lines.findIndex((line, i) => (length += line.length) > TEXT_LENGTH_MAX && i > 0);
  return end < 0 ? [...lines] : lines.slice(0, end);
}

/** The last of `lines` that fit in one answer, and one at least. */
export function lastThatFit(lines: readonly string[]): string[] {
  return firstThatFit(lines.toReversed()).reverse();
}

/** What is told of messages that were read. */
export interface BatchFacts {
  /** The envelopes as JSON text, ascending. */
  lines: readonly string[];
  /** Where the caller was. */
  afterSeq: number | undefined;
  /** The highest number that was looked at. */
  examinedSeq: number | undefined;
  /** The pool when the call began. */
  info: PoolInfo;
  /** There was more than fits. */
  truncated: boolean;
}

/** The answer that tells of them. */
export function batchFields(facts: BatchFacts): Fields {
  const { lines, afterSeq, examinedSeq, info: { bounds }, truncated } = facts;
  const messages = lines.map(exactJson);
  const last = messages.at(-1) as { seq: number } | undefined;
  return {
    messages,
    next_after_seq: examinedSeq ?? afterSeq ?? null,
    last_returned_seq: last?.seq ?? null,
    oldest_available_seq: bounds?.oldest ?? null,
    newest_available_seq: bounds?.newest ?? null,
    fell_behind: afterSeq !== undefined && bounds !== undefined && afterSeq + 1 < bounds.oldest,
    truncated,
  };
}
