/**
 * The application: routes behind their guard, each request counted and logged.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { PlasmiteError, UsageError } from "../pool/mod.ts";
import type { Guard } from "./guard.ts";
import { pageResponse } from "./page/mod.ts";
import { PROTOCOL_VERSION, Refusal, refusalResponse } from "./refusal.ts";
import { Query } from "./requests.ts";
import type { Route } from "./route.ts";
import { routes } from "./routes.ts";
import type { Serving } from "./serving.ts";
import { whenSent } from "./sent_body.ts";

/** The route of a request that has none, in metrics. */
const NO_ROUTE = "none";

interface Variables {
  /** The path of the route, as it is in metrics. */
  route: string;
}

/** What the adapter knows of a connection. */
interface Bindings {
  incoming?: { socket?: { remoteAddress?: string } };
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
      return await route.handle({
        request: context.req.raw,
        query: new Query(context.req.url),
        segments: segmentsOf(route.path, context.req.url),
        serving,
      });
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
  app.onError((error, context) => {
    const isKnown = error instanceof Refusal || error instanceof PlasmiteError;
    // Nobody reads the answer to who left in the middle of a request.
    if (!isKnown && !context.req.raw.signal.aborted) console.error(error);
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

/** Counts a request and logs it once its answer is sent. */
async function observe(
  context: Context<Environment>,
  next: () => Promise<void>,
  { config, metrics }: Serving,
): Promise<void> {
  const time = new Date();
  const startMs = performance.now();
  context.set("route", NO_ROUTE);
  await next();
  const { method, raw } = context.req;
  const { status } = context.res;
  context.res.headers.set("plasmite-version", PROTOCOL_VERSION);
  const answer = whenSent(context.res, (sentBytes) => {
    const durationMs = performance.now() - startMs;
    metrics.answered(method, context.get("route"), status, durationMs / 1000);
    config.logRequest?.({
      time: time.toISOString(),
      client: context.env?.incoming?.socket?.remoteAddress ?? "",
      method,
      path: pathOf(raw.url),
      status,
      durationMs,
      sentBytes,
    });
  });
  if (answer !== context.res) context.res = answer;
}

/** Lets pages of some origins call. Without any there is no word of it in any answer. */
async function allowOrigins(
  context: Context<Environment>,
  next: () => Promise<void>,
  origins: readonly string[],
): Promise<Response | void> {
  if (origins.length === 0) return await next();
  const origin = context.req.header("origin");
  const allowed: Record<string, string> = origin !== undefined && origins.includes(origin)
    ? { "access-control-allow-origin": origin }
    : {};
  if (context.req.method === "OPTIONS") {
    return new Response(null, {
      headers: {
        ...allowed,
        "access-control-allow-methods": "GET,POST,DELETE,OPTIONS",
        "access-control-allow-headers": "authorization,content-type",
        vary: "origin, access-control-request-method, access-control-request-headers",
      },
    });
  }
  await next();
  for (const [name, value] of Object.entries(allowed)) context.res.headers.set(name, value);
  context.res.headers.append("vary", "origin");
}
