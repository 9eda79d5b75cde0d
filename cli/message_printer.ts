/**
 * Messages on standard output: indented for people, or as JSON Lines.
 *
 * What is printed is written at once: a reader at the other end of a pipe never waits
 * for a buffer to fill.
 *
 * @module
 */

import { type Message, type MessageBatch, prettyJson } from "../pool/mod.ts";
import type { Screen } from "./screen.ts";

/** How messages are written. */
export interface PrinterOptions {
  /** `--format`, if it was given. */
  readonly format?: "pretty" | "jsonl";
  /** `--jsonl`: the same as the format `"jsonl"`. */
  readonly jsonl: boolean;
  /** Write `data` alone instead of the whole envelope. Default false. */
  readonly dataOnly?: boolean;
}

/** Writes messages. */
export interface MessagePrinter {
  /** Writes all messages of a batch. */
  batch(batch: MessageBatch): void;
  /** Writes these messages. */
  messages(messages: readonly Message[]): void;
}

/** What writes messages on `screen`. */
export function messagePrinter(screen: Screen, options: PrinterOptions): MessagePrinter {
  const { dataOnly = false } = options;
  const json = (message: Message) => dataOnly ? message.json : message.envelope;
  const { color } = screen;
  const asJsonLines = options.jsonl || options.format === "jsonl";
  const text = (message: Message) =>
    (asJsonLines ? json(message) : prettyJson(json(message), { color })) + "\n";
  const messages = (some: readonly Message[]) => screen.write(some.map(text).join(""));
  return {
    messages,
    batch: asJsonLines
      ? (batch) => screen.writeBytes(batch.jsonLines({ dataOnly }))
      : (batch) => messages(batch.messages()),
  };
}
