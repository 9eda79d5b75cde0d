/**
 * Sessions of clients that speak a revision of 2025 or before: the SDK's own over HTTP, with
 * limits on how many there are and how long an unused one stays.
 *
 * @module
 */

import {
  type RequestId,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { BusyError, UsageError } from "../../pool/mod.ts";
import { Refusal } from "../refusal.ts";

/** The header that names a session. */
export const SESSION_HEADER = "mcp-session-id";

/** How many sessions there may be at once. */
const SESSIONS_MAX = 64;
/** How long a session that nothing comes from or goes to is kept, in milliseconds. */
const IDLE_MS = 15 * 60_000;

/** One client's session. */
export class Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly #server: Server;
  #usedMs = performance.now();
  readonly #underWay = new Set<RequestId>();
  #users = 0;

  constructor(transport: WebStandardStreamableHTTPServerTransport, server: Server) {
    this.transport = transport;
    this.#server = server;
  }

  /** When it was last used; undefined while a request or a stream of it is under way. */
  get unusedSinceMs(): number | undefined {
    return this.#users === 0 ? this.#usedMs : undefined;
  }

  /** Whether a request with this id was not answered yet. */
  isUnderWay(id: RequestId): boolean {
    return this.#underWay.has(id);
  }

  /** Keeps it in use, by requests with `ids`, until what is returned is called. */
  use(ids: readonly RequestId[]): () => void {
    this.#users++;
    for (const id of ids) this.#underWay.add(id);
    return () => {
      this.#users--;
      for (const id of ids) this.#underWay.delete(id);
      this.#usedMs = performance.now();
    };
  }

  /** Has the requests with `ids` given up: who sent them is not there any more. */
  cancel(ids: readonly RequestId[]): void {
    for (const requestId of ids) {
      const params = { requestId, reason: "the connection of the request is gone" };
      this.transport.onmessage?.({ jsonrpc: "2.0", method: "notifications/cancelled", params });
    }
  }

  /** Ends it, and what it subscribed to. */
  async end(): Promise<void> {
    await this.#server.close();
  }
}

/** All sessions of a server. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  /**
   * Begins a session with the server that `createServer` makes. The SDK gives it its name when
   * the transport gets the `initialize` request.
   *
   * @throws {BusyError} when there are too many, all in use.
   */
  async begin(createServer: () => Server): Promise<Session> {
    this.#makeRoom();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => {
        this.#sessions.set(id, session);
      },
      onsessionclosed: (id) => {
        this.#sessions.delete(id);
      },
    });
    const server = createServer();
    const session = new Session(transport, server);
    await server.connect(transport);
    return session;
  }

  /**
   * The session that a request names.
   *
   * @throws {Refusal} with status 404 when there is none, so that the client begins another.
   */
  get(id: string): Session {
    const session = this.#sessions.get(id);
    if (session !== undefined) return session;
    throw new Refusal(
      404,
      new UsageError("there is no such session", { hint: "Begin another with initialize." }),
    );
  }

  /** Ends all. */
  end(): void {
    for (const id of [...this.#sessions.keys()]) this.#drop(id);
  }

  /** Ends sessions that were not used for long; when there is no room, the one unused longest. */
  #makeRoom(): void {
    const unused = [...this.#sessions]
      .map(([id, { unusedSinceMs = Infinity }]) => ({ id, unusedSinceMs }))
      .filter(({ unusedSinceMs }) => unusedSinceMs !== Infinity)
      .sort((a, b) => a.unusedSinceMs - b.unusedSinceMs);
    const oldestMs = performance.now() - IDLE_MS;
    for (const { id, unusedSinceMs } of unused) if (unusedSinceMs < oldestMs) this.#drop(id);
    if (this.#sessions.size < SESSIONS_MAX) return;
    if (unused.length === 0) {
      throw new BusyError(`the server has ${SESSIONS_MAX} MCP sessions in use, its limit`, {
        hint: "Try again in a moment.",
      });
    }
    this.#drop(unused[0].id);
  }

  #drop(id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    session?.end().catch(() => {});
  }
}
