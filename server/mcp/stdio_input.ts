/**
 * What comes in on standard input, line by line, before the SDK reads it: lines that are no
 * messages are answered, as JSON-RPC asks for, and the end is held back until all was answered.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Transform, type TransformCallback } from "node:stream";
import {
  type JSONRPCErrorResponse,
  type JSONRPCMessage,
  ProtocolErrorCode,
} from "@modelcontextprotocol/server";
import { parseJSONRPCMessage } from "@modelcontextprotocol/server";

/** The longest line in bytes; the SDK's own limit is higher. */
export const LINE_BYTES_MAX = 8 * 1024 * 1024;

const LINE_FEED = 0x0a;

/** What it takes part in. */
export interface InputEvents {
  /** Is told of every message before the SDK gets it. */
  onMessage: (message: JSONRPCMessage) => void;
  /** Sends an answer to what is no message. */
  answer: (response: JSONRPCErrorResponse) => void;
  /** Resolves once everything was answered. */
  answered: () => Promise<void>;
}

/** Passes on whole lines that are messages. */
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
    if (isLine && line.toString().trim() !== "") this.#take(line);
  }

  #take(line: Buffer): void {
    let value: unknown;
    try {
      value = JSON.parse(line.toString());
    } catch (error) {
      this.#refuse(ProtocolErrorCode.ParseError, `not JSON: ${(error as Error).message}`);
      return;
    }
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(value);
    } catch {
      this.#refuse(ProtocolErrorCode.InvalidRequest, "not a JSON-RPC 2.0 request or notification");
      return;
    }
    this.#events.onMessage(message);
    this.push(line);
    this.push("\n");
  }

  #refuse(code: number, message: string): void {
    // JSON-RPC 2.0 has null there when the id can't be told; the SDK's type lacks it.
    const response = { jsonrpc: "2.0", id: null, error: { code, message } };
    this.#events.answer(response as unknown as JSONRPCErrorResponse);
  }
}
