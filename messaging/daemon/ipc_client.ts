/**
 * Messaging through a daemon: every call is a connection of its own, with one request.
 *
 * A call is sent once. When its answer does not come, what became of it is not known, and that is
 * what the failure says.
 *
 * @module
 */

import {
  fromWire,
  type IpcMethod,
  MessagingError,
  newError,
  parseReply,
  READ_LINE_MAX_BYTES,
  type ReadEvent,
  type ReadRequest,
  requestLine,
  WAITING_METHODS,
} from "../contracts/mod.ts";
import type { CallName, Calls, Messaging } from "../service/mod.ts";
import { type ByteConnection, closeQuietly, readPieces, writeText } from "./connection_io.ts";
import { LineCutter, lineText } from "./lines.ts";

/** How long an answer may take, in milliseconds, unless the caller says otherwise. */
export const UNARY_DEADLINE_MS = 30_000;

/** A reply may be long: a listing has the last message of every pipe. */
const REPLY_LINE_MAX_BYTES = 2 ** 30;

/** Read at once: messages that come together are given together. */
const PIECE_BYTES = 64 * 1024;

/** How a daemon is asked. */
export interface IpcClientOptions {
  /**
   * How long an answer may take, in milliseconds: 1 or more. Default 30 s. Waits and reads have
   * no bound.
   */
  readonly deadlineMs?: number;
}

/** Asks the daemon at a socket. */
export class IpcClient implements Messaging {
  /** Where the daemon answers. */
  readonly path: string;
  readonly #deadlineMs: number;
  readonly #closing = new AbortController();

  /** A client of the daemon at the socket `path`. Nothing is sent before something is asked. */
  constructor(path: string, { deadlineMs = UNARY_DEADLINE_MS }: IpcClientOptions = {}) {
    this.path = path;
    this.#deadlineMs = deadlineMs;
  }

  /**
   * Asks for something.
   *
   * @param signal Ends the wait for an answer. What was asked for may be done all the same.
   * @throws {MessagingError} what the daemon says; `E_DAEMON_NOT_RUNNING` when there is none, or it
   * ends; `E_DAEMON_TIMEOUT` when the answer takes too long; `E_DELIVERY_UNCONFIRMED` when it ends
   * while it sends a message.
   */
  async call<Name extends CallName>(
    name: Name,
    request: Calls[Name][0],
    signal?: AbortSignal,
  ): Promise<Calls[Name][1]> {
    signal?.throwIfAborted();
    const late = new AbortController();
    const timer = WAITING_METHODS.has(name) ? undefined : setTimeout(() => {
      late.abort(newTimeout(this.#deadlineMs));
    }, this.#deadlineMs);
    try {
      const given = signal === undefined ? [] : [signal];
      const ends = AbortSignal.any([late.signal, this.#closing.signal, ...given]);
      return await this.#ask(name, request, ends) as Calls[Name][1];
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Reads a pipe. The daemon takes for delivered what it has written; what is on its way when a
   * caller stops is not given again.
   *
   * @throws {MessagingError} as {@linkcode call}. A reading that follows a pipe fails with
   * `E_DAEMON_NOT_RUNNING` when the daemon ends; one that does not ends early then, as there is no
   * telling.
   */
  async *read(request: ReadRequest, signal?: AbortSignal): AsyncGenerator<ReadEvent[]> {
    if (signal?.aborted) return;
    const given = signal === undefined ? [] : [signal];
    const ends = AbortSignal.any([this.#closing.signal, ...given]);
    using dialogue = await Dialogue.begin(this.path, ends);
    try {
      await dialogue.send("Read", request);
      for await (const lines of dialogue.lines(READ_LINE_MAX_BYTES)) {
        yield* portionOf(lines);
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw dialogue.isBroken(error) ? this.#endedError(ends, "Read") : error;
    }
    if (request.follow && !signal?.aborted) throw this.#endedError(ends, "Read");
  }

  /** Ends the calls that are going on. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(newError("E_DAEMON_NOT_RUNNING", "the client of the daemon is closed"));
    return Promise.resolve();
  }

  async #ask(name: CallName, request: object, ends: AbortSignal): Promise<unknown> {
    using dialogue = await Dialogue.begin(this.path, ends);
    try {
      await dialogue.send(name, request);
      for await (const [line] of dialogue.lines(REPLY_LINE_MAX_BYTES)) return resultOf(line);
    } catch (error) {
      if (!dialogue.isBroken(error)) throw error;
    }
    throw this.#endedError(ends, name);
  }

  /** Why there is no answer, or no more of it. */
  #endedError(ends: AbortSignal, method: IpcMethod): unknown {
    if (ends.aborted) return ends.reason;
    const what = "the daemon ended before it answered";
    return method === "Send" || method === "SendBatch"
      ? newError("E_DELIVERY_UNCONFIRMED", `${what}: the message may have arrived`, {
        hint: "Look with `pls reread` before you send it again.",
      })
      : newError("E_DAEMON_NOT_RUNNING", what, { hint: "Start it again: `pls daemon start`." });
  }
}

/** One connection. It is closed when its signal is aborted. */
class Dialogue implements Disposable {
  readonly #connection: ByteConnection;
  readonly #ends: AbortSignal;
  readonly #onAbort = () => closeQuietly(this.#connection);

  private constructor(connection: ByteConnection, ends: AbortSignal) {
    this.#connection = connection;
    this.#ends = ends;
    ends.addEventListener("abort", this.#onAbort);
    if (ends.aborted) this.#onAbort();
  }

  /** Connects. A daemon without time for that counts as one that is late with its answer. */
  static async begin(path: string, ends: AbortSignal): Promise<Dialogue> {
    const dialling = Deno.connect({ transport: "unix", path });
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(ends.reason);
    ends.addEventListener("abort", onAbort);
    try {
      return new Dialogue(await Promise.race([dialling, aborted]), ends);
    } catch (error) {
      dialling.then(closeQuietly, () => {});
      throw ends.aborted || error instanceof Deno.errors.NotCapable ? error : notRunning(error);
    } finally {
      ends.removeEventListener("abort", onAbort);
      aborted.catch(() => {});
    }
  }

  /** Whether the connection failed with this, rather than what came over it. */
  isBroken(error: unknown): boolean {
    const { BrokenPipe, ConnectionReset, Interrupted, BadResource } = Deno.errors;
    return this.#ends.aborted ||
      [BrokenPipe, ConnectionReset, Interrupted, BadResource].some((kind) => error instanceof kind);
  }

  async send(method: IpcMethod, request: object): Promise<void> {
    try {
      await writeText(this.#connection, requestLine(method, request));
    } catch (error) {
      // It may have answered before it had read everything, and closed.
      if (!this.isBroken(error) || this.#ends.aborted) throw error;
    }
  }

  /** The lines of the answer, those that come together in one piece. */
  async *lines(maxBytes: number): AsyncGenerator<Uint8Array[]> {
    const cutter = new LineCutter(maxBytes);
    for await (const piece of readPieces(this.#connection, PIECE_BYTES)) {
      const lines = cutter.push(piece);
      if (lines.length > 0) yield lines;
    }
    if (cutter.hasPart) throw new Deno.errors.ConnectionReset("the last line has no end");
  }

  [Symbol.dispose](): void {
    this.#ends.removeEventListener("abort", this.#onAbort);
    closeQuietly(this.#connection);
  }
}

function resultOf(line: Uint8Array): unknown {
  try {
    return parseReply(lineText(line));
  } catch (error) {
    const isOurs = error instanceof MessagingError && error.code === "E_PROTOCOL" &&
      error.cause !== undefined;
    if (!isOurs) throw error;
    throw newError("E_PROTOCOL", `ipc decode: ${error.message}`, { cause: error.cause });
  }
}

/** What came together, as far as it can be read; a failure comes behind what was before it. */
function* portionOf(lines: readonly Uint8Array[]): Generator<ReadEvent[]> {
  const events: ReadEvent[] = [];
  let failure: MessagingError | undefined;
  for (const line of lines) {
    const event = decodedEvent(line);
    if (event === undefined) continue;
    if (event.error !== undefined && event.error !== null) {
      failure = fromWire(event.error);
      break;
    }
    events.push(event);
  }
  if (events.length > 0) yield events;
  if (failure !== undefined) throw failure;
}

function decodedEvent(line: Uint8Array): ReadEvent | undefined {
  try {
    const value: unknown = JSON.parse(lineText(line));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function newTimeout(deadlineMs: number): MessagingError {
  return newError("E_DAEMON_TIMEOUT", `the daemon did not answer within ${deadlineMs / 1000} s`, {
    hint: "Try again, or run `pls daemon restart`.",
  });
}

function notRunning(cause: unknown): MessagingError {
  const { NotFound, ConnectionRefused } = Deno.errors;
  const isPlain = cause instanceof NotFound || cause instanceof ConnectionRefused;
  const text = cause instanceof Error ? cause.message : String(cause);
  const message = isPlain ? undefined : `can't reach the daemon: ${text}`;
  return newError("E_DAEMON_NOT_RUNNING", message, { cause });
}
