/**
 * The rows of `read`: the time, the sender, and the text with its further lines below its
 * first one.
 *
 * @module
 */

import { characterCount, padCharacters } from "./columns.ts";
import { ACK_PREFIX, id8, type ReadMessage } from "./envelope.ts";
import { parseTime, ZERO_TIME_MS } from "./timestamps.ts";

const SENDER_WIDTH = 12;
const GAP = "  ";

/**
 * The row of a message, with its line ends.
 *
 * A time that can't be read shows as midnight of the first day of the year 1. A name that is
 * longer than its column moves its own row to the right.
 *
 * @param timeZone the zone to show times in, by its IANA name or as `+02:00`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const message = {
 *   id: "7b1e2a90-0c4d-7e5f-8a6b-1c2d90abcdef",
 *   sender: "nina",
 *   subject: "",
 *   payload: "deploy finished",
 *   created_at: "2031-03-04T14:23:01Z",
 *   in_reply_to: "",
 *   ack_requested: false,
 * };
 * assertEquals(formatReadMessage(message), "14:23:01  nina          deploy finished\n");
 * ```
 */
export function formatReadMessage(message: ReadMessage, timeZone = "UTC"): string {
  const time = timeOfDay(parseTime(message.created_at) ?? ZERO_TIME_MS, timeZone);
  const prefix = time + GAP + padCharacters(message.sender || "-", SENDER_WIDTH) + GAP;
  const indent = " ".repeat(characterCount(prefix));
  return bodyOf(message).split("\n")
    .map((line, index) => (index === 0 ? prefix : indent) + line + "\n")
    .join("");
}

function bodyOf({ id, subject, payload }: ReadMessage): string {
  if (subject.startsWith(ACK_PREFIX)) return `${subject} → ${id8(id)}`;
  return subject === "" ? payload : `[${subject}] ${payload}`;
}

/** A formatter for each zone: to make one takes longer than a thousand rows. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function timeOfDay(timeMs: number, timeZone: string): string {
  if (timeZone === "UTC") return new Date(Math.floor(timeMs)).toISOString().slice(11, 19);
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
    formatters.set(timeZone, formatter);
  }
  return formatter.format(timeMs);
}
