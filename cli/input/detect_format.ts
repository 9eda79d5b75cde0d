/**
 * Telling the format of an input by its first line that is not blank, and by nothing
 * else: a slow producer's first record does not wait for its second.
 *
 * @module
 */

import type { InputBuffer } from "./input_buffer.ts";
import { RECORD_SEPARATOR } from "./lines.ts";
import { decodeLeniently } from "./utf8.ts";

const LINE_FEED = 0x0a;

/** A field of a server-sent event, or a comment. */
const EVENT_LINE = /^(data|event|id|retry)?:/;

/** The formats that can be told by their first line. */
export type DetectedFormat = "jsonl" | "seq" | "event";

/**
 * Reads `input` until its format is known, using none of it up. More than
 * `maxHeadBytes` without a line that tells is JSON Lines.
 */
export function detectFormat(input: InputBuffer, maxHeadBytes: number): DetectedFormat {
  do {
    const format = formatOf(input.unread, { isWhole: false });
    if (format !== undefined) return format;
  } while (input.unread.length <= maxHeadBytes && input.read());
  return formatOf(input.unread, { isWhole: true }) ?? "jsonl";
}

function formatOf(head: Uint8Array, { isWhole }: { isWhole: boolean }): DetectedFormat | undefined {
  for (let start = 0; start < head.length;) {
    const lineFeed = head.indexOf(LINE_FEED, start);
    const line = head.subarray(start, lineFeed === -1 ? head.length : lineFeed);
    if (line.includes(RECORD_SEPARATOR)) return "seq";
    if (lineFeed === -1 && !isWhole) return undefined;
    const text = decodeLeniently(line).trim();
    if (text !== "") return EVENT_LINE.test(text) ? "event" : "jsonl";
    start += line.length + 1;
  }
}
