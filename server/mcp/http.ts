/**
 * MCP over HTTP: `/mcp`. Requests of revision 2026-07-28 stand alone, and so do older ones without
 * a session; `initialize` of an older client begins a session.
 *
 * @module
 */

import {
  createMcpHandler,
  isInitializeRequest,
  isJSONRPCRequest,
  isLegacyRequest,
  type McpHttpHandler,
  ProtocolErrorCode,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { PermissionError } from "../../pool/mod.ts";
import { Refusal } from "../refusal.ts";
import { JSON_TYPES, readText } from "../requests.ts";
import type { Call } from "../route.ts";
import type { Serving } from "../serving.ts";
import { LISTEN, poolsListenedTo } from "./listening.ts";
import { createMcpServer, type McpParts } from "./mcp_server.ts";
import { Publisher } from "./publisher.ts";
import { observed } from "./observed_response.ts";
import { type Session, SESSION_HEADER, Sessions } from "./sessions.ts";
import { Watches } from "./watches.ts";

const EVENTS = "text/event-stream";

/** `/mcp` of one server. */
export class McpEndpoint {
  readonly #parts: McpParts;
  readonly #modern: McpHttpHandler;
  readonly #publisher: Publisher;
  readonly #sessions = new Sessions();

  /** Serves `serving` until it closes. */
  constructor(serving: Serving) {
    const watches = new Watches(serving.client);
    this.#parts = { serving, watches };
    this.#modern = createMcpHandler(() => this.#createServer(), {
      legacy: "reject",
      maxSubscriptions: serving.config.limits.maxTailConcurrency,
    });
    this.#publisher = new Publisher(watches, this.#modern.notify);
    serving.closing.addEventListener("abort", () => {
      this.#sessions.end();
      watches[Symbol.dispose]();
      this.#modern.close();
    });
  }

  /** Answers one request. */
  async handle(call: Call): Promise<Response> {
    const { request, serving } = call;
    checkOrigin(request, serving);
    const id = request.headers.get(SESSION_HEADER);
    if (request.method !== "POST") {
      // Without a session there is nothing to listen to.
      if (id === null) return new Response(null, { status: 405, headers: { allow: "POST" } });
      return await this.#inSession(this.#sessions.get(id), call);
    }
    const { maxBodyBytes } = serving.config.limits;
    const text = await readText(request, { types: JSON_TYPES, maxBytes: maxBodyBytes });
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (error) {
      return notJson(error);
    }
    if (id !== null) return await this.#inSession(this.#sessions.get(id), call, body);
    if (!await isLegacyRequest(request, body)) return await this.#alone(call, body);
    if (!isInitializeRequest(body)) return await this.#aloneInOldStyle(call, body);
    const session = await this.#sessions.begin(() => this.#createServer());
    return await this.#inSession(session, call, body);
  }

  #createServer(): Server {
    return createMcpServer(this.#parts);
  }

  /** A request of revision 2026-07-28. One that listens takes a place among tails. */
  async #alone({ request, onBytes, serving }: Call, body: unknown): Promise<Response> {
    const options = { parsedBody: body };
    if (!isJSONRPCRequest(body) || body.method !== LISTEN) {
      return observed(await this.#modern.fetch(request, options), { onBytes });
    }
    using cleanup = new DisposableStack();
    cleanup.defer(serving.tails.enter());
    cleanup.defer(this.#publisher.publish(poolsListenedTo(body.params)));
    const response = await this.#modern.fetch(request, options);
    const end = cleanup.move();
    return observed(response, { onBytes, onEnd: () => end.dispose() });
  }

  /** A request of an older revision that names no session. */
  async #aloneInOldStyle({ request, onBytes }: Call, body: unknown): Promise<Response> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      enableJsonResponse: !wantsProgress(request, body),
    });
    const server = this.#createServer();
    await server.connect(transport);
    const onEnd = () => void server.close().catch(() => {});
    try {
      const response = await transport.handleRequest(acceptsAll(request), { parsedBody: body });
      return observed(response, { onBytes, onEnd });
    } catch (error) {
      onEnd();
      throw error;
    }
  }

  /** A request, or a stream of notices, that belongs to a session. */
  async #inSession(session: Session, call: Call, body?: unknown): Promise<Response> {
    const { request, onBytes, serving } = call;
    using cleanup = new DisposableStack();
    if (request.method === "GET") cleanup.defer(serving.tails.enter());
    cleanup.defer(session.use());
    const options = { parsedBody: body };
    const response = await session.transport.handleRequest(acceptsAll(request), options);
    const end = cleanup.move();
    return observed(response, { onBytes, onEnd: () => end.dispose() });
  }
}

/**
 * Who listens on more than this machine is not protected from pages by its name: only those that
 * were named may call.
 */
function checkOrigin({ headers, url }: Request, { config }: Serving): void {
  const origin = headers.get("origin");
  if (origin === null || config.corsOrigins.includes(origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === new URL(url).host) return;
  throw new Refusal(
    403,
    new PermissionError(`forbidden: pages of ${JSON.stringify(origin)} may not call this server`, {
      hint: "Start the server with --cors-origin to let them.",
    }),
  );
}

/** Clients of old say less of what they accept than the SDK asks for. */
function acceptsAll({ url, method, headers, signal }: Request): Request {
  const all = new Headers(headers);
  all.set("accept", `application/json, ${EVENTS}`);
  return new Request(url, { method, headers: all, signal });
}

/** Whether a request asks to be told how it is doing, and takes a stream for an answer. */
function wantsProgress({ headers }: Request, body: unknown): boolean {
  if (!isJSONRPCRequest(body) || !headers.get("accept")?.includes(EVENTS)) return false;
  const meta = (body.params as { _meta?: { progressToken?: unknown } } | undefined)?._meta;
  return meta?.progressToken !== undefined;
}

function notJson(error: unknown): Response {
  const message = `not JSON: ${error instanceof Error ? error.message : error}`;
  const body = { jsonrpc: "2.0", id: null, error: { code: ProtocolErrorCode.ParseError, message } };
  return Response.json(body, { status: 400 });
}
