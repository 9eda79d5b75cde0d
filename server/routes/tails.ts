/**
 * Routes whose answers go on as messages are appended.
 *
 * @module
 */

import { poolNameOfPath } from "../requests.ts";
import type { Call, Route } from "../route.ts";
import { TAIL_KEYS, tailRequest } from "../tail_query.ts";
import { EVENTS, JSON_LINES, type TailEncoding, tailStream } from "../tail_stream.ts";

/** How long after its end a client may take to read the rest of a tail. */
const UNREAD_GRACE_MS = 5000;

/** Routes whose answers go on as messages are appended. */
export const tailRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v0/pools/:pool/tail",
    access: "read",
    summary: "Read messages as they are appended, from the oldest retained one on",
    query: TAIL_KEYS,
    answer: {
      type: JSON_LINES.contentType,
      description: 'A line for each message: ENVELOPE. A failure is the last line: {"error"}. ' +
        "The header plasmite-pool-id tells which pool it is, also when its name is used again.",
    },
    handle: (call) => tail(call, JSON_LINES),
  },
  {
    method: "GET",
    path: "/v0/ui/pools/:pool/events",
    access: "read",
    summary: "Read messages as they are appended, as server-sent events",
    query: TAIL_KEYS,
    answer: {
      type: EVENTS.contentType,
      description: "Events `message` with an ENVELOPE, `gap`, and `error` as the last one.",
    },
    handle: (call) => tail(call, EVENTS),
  },
];

async function tail(call: Call, encoding: TailEncoding): Promise<Response> {
  const { request, query, segments, cut, onBytes, serving } = call;
  const name = poolNameOfPath(segments.pool);
  const tailOptions = tailRequest(query, serving.config.limits.maxTailTimeoutMs);
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(serving.tails.enter());
  const pool = await serving.client.openPool(name);
  cleanup.defer(() => pool.close());
  const headers = {
    "content-type": encoding.contentType,
    "plasmite-pool-id": (await pool.info()).id,
    "cache-control": "no-cache, no-transform",
  };
  if (request.method === "HEAD") return new Response(null, { headers });
  const body = await tailStream({
    pool,
    request: tailOptions,
    filters: serving.filters,
    signal: serving.closing,
    onBytes,
    onEnd: () => end.disposeAsync(),
  }, encoding);
  // A client that does not read would keep its place for as long as it likes.
  const timer = setTimeout(cut, tailOptions.options.timeoutMs + UNREAD_GRACE_MS);
  cleanup.defer(() => clearTimeout(timer));
  // From here on the body ends it.
  const end = cleanup.move();
  return new Response(body, { headers });
}
