/**
 * The routes of MCP, whose code is loaded with the first request.
 *
 * @module
 */

import type { McpEndpoint } from "../mcp/http.ts";
import type { Call, Route } from "../route.ts";
import type { Serving } from "../serving.ts";

const endpoints = new WeakMap<Serving, Promise<McpEndpoint>>();

/** The routes of MCP. What a tool or a resource may do follows from the access mode as well. */
export const mcpRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/mcp",
    access: "any",
    summary: "Model Context Protocol: one JSON-RPC message",
    body: { type: "application/json", description: "A request or a notification." },
    answer: {
      type: "application/json",
      description: "The response; text/event-stream when notices come before it. A notification " +
        "is answered with 202.",
    },
    handle,
  },
  {
    method: "GET",
    path: "/mcp",
    access: "any",
    summary: "Model Context Protocol: what the server tells a session; 405 without one",
    answer: { type: "text/event-stream", description: "JSON-RPC notifications." },
    handle,
  },
  {
    method: "DELETE",
    path: "/mcp",
    access: "any",
    summary: "Model Context Protocol: end a session; 405 without one",
    answer: { type: "application/json", description: "Nothing." },
    handle,
  },
];

async function handle(call: Call): Promise<Response> {
  const { serving } = call;
  let endpoint = endpoints.get(serving);
  if (endpoint === undefined) {
    endpoint = import("../mcp/http.ts").then(({ McpEndpoint }) => new McpEndpoint(serving));
    endpoints.set(serving, endpoint);
  }
  return await (await endpoint).handle(call);
}
