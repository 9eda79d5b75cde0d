/**
 * One connection of the daemon, which is one request: its line is read, it is answered, and the
 * connection is closed.
 *
 * Whatever a client does, only its own connection ends. What it is to get is written before more is
 * asked for, so that a slow one holds one portion of its messages in memory, and no more.
 *
 * @module
 */

import {
  errorLine,
  eventLine,
  isIpcMethod,
  MessagingError,
  newError,
  newSubscribeNotImplemented,
  newUnknownMethod,
  parseRequest,
  type ReadRequest,
  resultLine,
  WAITING_METHODS,
} from "../contracts/mod.ts";
import type { Messaging } from "../service/mod.ts";
import { type ByteConnection, closeQuietly, readPieces, writeText } from "./connection_io.ts";
import { LineCutter, lineText } from "./lines.ts";
import { decodeParams, isAnswered } from "./params.ts";

/** The longest line of a request in bytes: more than a batch of hundreds of the largest messages. */
export const REQUEST_LINE_MAX_BYTES = 64 * 2 ** 20;

/** Read at once: there may be many clients that wait, and each has a buffer. */
const PIECE_BYTES = 8 * 1024;

/** What is going on in a connection: it may be ended at once unless a client waits for a result. */
type Phase = "reading" | "waiting" | "working";

/** A client and its request. */
export class IpcConnection {
  /** Settled when all is over. It never fails. */
  readonly finished: Promise<void>;
  /** Settled when the request is there, or never will be. It never fails. */
  readonly received: Promise<void>;
  readonly #onReceived: () => void;
  readonly #connection: ByteConnection;
  readonly #messaging: Messaging;
  readonly #ending = new AbortController();
  #phase: Phase = "reading";
  #isGone = false;

  /** Answers the request that comes over `connection`. */
  constructor(connection: ByteConnection, messaging: Messaging) {
    this.#connection = connection;
    this.#messaging = messaging;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.received = promise;
    this.#onReceived = resolve;
    this.finished = this.#serve();
  }

  /** Ends what only waits; what is at work goes on until it has answered. */
  stop(): void {
    if (this.#phase === "reading") this.close();
    if (this.#phase === "waiting") this.#ending.abort(newStopping());
  }

  /** Ends all of it at once. */
  close(): void {
    this.#isGone = true;
    this.#ending.abort(newStopping());
    closeQuietly(this.#connection);
  }

  async #serve(): Promise<void> {
    const pieces = readPieces(this.#connection, PIECE_BYTES);
    try {
      const request = await this.#readRequest(pieces);
      if (request !== undefined) await this.#answer(request, pieces);
    } catch (error) {
      // The client went, or was made to.
      if (!isConnectionFailure(error)) await this.#write(errorLine(asWire(error))).catch(() => {});
    } finally {
      this.#onReceived();
      closeQuietly(this.#connection);
      await pieces.return(undefined).catch(() => {});
    }
  }

  /** The line of the request, and what came behind it; undefined when there never was a line. */
  async #readRequest(
    pieces: AsyncGenerator<Uint8Array>,
  ): Promise<{ line: Uint8Array; hasMore: boolean } | undefined> {
    const cutter = new LineCutter(REQUEST_LINE_MAX_BYTES);
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) return undefined;
      const [line] = cutter.push(value);
      if (line === undefined) continue;
      return { line, hasMore: value.indexOf(10) < value.length - 1 };
    }
  }

  async #answer(
    { line, hasMore }: { line: Uint8Array; hasMore: boolean },
    pieces: AsyncGenerator<Uint8Array>,
  ): Promise<void> {
    const { method, params } = parseRequest(lineText(line));
    if (method === "Subscribe") throw newSubscribeNotImplemented();
    if (method === "Login") throw newLoginNotNeeded();
    if (!isIpcMethod(method) || !isAnswered(method)) throw newUnknownMethod(method);
    const request = decodeParams(method, params);
    const endsWithClient = method === "Read" || WAITING_METHODS.has(method);
    if (endsWithClient && hasMore) return;
    const doesWait = WAITING_METHODS.has(method) || (request as Partial<ReadRequest>).follow;
    this.#phase = doesWait ? "waiting" : "working";
    this.#onReceived();
    this.#watchInput(pieces, endsWithClient);
    if (method === "Read") return await this.#stream(request as ReadRequest);
    const signal = endsWithClient ? this.#ending.signal : undefined;
    await this.#write(resultLine(await this.#messaging.call(method, request, signal)));
  }

  /** Reads on, so that it is known when the client goes. What it still sends means nothing else. */
  async #watchInput(pieces: AsyncGenerator<Uint8Array>, endsWithClient: boolean): Promise<void> {
    try {
      for (;;) {
        const { done } = await pieces.next();
        if (endsWithClient) return this.close();
        if (done) return;
      }
    } catch {
      // Broken, or closed here.
      if (endsWithClient) this.close();
    }
  }

  /** Every portion counts as delivered when it is written and the next one is asked for. */
  async #stream(request: ReadRequest): Promise<void> {
    try {
      for await (const events of this.#messaging.read(request, this.#ending.signal)) {
        await this.#write(events.map(eventLine).join(""));
        if (this.#isGone) return;
      }
      // It was us who ended it: a client must not take that for the end of the pipe.
      if (this.#ending.signal.aborted && !this.#isGone) throw this.#ending.signal.reason;
    } catch (error) {
      if (isConnectionFailure(error) || this.#isGone) return;
      await this.#write(eventLine({ error: asWire(error) }));
    }
  }

  async #write(text: string): Promise<void> {
    try {
      await writeText(this.#connection, text);
    } catch (cause) {
      throw new ClientGone(cause);
    }
  }
}

/** Nobody takes what is written. */
class ClientGone extends Error {
  constructor(cause: unknown) {
    super("the client is gone", { cause });
  }
}

function isConnectionFailure(error: unknown): boolean {
  const { BrokenPipe, ConnectionReset, Interrupted, BadResource } = Deno.errors;
  return [ClientGone, BrokenPipe, ConnectionReset, Interrupted, BadResource]
    .some((kind) => error instanceof kind);
}

/** A failure as it travels. One without a code is a defect here, or of the machine. */
function asWire(error: unknown): MessagingError {
  if (error instanceof MessagingError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return newError("E_INTERNAL", text || "unexpected failure", { cause: error });
}

function newStopping(): MessagingError {
  return newError("E_DAEMON_NOT_RUNNING", "the daemon was stopped: 'pls daemon start' starts one");
}

function newLoginNotNeeded(): MessagingError {
  return newError("E_NOT_IMPLEMENTED", "there is no login: the mesh is the one in the settings");
}
