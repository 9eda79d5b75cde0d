/**
 * How messages that are read are printed: as rows, as their text alone, as JSON, or as the screen
 * of a terminal that they make.
 *
 * @module
 */

import {
  escapedJson,
  formatPipePath,
  formatReadMessage,
  isTabularReadPipe,
  type Messaging,
  type ReadEvent,
  type ReadMessage,
  type ReadMeta,
  type ReadRequest,
  renderTerminal,
} from "../../messaging/internal_mod.ts";
import type { Flags } from "../command.ts";
import { printable } from "../screen.ts";
import type { Session } from "../session.ts";

/** The flags of every command that prints messages. */
export const OUTPUT_FLAGS = {
  json: { kind: "switch", help: "Print each message as one line of JSON." },
  raw: {
    kind: "switch",
    conflicts: ["json", "tty"],
    help: "Print the texts as they are, with nothing between them.",
  },
  bare: {
    kind: "switch",
    conflicts: ["json", "tty", "raw"],
    help: "Print the texts alone, each with a line end.",
  },
  tty: {
    kind: "switch",
    conflicts: ["json"],
    help: "Print the screen that a terminal shows at the end, as is done for pipes stdout.",
  },
} as const satisfies Flags;

/** The values of {@linkcode OUTPUT_FLAGS}, and of `--tail` where there is one. */
export interface OutputChoice {
  readonly json: boolean;
  readonly raw: boolean;
  readonly bare: boolean;
  readonly tty: boolean;
  readonly tail?: boolean;
}

/** How messages are printed. */
export type OutputMode = "json" | "raw" | "bare" | "tty" | "rows";

/** What was asked for, and when nothing was, what suits the pipe. */
export function outputMode(
  { channel, bare_target }: Pick<ReadRequest, "channel" | "bare_target">,
  choice: OutputChoice,
): OutputMode {
  for (const mode of ["json", "raw", "bare", "tty"] as const) if (choice[mode]) return mode;
  if (bare_target !== undefined || isTabularReadPipe(channel)) return "rows";
  return channel === "stdout" && !choice.tail ? "tty" : "bare";
}

/** What is to be read, and how it is printed. */
export interface Delivery {
  /** What is to be read. */
  readonly request: ReadRequest;
  /** How it is printed. */
  readonly mode: OutputMode;
  /** Ends a request that follows. */
  readonly signal?: AbortSignal;
  /** Called before the first message is printed. */
  readonly onFirst?: () => void;
  /** Called when something was printed. */
  readonly onPrinted?: () => void;
}

/**
 * Reads and prints until there is nothing left. A message counts as read when it was printed.
 *
 * @returns how many messages there were.
 */
export async function deliver(
  messaging: Messaging,
  { stdout: screen, stderr }: Pick<Session, "stdout" | "stderr">,
  { request, mode, signal, onFirst, onPrinted }: Delivery,
): Promise<number> {
  const shown: string[] = [];
  let meta: ReadMeta | undefined;
  let count = 0;
  for await (const events of messaging.read(request, signal)) {
    const messages = messagesOf(events);
    if (count === 0 && messages.length > 0) onFirst?.();
    count += messages.length;
    meta ??= events.find((event) => event.meta !== undefined)?.meta;
    const text = messages.map(textIn(mode, screen.isTerminal)).join("");
    if (mode === "tty") shown.push(text);
    else screen.write(text);
    const missed = events.reduce((sum, event) => sum + (event.missed ?? 0), 0);
    if (missed > 0) stderr.write(missedWarning(missed, request));
    if (messages.length > 0) onPrinted?.();
  }
  if (mode === "tty") {
    const bytes = new TextEncoder().encode(shown.join(""));
    screen.write(await renderTerminal(bytes, meta?.cols, meta?.rows));
  }
  return count;
}

function messagesOf(events: readonly ReadEvent[]): ReadMessage[] {
  return events.flatMap(({ msg }) => msg ?? []);
}

function missedWarning(
  count: number,
  { bare_target: bareTarget, handle, channel, manifold = "" }: ReadRequest,
): string {
  const path = formatPipePath(manifold, handle, bareTarget ?? channel);
  const were = count === 1 ? "1 message" : `${count} messages`;
  const end = count === 1 ? "was given up or is damaged" : "were given up or are damaged";
  return `warning: ${were} of ${printable(path)} ${end}\n`;
}

function textIn(mode: OutputMode, isTerminal: boolean): (message: ReadMessage) => string {
  switch (mode) {
    case "json":
      return (message) => escapedJson(message) + "\n";
    case "bare":
      return ({ payload }) => payload + "\n";
    case "rows": {
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      return (message) => formatReadMessage(harmless(message, isTerminal), timeZone);
    }
    case "raw":
    case "tty":
      return ({ payload }) => payload;
  }
}

/**
 * A message as a row may have it: its sender makes no line of its own, and on a terminal its text
 * steers nothing.
 */
function harmless(message: ReadMessage, isTerminal: boolean): ReadMessage {
  const sender = printable(message.sender);
  if (!isTerminal) return { ...message, sender };
  const subject = printableLines(message.subject);
  return { ...message, sender, subject, payload: printableLines(message.payload) };
}

/**
 * Text of several lines, with all other control characters than line feeds and tabs spelled out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(printableLines("a\tb\n\x1b[2J"), "a\tb\n\\u001b[2J");
 * ```
 */
export function printableLines(text: string): string {
  return text.split(/([\n\t])/).map((part, index) => index % 2 ? part : printable(part)).join("");
}
