/**
 * Waits and streams take places among the tails of a server, and give them back.
 *
 * @module
 */

import type { Client as McpClient } from "@modelcontextprotocol/client";
import { assert, assertEquals } from "@std/assert";
import { within } from "../cli/pls.ts";
import { eventually } from "../server/eventually.ts";
import { RawConnection, requestText } from "../server/raw_http.ts";
import { failureOf, startTestServer, type TestServer } from "../server/start_server.ts";
import type { Fields } from "./answer.ts";
import { initialize, MODERN_META, request, toolCall } from "./json_rpc.ts";
import { clientOf, httpTransport, MODERN, REVISIONS } from "./ways.ts";

const WAIT = { pool: "work", after_seq: 0, timeout_ms: 60_000 };

async function connect(server: TestServer, revision: typeof REVISIONS[number]) {
  const mcp = clientOf(revision);
  await mcp.connect(httpTransport(server.url));
  // Older clients take a place for the stream of their session.
  if (revision !== MODERN) await taken(server, 1);
  return mcp;
}

function wait(mcp: McpClient, options?: { signal: AbortSignal }) {
  return mcp.callTool({ name: "plasmite_wait", arguments: WAIT }, options);
}

async function taken(server: TestServer, count: number): Promise<void> {
  await eventually(`${count} places are taken`, async () => {
    return await server.metric("plasmite_tails") === count;
  });
}

for (const revision of REVISIONS) {
  const own = revision === MODERN ? 0 : 1;

  Deno.test(`waits of revision ${revision} share the places of tails`, async () => {
    await using server = await startTestServer({ limits: { maxTailConcurrency: 2 + own } });
    const mcp = await connect(server, revision);
    const waits = [wait(mcp), wait(mcp)];
    await taken(server, 2 + own);
    const refused = await wait(mcp);
    const { error_kind, hint } = refused.structuredContent as Fields;
    assertEquals([refused.isError, error_kind], [true, "Busy"]);
    assert(hint);
    assertEquals(failureOf(await server.call("/v0/pools/work/tail")).kind, "Busy");
    using pool = server.client.openPool("work");
    pool.append(1);
    for (const { structuredContent } of await Promise.all(waits)) {
      assertEquals((structuredContent as Fields).messages.length, 1);
    }
    await taken(server, own);
    await mcp.close();
    await taken(server, 0);
  });

  Deno.test(`a wait of revision ${revision} that is cancelled frees its place`, async () => {
    await using server = await startTestServer();
    const mcp = await connect(server, revision);
    const abort = new AbortController();
    const waits = [1, 2, 3].map(() => wait(mcp, abort).catch(() => "cancelled"));
    await taken(server, 3 + own);
    abort.abort();
    assertEquals(await Promise.all(waits), ["cancelled", "cancelled", "cancelled"]);
    await taken(server, own);
    await mcp.close();
  });

  Deno.test(`a server that stops ends waits of revision ${revision}`, async () => {
    await using server = await startTestServer();
    const mcp = await connect(server, revision);
    const uri = "plasmite:///pools/work";
    if (revision === MODERN) await mcp.listen({ resourceSubscriptions: [uri] });
    else await mcp.subscribeResource({ uri });
    const waits = [1, 2].map(() => wait(mcp).then(() => "ended", () => "ended"));
    await taken(server, 3);
    const isClean = await within("the server to stop", server.running.shutdown(15_000));
    assertEquals(isClean, true, "nothing had to be cut");
    await mcp.close();
    assertEquals(await Promise.all(waits), ["ended", "ended"]);
  });
}

Deno.test("a batch that cancels its own wait keeps no server from stopping", async () => {
  await using server = await startTestServer();
  const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
  const batch = `[${toolCall(1, "wait", WAIT)},${JSON.stringify(cancel)}]`;
  using connection = await RawConnection.open(server.port);
  const headers = ["content-type: application/json", `content-length: ${batch.length}`];
  await connection.send(requestText("POST /mcp", headers, batch));
  // The server has read it once the next request on another connection is answered.
  await server.post("/mcp", request(2, "ping"));
  const isClean = await within("the server to stop", server.running.shutdown(15_000));
  assertEquals(isClean, true, "nothing had to be cut");
});

/** Requests that stay, as bytes; some belong to the session `id`. */
function staying(id: string): Record<string, string> {
  const session = `mcp-session-id: ${id}`;
  const text = (body: string, ...headers: string[]) => {
    const all = ["content-type: application/json", `content-length: ${body.length}`, ...headers];
    return requestText("POST /mcp", all, body);
  };
  const accept = "accept: application/json, text/event-stream";
  const call = { name: "plasmite_wait", arguments: WAIT };
  const listen = {
    _meta: MODERN_META,
    notifications: { resourceSubscriptions: ["plasmite:///pools/work"] },
  };
  const modern = [accept, `mcp-protocol-version: ${MODERN}`];
  return {
    "a wait": text(toolCall(1, "wait", WAIT)),
    "a wait that asks for progress": text(
      request(1, "tools/call", { ...call, _meta: { progressToken: 1 } }),
      accept,
    ),
    "a wait of a session": text(toolCall(1, "wait", WAIT), accept, session),
    "the stream of a session": requestText("GET /mcp", [accept, session]),
    "a wait of the newest revision": text(
      request(1, "tools/call", { ...call, _meta: MODERN_META }),
      ...modern,
      "mcp-method: tools/call",
      "mcp-name: plasmite_wait",
    ),
    "a stream of the newest revision": text(
      request(1, "subscriptions/listen", listen),
      ...modern,
      "mcp-method: subscriptions/listen",
    ),
  };
}

for (const what of Object.keys(staying(""))) {
  Deno.test(`${what} frees its place when its connection is gone`, async () => {
    await using server = await startTestServer();
    const { headers } = await server.post("/mcp", initialize(0));
    const bytes = staying(headers.get("mcp-session-id")!)[what];
    for (let round = 0; round < 3; round++) {
      using connection = await RawConnection.open(server.port);
      await connection.send(bytes);
      await taken(server, 1);
      connection.close();
      await taken(server, 0);
    }
    assertEquals(await server.metric("plasmite_operations"), 0);
  });
}

Deno.test("streams of the newest revision take places as tails do", async () => {
  await using server = await startTestServer({ limits: { maxTailConcurrency: 2 } });
  const mcp = clientOf(MODERN);
  await mcp.connect(httpTransport(server.url));
  const filter = { resourceSubscriptions: ["plasmite:///pools/work"] };
  const streams = [await mcp.listen(filter), await mcp.listen(filter)];
  await taken(server, 2);
  const refused = await mcp.listen(filter).then(() => "taken", (error) => String(error));
  assert(refused !== "taken");
  const { error_kind } = (await wait(mcp)).structuredContent as Fields;
  assertEquals(error_kind, "Busy");
  for (const stream of streams) await stream.close();
  await mcp.close();
  await taken(server, 0);
});

Deno.test("sessions that are not used make room for new ones", async () => {
  await using server = await startTestServer();
  const ids = [];
  for (let n = 0; n < 70; n++) {
    const { status, headers } = await server.post("/mcp", initialize(n));
    assertEquals(status, 200);
    ids.push(headers.get("mcp-session-id")!);
  }
  const statusOf = async (id: string) => {
    return (await server.post("/mcp", request(1, "ping"), { "mcp-session-id": id })).status;
  };
  assertEquals([await statusOf(ids[0]), await statusOf(ids[69])], [404, 200]);
});
