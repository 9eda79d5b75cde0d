/**
 * All routes of the protocol.
 *
 * @module
 */

import { jsonAnswer } from "./answers.ts";
import { openApiDocument } from "./openapi.ts";
import type { Route } from "./route.ts";
import { appendRoutes } from "./routes/appends.ts";
import { lite3Routes } from "./routes/lite3.ts";
import { mcpRoutes } from "./routes/mcp.ts";
import { messageRoutes } from "./routes/messages.ts";
import { poolRoutes } from "./routes/pools.ts";
import { statusRoutes } from "./routes/status.ts";
import { tailRoutes } from "./routes/tails.ts";

const documentRoute: Route = {
  method: "GET",
  path: "/v0/openapi.json",
  access: "any",
  summary: "Describe these routes",
  answer: { type: "application/json", description: "An OpenAPI 3.1 document." },
  handle: () => jsonAnswer(openApiDocument(routes)),
};

/** All routes of the protocol. */
export const routes: readonly Route[] = [
  ...statusRoutes,
  documentRoute,
  ...poolRoutes,
  ...appendRoutes,
  ...messageRoutes,
  ...tailRoutes,
  ...lite3Routes,
  ...mcpRoutes,
];
