/**
 * The application: routes behind their guard, each request counted and logged.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { PlasmiteError, UsageError } from "../pool/mod.ts";
import { JsonAnswer } from "./answers.ts";
import type { Guard } from "./guard.ts";
import { pageResponse } from "./page/mod.ts";
import { PROTOCOL_VERSION, Refusal, refusalResponse } from "./refusal.ts";
import { Query } from "./requests.ts";
import { routes } from "./routes.ts";
import type { Serving } from "./serving.ts";

/** How long an operation and the sending of its answer may take, in milliseconds. */
const ANSWER_TIME_MS = 60_000;

/** The route of a request that has none, in metrics. */
const NO_ROUTE = "none";

interface Variables {
  /** The path of the route, as it is in metrics. */
  route: string;
  /** Bytes of a streamed body that were sent. */
  streamedBytes: number;
}

/** What the adapter knows of a request. */
interface Bindings {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

type Environment = { Variables: Variables; Bindings: Bindings };

/** Makes the application that serves `serving` behind `guard`. */
export function createApp(serving: Serving, guard: Guard): Hono<Environment> {
  // Paths are told apart with and without a slash at the end, and segments decoded by us.
  const app = new Hono<Environment>({ strict: true });
  app.use("*", (context, next) => observe(context, next, serving));
  app.use("*", (context, next) => allowOrigins(context, next, serving.config.corsOrigins));
  app.use("*", async (context, next) => {
    guard.checkSource(context.req.raw);
    await next();
  });
  for (const route of routes) {
    app.on(route.method, route.path, async (context) => {
      context.set("route", route.path);
      guard.checkAccess(context.req.raw, route.access);
      const answer = await route.handle({
        request: context.req.raw,
        query: new Query(context.req.url),
        segments: segmentsOf(route.path, context.req.url),
        admit: () => admit(context.env.outgoing, serving),
        cut: () => context.env.outgoing.destroy(),
        onBytes: (bytes) => {
          context.set("streamedBytes", context.get("streamedBytes") + bytes);
          serving.metrics.sent(bytes);
        },
        serving,
      });
      return answer instanceof JsonAnswer ? sendJson(context.env.outgoing, answer.text) : answer;
    });
  }
  for (const path of ["/ui", "/ui/*"]) {
    app.get(path, (context) => {
      context.set("route", "/ui");
      const page = pageResponse(pathOf(context.req.url));
      if (page === undefined) throw unknownRoute();
      return page;
    });
  }
  for (const path of new Set(routes.map(({ path }) => path))) {
    app.all(path, () => {
      throw wrongMethod(path);
    });
  }
  app.notFound(() => refusalResponse(unknownRoute()));
  app.onError((error) => {
    if (!(error instanceof Refusal || error instanceof PlasmiteError)) console.error(error);
    return refusalResponse(error);
  });
  return app;
}

/** The segments that a route leaves open, as they stand in the URL. */
function segmentsOf(pattern: string, url: string): Record<string, string> {
  const given = pathOf(url).split("/");
  const names = pattern.split("/");
  const segments: Record<string, string> = {};
  names.forEach((name, i) => {
    if (name.startsWith(":")) segments[name.slice(1)] = given[i];
  });
  return segments;
}

function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  return url.slice(start).replace(/[?#].*$/s, "");
}

function wrongMethod(path: string): Refusal {
  const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
  const allow = methods.includes("GET") ? [...methods, "HEAD"] : methods;
  return new Refusal(
    405,
    new UsageError("the method is not one of this route's", {
      hint: `It has ${allow.join(", ")}. See /v0/openapi.json.`,
    }),
    { allow: allow.join(", ") },
  );
}

function unknownRoute(): Refusal {
  return new Refusal(
    404,
    new UsageError("there is no such route", { hint: "See /v0/openapi.json for those there are." }),
  );
}

/** Takes a place until the answer is sent, which a client may not put off for ever. */
function admit(outgoing: ServerResponse, { operations }: Serving): void {
  // Its end is over, and would not be told of any more.
  if (outgoing.destroyed) throw new UsageError("the client has left");
  const leave = operations.enter();
  const timer = setTimeout(() => outgoing.destroy(), ANSWER_TIME_MS);
  outgoing.once("close", () => {
    clearTimeout(timer);
    leave();
  });
}

/** Sends JSON without the detour of a `Response`, which takes as long as an append. */
function sendJson(outgoing: ServerResponse, text: string): Response {
  outgoing.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  outgoing.end(text);
  return new Response(null, RESPONSE_ALREADY_SENT);
}

/** Counts a request and logs it once its answer is sent, or its client has left. */
function observe(
  context: Context<Environment>,
  next: () => Promise<void>,
  { config, metrics }: Serving,
): Promise<void> {
  const { method, url } = context.req;
  const { incoming, outgoing } = context.env;
  const time = new Date();
  const startMs = performance.now();
  // Closed by the time it is logged.
  const client = incoming.socket.remoteAddress ?? "";
  context.set("route", NO_ROUTE);
  context.set("streamedBytes", 0);
  outgoing.setHeader("plasmite-version", PROTOCOL_VERSION);
  outgoing.once("close", () => {
    const durationMs = performance.now() - startMs;
    const status = outgoing.statusCode;
    metrics.answered(method, context.get("route"), status, durationMs / 1000);
    const length = Number(outgoing.getHeader("content-length") ?? 0);
    config.logRequest?.({
      time: time.toISOString(),
      client,
      method,
      path: pathOf(url),
      status,
      durationMs,
      sentBytes: method === "HEAD" ? 0 : length + context.get("streamedBytes"),
    });
  });
  return next();
}

/** Headers that a page may send: those of the protocol that is spoken at the path. */
function allowedHeaders(path: string): string {
  const all = ["authorization", "content-type"];
  if (path === "/mcp") {
    all.push("mcp-protocol-version", "mcp-session-id", "mcp-method", "mcp-name", "last-event-id");
  }
  return all.join(",");
}

/** Lets pages of some origins call. Without any there is no word of it in any answer. */
async function allowOrigins(
  context: Context<Environment>,
  next: () => Promise<void>,
  origins: readonly string[],
): Promise<Response | void> {
  if (origins.length === 0) return await next();
  const { outgoing } = context.env;
  const origin = context.req.header("origin");
  if (origin !== undefined && origins.includes(origin)) {
    outgoing.setHeader("access-control-allow-origin", origin);
    outgoing.setHeader("access-control-expose-headers", "mcp-session-id");
  }
  if (context.req.method !== "OPTIONS") {
    outgoing.setHeader("vary", "origin");
    return await next();
  }
  return new Response(null, {
    headers: {
      "access-control-allow-methods": "GET,POST,DELETE,OPTIONS",
      "access-control-allow-headers": allowedHeaders(pathOf(context.req.url)),
      vary: "origin, access-control-request-method, access-control-request-headers",
    },
  });
}
