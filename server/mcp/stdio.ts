/**
 * MCP on standard input and output, as programs that start `pls mcp` speak it.
 *
 * @module
 */

import process from "node:process";
import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type RequestId,
  type Server,
} from "@modelcontextprotocol/server";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { PoolClient } from "../../pool/mod.ts";
import { type Access, allows, DEFAULT_LIMITS } from "../config.ts";
import { Serving } from "../serving.ts";
import { LISTEN, poolsListenedTo, SAME_ID_TWICE, SUBSCRIPTIONS_MAX, tooMany } from "./listening.ts";
import { createMcpServer } from "./mcp_server.ts";
import { uriOf } from "./resources.ts";
import { MessageLines } from "./stdio_input.ts";
import { Watches } from "./watches.ts";

/**
 * Serves the pools of `client` on standard input and output until the input ends.
 *
 * @throws {Error} that of the system when the output can't be written to.
 */
export async function serveOnStdio(client: PoolClient, access: Access): Promise<void> {
  const config = { hostname: "", port: 0, access, corsOrigins: [], limits: DEFAULT_LIMITS };
  const serving = new Serving(client, config);
  using watches = new Watches(client);
  const connection = new Connection(watches, access);
  const ended = Promise.withResolvers<void>();
  serveStdio(() => connection.server = createMcpServer({ serving, watches }), {
    transport: connection,
    maxSubscriptions: SUBSCRIPTIONS_MAX,
  });
  const { onclose } = connection;
  connection.onclose = () => {
    onclose?.();
    ended.resolve();
  };
  connection.onFailed = ended.reject;
  try {
    await ended.promise;
  } finally {
    serving.close();
  }
}

/** Standard input and output, and what is under way on them. */
class Connection extends StdioServerTransport {
  /** The server that notices go through. */
  server: Server | undefined;
  /** Is told when the output can't be written to: nobody else would tell of it. */
  onFailed?: (error: unknown) => void;
  readonly #watches: Watches;
  readonly #access: Access;
  /** Requests that were not answered yet. */
  readonly #open = new Set<RequestId>();
  /** Ends the watching of pools, by the request that asked for it. */
  readonly #listening = new Map<RequestId, () => void>();
  #onAnswered = () => {};

  constructor(watches: Watches, access: Access) {
    const lines = new MessageLines({
      onMessage: (message) => this.#take(message),
      answer: (response) => this.send(response).catch(() => {}),
      answered: () => this.#answered(),
    });
    super(process.stdin.pipe(lines), process.stdout);
    this.#watches = watches;
    this.#access = access;
  }

  override async send(message: JSONRPCMessage): Promise<void> {
    try {
      await super.send(message);
    } catch (error) {
      this.onFailed?.(error);
      throw error;
    }
    if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) {
      this.#settle(message.id!);
    }
  }

  override async close(): Promise<void> {
    for (const end of this.#listening.values()) end();
    this.#listening.clear();
    this.#open.clear();
    this.#onAnswered();
    await super.close();
  }

  /** Hands a message to the SDK, which would round the numbers in it if it read the line. */
  #take(message: JSONRPCMessage): void {
    if (isJSONRPCRequest(message) && this.#isUnderWay(message.id)) {
      // The first one is still to be answered.
      const { id } = message;
      super.send({ jsonrpc: "2.0", id, error: SAME_ID_TWICE }).catch(() => {});
      return;
    }
    if (isJSONRPCRequest(message) && message.method === LISTEN) {
      this.#listen(message);
      return;
    }
    if (isJSONRPCRequest(message)) {
      this.#open.add(message.id);
    } else if (isJSONRPCNotification(message) && message.method === "notifications/cancelled") {
      this.#settle(message.params?.requestId as RequestId);
    }
    this.onmessage?.(message);
  }

  #isUnderWay(id: RequestId): boolean {
    return this.#open.has(id) || this.#listening.has(id);
  }

  /** Watches pools for a request, and then has the SDK answer it. */
  async #listen(request: JSONRPCRequest): Promise<void> {
    const { id, params } = request;
    // Who may not read learns of nothing; the SDK answers all the same.
    const names = allows(this.#access, "read") ? poolsListenedTo(params) : [];
    if (names === undefined) {
      const { code, message } = tooMany();
      await this.send({ jsonrpc: "2.0", id, error: { code, message } }).catch(() => {});
      return;
    }
    const { ready, end } = this.#watches.add(names, (name) => {
      this.server?.sendResourceUpdated({ uri: uriOf(name) }).catch(() => {});
    });
    this.#listening.set(id, end);
    await ready;
    // It may have been cancelled meanwhile.
    if (this.#listening.get(id) === end) this.onmessage?.(request);
  }

  #settle(id: RequestId): void {
    this.#open.delete(id);
    this.#listening.get(id)?.();
    this.#listening.delete(id);
    if (this.#open.size === 0) this.#onAnswered();
  }

  /** Resolves once every request was answered or cancelled. */
  #answered(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onAnswered = resolve;
    if (this.#open.size === 0) resolve();
    return promise;
  }
}
