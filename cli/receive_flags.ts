/**
 * The flags of commands that print what comes out of a pool: where to start, how
 * long to wait, and how to write.
 *
 * @module
 */

import type { Flags } from "./command.ts";

/** Which of the retained messages to begin with. */
export const START_FLAGS = {
  tail: {
    kind: "integer",
    short: "n",
    placeholder: "N",
    byDefault: "0",
    help: "Print the newest N retained messages that match first.",
  },
  since: {
    kind: "text",
    placeholder: "SINCE",
    conflicts: ["tail"],
    help: "Print the retained messages since then first: an age such as 5m or 2h, or a time " +
      "such as 2026-01-01T00:00:00Z.",
  },
} as const satisfies Flags;

/** When to give up. */
export const TIMEOUT_FLAGS = {
  timeout: {
    kind: "duration",
    placeholder: "DURATION",
    help: "Exit with code 124 when nothing was printed for this long, such as 500ms or 30s.",
  },
} as const satisfies Flags;

/** How messages are written. */
export const FORMAT_FLAGS = {
  format: {
    kind: "choice",
    choices: ["pretty", "jsonl"],
    byDefault: "pretty",
    help: "Indented JSON, or one compact line for each message.",
  },
  jsonl: { kind: "switch", conflicts: ["format"], help: "The same as --format jsonl." },
} as const satisfies Flags;
