/**
 * How messages that are read are printed: as rows, as their text alone, as JSON, or as the screen
 * of a terminal that they make.
 *
 * @module
 */

import {
  escapedJson,
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
import type { Screen } from "../screen.ts";

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
}

/**
 * Reads and prints until there is nothing left. A message counts as read when it was printed.
 *
 * @returns how many messages there were.
 */
export async function deliver(
  messaging: Messaging,
  screen: Screen,
  { request, mode, signal, onFirst }: Delivery,
): Promise<number> {
  const shown: string[] = [];
  let meta: ReadMeta | undefined;
  let count = 0;
  for await (const events of messaging.read(request, signal)) {
    const messages = messagesOf(events);
    if (count === 0 && messages.length > 0) onFirst?.();
    count += messages.length;
    meta ??= events.find((event) => event.meta !== undefined)?.meta;
    const text = messages.map(textIn(mode)).join("");
    if (mode === "tty") shown.push(text);
    else screen.write(text);
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

function textIn(mode: OutputMode): (message: ReadMessage) => string {
  switch (mode) {
    case "json":
      return (message) => escapedJson(message) + "\n";
    case "bare":
      return ({ payload }) => payload + "\n";
    case "rows": {
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      return (message) => formatReadMessage(message, timeZone);
    }
    case "raw":
    case "tty":
      return ({ payload }) => payload;
  }
}
