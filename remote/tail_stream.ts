/**
 * One stream of a tail: lines as they come, until the server ends it or the connection
 * breaks. The two are told apart, and what came of a line that broke off is dropped.
 *
 * @module
 */

import { ConnectionError } from "./transport.ts";
import { LineFramer } from "./lines.ts";

/** A server that is there says so at least every five seconds. */
const SILENCE_LIMIT_MS = 20_000;

/** What a server does when it has no message. */
export interface Heartbeat {
  /** It says something all the same. */
  readonly hasHeartbeat: boolean;
  /** How long nothing may come then, in milliseconds. Default 20 seconds. */
  readonly silenceLimitMs?: number;
}

/** The body of an answer, in whole lines. */
export class TailStream {
  /** When it was opened, as `performance.now()` has it. */
  readonly openedMs = performance.now();
  readonly #server: string;
  readonly #hasHeartbeat: boolean;
  readonly #silenceLimitMs: number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #framer = new LineFramer();

  /**
   * The stream that is the body of an answer of `server`.
   *
   * @param heartbeat Whether the server says where it is when there is nothing else to say, so
   * that silence means a loss; and how long there may be silence then.
   */
  constructor(
    server: string,
    body: ReadableStream<Uint8Array>,
    { hasHeartbeat, silenceLimitMs = SILENCE_LIMIT_MS }: Heartbeat,
  ) {
    this.#server = server;
    this.#hasHeartbeat = hasHeartbeat;
    this.#silenceLimitMs = silenceLimitMs;
    this.#reader = body.getReader();
  }

  /**
   * Whole lines, as soon as there are any; undefined when the server has ended the stream.
   *
   * @throws {ConnectionError} when the connection broke.
   */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = await this.#readSome();
      if (done && this.#framer.isWhole) return undefined;
      if (done) throw new ConnectionError(this.#server, new Error("it broke off within a line"));
      const lines = this.#framer.push(value);
      if (lines.length > 0) return lines;
    }
  }

  /** Gives the stream up; does not wait for that. */
  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }

  async #readSome(): Promise<ReadableStreamReadResult<Uint8Array>> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      if (!this.#hasHeartbeat) return;
      const error = new Error(`nothing came for ${this.#silenceLimitMs / 1000} s`);
      timer = setTimeout(() => reject(error), this.#silenceLimitMs);
    });
    try {
      return await Promise.race([this.#reader.read(), silence]);
    } catch (cause) {
      this.cancel();
      throw new ConnectionError(this.#server, cause);
    } finally {
      clearTimeout(timer);
    }
  }
}
