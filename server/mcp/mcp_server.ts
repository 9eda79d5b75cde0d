/**
 * The protocol's server for one connection, session or request: what it offers, handed to the SDK.
 *
 * @module
 */

import {
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import config from "../../deno.json" with { type: "json" };
import { Turns } from "../../pool/internal_mod.ts";
import { allows } from "../config.ts";
import type { Serving } from "../serving.ts";
import { SUBSCRIPTIONS_MAX, tooMany } from "./listening.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { getPrompt, listPrompts } from "./prompts.ts";
import {
  checkResource,
  listResources,
  nameIn,
  readResource,
  TEMPLATES,
  uriOf,
} from "./resources.ts";
import { type ToolCall, toolListing } from "./tool.ts";
import { callTool, tools } from "./tools.ts";
import { waitTool } from "./wait_tool.ts";
import type { Watches } from "./watches.ts";

/** What servers share. */
export interface McpParts {
  /** Where the pools are, and who may do what. */
  readonly serving: Serving;
  /** Watches pools for those who subscribed. */
  readonly watches: Watches;
}

/** Makes a server; closing it ends its subscriptions. */
export function createMcpServer({ serving, watches }: McpParts): Server {
  const server = new Server(
    { name: "plasmite", title: "Plasmite pools", version: config.version },
    {
      capabilities: {
        tools: { listChanged: false },
        resources: { listChanged: false, subscribe: true },
        prompts: { listChanged: false },
      },
      instructions: INSTRUCTIONS,
    },
  );
  const callOf = (context: ServerContext): ToolCall => ({
    serving,
    // Aborted as well when the server is closed, as it is when all of it stops.
    signal: context.mcpReq.signal,
    tell: (progress) => {
      const progressToken = context.mcpReq._meta?.progressToken;
      if (progressToken === undefined) return;
      const params = { progressToken, ...progress };
      // A client that has left is not told.
      context.mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
    },
  });
  const turns = new Turns();
  server.setRequestHandler("tools/list", () => {
    const allowed = tools.filter(({ access }) => allows(serving.config.access, access));
    return { tools: allowed.map(toolListing) };
  });
  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const tool = tools.find(({ name }) => name === params.name);
    if (tool === undefined) {
      const message = `there is no tool ${
        JSON.stringify(params.name.slice(0, 80))
      }: see tools/list`;
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, message);
    }
    const call = () => callTool(tool, params.arguments ?? {}, callOf(context));
    // Who feeds and then reads, without waiting for the first answer, means them in this order.
    if (tool !== waitTool) return await turns.take(call);
    await turns.take(() => Promise.resolve());
    return await call();
  });
  server.setRequestHandler("resources/list", (_request, context) => {
    return turns.take(() => listResources(callOf(context)));
  });
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: TEMPLATES }));
  server.setRequestHandler("resources/read", ({ params }, context) => {
    return turns.take(() => readResource(params.uri, callOf(context)));
  });
  server.setRequestHandler("prompts/list", listPrompts);
  server.setRequestHandler("prompts/get", ({ params }) => getPrompt(params.name, params.arguments));
  subscribe(server, watches, (uri, context) => {
    return turns.take(() => checkResource(uri, callOf(context)));
  });
  return server;
}

/** Has the server tell of messages in the pools that its client subscribes to. */
function subscribe(
  server: Server,
  watches: Watches,
  check: (uri: string, context: ServerContext) => Promise<void>,
): void {
  const subscribed = new Map<string, () => void>();
  const onNews = (name: string) => {
    server.sendResourceUpdated({ uri: uriOf(name) }).catch(() => {});
  };
  server.setRequestHandler("resources/subscribe", async ({ params: { uri } }, context) => {
    await check(uri, context);
    if (!subscribed.has(uri)) {
      if (subscribed.size >= SUBSCRIPTIONS_MAX) throw tooMany();
      const { ready, end } = watches.add([nameIn(uri)], onNews);
      subscribed.set(uri, end);
      await ready;
    }
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
    subscribed.get(uri)?.();
    subscribed.delete(uri);
    return {};
  });
  server.onclose = () => {
    for (const end of subscribed.values()) end();
    subscribed.clear();
  };
}
