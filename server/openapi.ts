/**
 * The routes as an OpenAPI document: https://spec.openapis.org/oas/v3.1.0
 *
 * @module
 */

import manifest from "../deno.json" with { type: "json" };
import type { Route } from "./route.ts";

/** What every route may answer beside 200, as its body is always the same. */
const FAILURE = {
  description: '{"error": {"kind", "message", "hint", "path", "seq", "offset"}}, all but the ' +
    "first two only where they apply.",
  content: { "application/json": { schema: { type: "object" } } },
};

/** Describes routes. */
export function openApiDocument(routes: readonly Route[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Plasmite pools over HTTP",
      version: manifest.version,
      description: "Bounded, persistent ring buffers of JSON messages.",
    },
    paths,
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
  };
}

function operation({ path, access, summary, query = {}, body, answer }: Route) {
  const segments = path.matchAll(/:(\w+)/g).map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: name === "seq" ? { type: "integer", minimum: 1 } : { type: "string" },
  }));
  const keys = Object.entries(query).map(([name, description]) => ({
    name,
    in: "query",
    description,
    schema: { type: "string" },
  }));
  return {
    summary,
    // The empty one says that a server may want no token.
    security: access === "open" ? [] : [{ token: [] }, {}],
    parameters: [...segments, ...keys],
    ...(body === undefined ? {} : {
      requestBody: {
        required: true,
        description: body.description,
        content: { [body.type]: { schema: schemaOf(body.type) } },
      },
    }),
    responses: {
      200: {
        description: answer.description,
        content: { [answer.type]: { schema: schemaOf(answer.type) } },
      },
      default: FAILURE,
    },
  };
}

function schemaOf(type: string): { type: "object" | "string" } {
  return { type: type === "application/json" ? "object" : "string" };
}
