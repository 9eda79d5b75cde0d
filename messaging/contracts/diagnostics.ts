/**
 * The text and the JSON of `diagnostics`.
 *
 * @module
 */

import { escapedJson } from "./escaped_json.ts";
import type { DiagEvent, DiagReply } from "./ipc_presence.ts";
import { parseTime, wholeSeconds } from "./timestamps.ts";

/** How many events are kept. */
export const DIAGNOSTIC_EVENTS_MAX = 32;

/** How far back lost connections are counted. */
const DROPS_WINDOW_MS = 3_600_000;

/**
 * How many of the events are connections that were lost within the last hour.
 *
 * @param nowMs milliseconds since 1970.
 */
export function dropsLastHour(events: readonly DiagEvent[], nowMs: number): number {
  return events.filter(({ type, at }) => {
    const atMs = parseTime(at);
    return type === "disconnect" && atMs !== undefined && nowMs - atMs <= DROPS_WINDOW_MS;
  }).length;
}

/**
 * The text of `diagnostics`: a line for the connection, and one for each event.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   printDiagnostics({ nats_events: [] }),
 *   "nats: unknown drops_last_hour=0 events=0\n",
 * );
 * ```
 */
export function printDiagnostics(reply: DiagReply): string {
  const { nats_state, nats_drops_last_hour = 0, nats_events } = reply;
  const head = `nats: ${nats_state || "unknown"} drops_last_hour=${nats_drops_last_hour} ` +
    `events=${nats_events.length}\n`;
  return head + nats_events.map(eventLine).join("");
}

function eventLine({ type, at, reason = "" }: DiagEvent): string {
  return `${type} ${wholeSeconds(at) ?? at} reason=${quoted(reason)}\n`;
}

/** Text in double quotes, on one line: what would break it or steer a terminal is escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029]/g, (control) => {
    return "\\u" + control.charCodeAt(0).toString(16).padStart(4, "0");
  });
}

/**
 * The JSON of `diagnostics`: one object on one line, with its line end. What is empty is
 * left out, the list of events aside.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(printDiagnosticsJson({ nats_events: [] }), '{"nats_events":[]}\n');
 * ```
 */
export function printDiagnosticsJson(reply: DiagReply): string {
  return escapedJson({
    nats_state: reply.nats_state || undefined,
    nats_drops_last_hour: reply.nats_drops_last_hour || undefined,
    nats_events: reply.nats_events.map(({ type, at, reason }) => {
      return { type, at, reason: reason || undefined };
    }),
  }) + "\n";
}
