/**
 * What comes in on standard input, line by line: messages are handed on as they are, lines that
 * are none are answered, as JSON-RPC asks for, and the end is held back until all was answered.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Transform, type TransformCallback } from "node:stream";
import {
  type JSONRPCErrorResponse,
  type JSONRPCMessage,
  parseJSONRPCMessage,
  ProtocolErrorCode,
  type RequestId,
} from "@modelcontextprotocol/server";
import { requestJson } from "./exact_json.ts";

/** The longest line in bytes. */
export const LINE_BYTES_MAX = 8 * 1024 * 1024;

const LINE_FEED = 0x0a;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What it takes part in. */
export interface InputEvents {
  /** Takes a message. */
  onMessage: (message: JSONRPCMessage) => void;
  /** Sends an answer to what is no message. */
  answer: (response: JSONRPCErrorResponse) => void;
  /** Resolves once everything was answered. */
  answered: () => Promise<void>;
}

/** Takes messages apart. Nothing comes out of it but the end. */
export class MessageLines extends Transform {
  readonly #events: InputEvents;
  #pieces: Buffer[] = [];
  #length = 0;
  /** The line that goes on was too long, and has been answered. */
  #skips = false;

  constructor(events: InputEvents) {
    super();
    this.#events = events;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    let start = 0;
    for (let end; (end = chunk.indexOf(LINE_FEED, start)) >= 0; start = end + 1) {
      this.#add(chunk.subarray(start, end));
      this.#endLine();
    }
    this.#add(chunk.subarray(start));
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#endLine();
    this.#events.answered().then(() => done(), done);
  }

  #add(piece: Buffer): void {
    if (this.#skips) return;
    this.#length += piece.length;
    if (this.#length <= LINE_BYTES_MAX) {
      this.#pieces.push(piece);
      return;
    }
    this.#skips = true;
    this.#refuse(ProtocolErrorCode.ParseError, `a message may have ${LINE_BYTES_MAX} bytes`);
  }

  #endLine(): void {
    const line = Buffer.concat(this.#pieces);
    const isLine = !this.#skips;
    this.#pieces = [];
    this.#length = 0;
    this.#skips = false;
    if (isLine && line.length > 0) this.#take(line);
  }

  #take(line: Buffer): void {
    let value: unknown;
    try {
      const text = decoder.decode(line);
      if (text.trim() === "") return;
      value = requestJson(text);
    } catch (error) {
      const message = error instanceof SyntaxError ? `not JSON: ${error.message}` : "not UTF-8";
      this.#refuse(ProtocolErrorCode.ParseError, message);
      return;
    }
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(value);
    } catch {
      this.#refuse(
        ProtocolErrorCode.InvalidRequest,
        "not a JSON-RPC 2.0 request or notification",
        idOf(value),
      );
      return;
    }
    this.#events.onMessage(message);
  }

  #refuse(code: number, message: string, id: RequestId | null = null): void {
    // JSON-RPC 2.0 has null there when the id can't be told; the SDK's type lacks it.
    const response = { jsonrpc: "2.0", id, error: { code, message } };
    this.#events.answer(response as unknown as JSONRPCErrorResponse);
  }
}

/** Whoever sent a request waits for an answer with its id, also when the rest of it is wrong. */
function idOf(value: unknown): RequestId | null {
  const { id, method } = (value ?? {}) as { id?: unknown; method?: unknown };
  if (typeof method !== "string") return null;
  return typeof id === "string" || Number.isSafeInteger(id) ? id as RequestId : null;
}
