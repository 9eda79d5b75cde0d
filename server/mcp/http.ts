/**
 * MCP over HTTP: `/mcp`. Requests of revision 2026-07-28 stand alone, and so do older ones without
 * a session; `initialize` of an older client begins a session.
 *
 * @module
 */

import {
  createMcpHandler,
  isInitializeRequest,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isLegacyRequest,
  type McpHttpHandler,
  ProtocolError,
  ProtocolErrorCode,
  type RequestId,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { BusyError, PermissionError } from "../../pool/mod.ts";
import { allows } from "../config.ts";
import { Refusal } from "../refusal.ts";
import { JSON_TYPES, readText } from "../requests.ts";
import type { Call } from "../route.ts";
import type { Serving } from "../serving.ts";
import { requestJson } from "./exact_json.ts";
import { LISTEN, poolsListenedTo, SAME_ID_TWICE, tooMany } from "./listening.ts";
import { createMcpServer, type McpParts } from "./mcp_server.ts";
import { observed } from "./observed_response.ts";
import { uriOf } from "./resources.ts";
import { type Session, SESSION_HEADER, Sessions } from "./sessions.ts";
import { type OnNews, Watches } from "./watches.ts";

const EVENTS = "text/event-stream";

/** `/mcp` of one server. */
export class McpEndpoint {
  readonly #parts: McpParts;
  readonly #modern: McpHttpHandler;
  readonly #sessions = new Sessions();

  /** The SDK passes each notice on to all streams that asked for it, however many they are. */
  readonly #publish: OnNews = (name) => this.#modern.notify.resourceUpdated(uriOf(name));

  /** Serves `serving` until it closes. */
  constructor(serving: Serving) {
    const watches = new Watches(serving.client);
    this.#parts = { serving, watches };
    this.#modern = createMcpHandler(() => this.#createServer(), {
      legacy: "reject",
      maxSubscriptions: serving.config.limits.maxTailConcurrency,
    });
    serving.closing.addEventListener("abort", () => {
      this.#sessions.end();
      watches[Symbol.dispose]();
      this.#modern.close().catch(() => {});
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
      body = requestJson(text);
    } catch (error) {
      return notJson(error);
    }
    refuseWhenStopping(serving);
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
    if (!allows(serving.config.access, "read")) {
      throw new PermissionError(`the server is ${serving.config.access}`);
    }
    const names = poolsListenedTo(body.params);
    if (names === undefined) return failed(body.id, tooMany());
    using cleanup = new DisposableStack();
    cleanup.defer(serving.tails.enter());
    const watched = this.#parts.watches.add(names, this.#publish);
    cleanup.defer(watched.end);
    await watched.ready;
    refuseWhenStopping(serving);
    const response = await this.#modern.fetch(request, options);
    const end = cleanup.move();
    return observed(response, { onBytes, onEnd: () => end.dispose() });
  }

  /** A request of an older revision that names no session. */
  async #aloneInOldStyle({ request, onBytes, serving }: Call, body: unknown): Promise<Response> {
    const ids = requestIdsIn(body);
    const known = ids.find((id, i) => ids.indexOf(id) < i);
    if (known !== undefined) return failed(known, SAME_ID_TWICE, 400);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      enableJsonResponse: !wantsProgress(request, body),
    });
    const server = this.#createServer();
    await server.connect(transport);
    const onEnd = () => void server.close().catch(() => {});
    // Who leaves gives up the place of a wait; and what a batch itself cancels is never answered.
    using over = new Aborted([request.signal, serving.closing]);
    try {
      const answer = transport.handleRequest(acceptsAll(request), { parsedBody: body });
      const response = await Promise.race([answer, over.promise]);
      if (response !== undefined) return observed(response, { onBytes, onEnd });
    } catch (error) {
      onEnd();
      throw error;
    }
    onEnd();
    return new Response(null, { status: 503 });
  }

  /** A request, or a stream of notices, that belongs to a session. */
  async #inSession(session: Session, call: Call, body?: unknown): Promise<Response> {
    const { request, onBytes, serving } = call;
    using cleanup = new DisposableStack();
    const ids = requestIdsIn(body);
    const known = ids.find((id, i) => session.isUnderWay(id) || ids.indexOf(id) < i);
    if (known !== undefined) return failed(known, SAME_ID_TWICE, 400);
    if (request.method === "GET") cleanup.defer(serving.tails.enter());
    cleanup.defer(session.use(ids));
    const options = { parsedBody: body };
    const response = await session.transport.handleRequest(acceptsAll(request), options);
    // What is cancelled gets no answer: nothing more comes on its stream.
    for (const id of idsCancelledIn(body)) session.transport.closeSSEStream(id);
    const end = cleanup.move();
    const onLeave = () => session.cancel(ids);
    return observed(response, { onBytes, onLeave, onEnd: () => end.dispose() });
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

/** A stream that begins once all others were ended would never end. */
function refuseWhenStopping({ closing }: Serving): void {
  if (closing.aborted) throw new Refusal(503, new BusyError("the server is stopping"));
}

/** Tells when one of some signals is aborted, which may live much longer than what waits for it. */
class Aborted implements Disposable {
  /** Resolves when one is. */
  readonly promise: Promise<undefined>;
  readonly #signals: readonly AbortSignal[];
  #onAbort = () => {};

  constructor(signals: readonly AbortSignal[]) {
    this.#signals = signals;
    this.promise = new Promise((resolve) => this.#onAbort = () => resolve(undefined));
    for (const signal of signals) {
      if (signal.aborted) this.#onAbort();
      signal.addEventListener("abort", this.#onAbort);
    }
  }

  [Symbol.dispose](): void {
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#onAbort);
  }
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

/** The ids of the requests in a body, which can be a batch. */
function requestIdsIn(body: unknown): RequestId[] {
  return [body].flat().filter(isJSONRPCRequest).map(({ id }) => id);
}

/** The ids of requests that a body gives up. */
function idsCancelledIn(body: unknown): RequestId[] {
  return [body].flat().flatMap((message) => {
    if (!isJSONRPCNotification(message) || message.method !== "notifications/cancelled") return [];
    const { requestId } = message.params ?? {};
    return typeof requestId === "string" || typeof requestId === "number" ? [requestId] : [];
  });
}

function failed(
  id: RequestId | null,
  error: Pick<ProtocolError, "code" | "message">,
  status = 200,
): Response {
  const { code, message } = error;
  return Response.json({ jsonrpc: "2.0", id, error: { code, message } }, { status });
}

function notJson(error: unknown): Response {
  const message = `not JSON: ${error instanceof Error ? error.message : error}`;
  return failed(null, new ProtocolError(ProtocolErrorCode.ParseError, message), 400);
}
