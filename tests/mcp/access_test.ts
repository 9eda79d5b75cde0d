/**
 * Who may use `/mcp`, and for what.
 *
 * @module
 */

import { ProtocolError } from "@modelcontextprotocol/client";
import { assertEquals, assertRejects } from "@std/assert";
import { exchange, requestText } from "../server/raw_http.ts";
import { failureOf, startTestServer } from "../server/start_server.ts";
import type { Fields } from "./answer.ts";
import { initialize, request } from "./json_rpc.ts";
import { assertLimited, LIMITED } from "./limited_access.ts";
import { clientOf, httpTransport, MODERN, REVISIONS } from "./ways.ts";

const TOKEN = "a-token-of-this-test";

for (const revision of REVISIONS) {
  Deno.test(`a client of revision ${revision} needs the server's token`, async () => {
    await using server = await startTestServer({ token: TOKEN });
    const mcp = clientOf(revision);
    await mcp.connect(httpTransport(server.url, TOKEN));
    assertEquals((await mcp.listTools()).tools.length, 9);
    await mcp.close();
    for (const token of [undefined, "another-token"]) {
      const refused = clientOf(revision);
      await assertRejects(() => refused.connect(httpTransport(server.url, token)));
      await refused.close();
    }
  });

  Deno.test(`a client of revision ${revision} may do what the access mode says`, async () => {
    for (const access of LIMITED) {
      await using server = await startTestServer({ access });
      const mcp = clientOf(revision);
      await mcp.connect(httpTransport(server.url));
      const before = await server.snapshot();
      await assertLimited(mcp, access);
      assertEquals(await server.snapshot(), before);
      const resources = [
        () => mcp.listResources(),
        () => mcp.readResource({ uri: "plasmite:///pools/work" }),
      ];
      for (const use of resources) {
        if (access === "read-only") {
          await use();
          continue;
        }
        const error = await assertRejects(use, ProtocolError);
        assertEquals(error.code, -32000);
        assertEquals((error.data as Fields).error_kind, "Permission");
      }
      await mcp.close();
    }
  });
}

Deno.test("who may not read may not subscribe either", async () => {
  await using server = await startTestServer({ access: "write-only" });
  const uri = "plasmite:///pools/work";
  const old = clientOf("2025-11-25");
  await old.connect(httpTransport(server.url));
  const error = await assertRejects(() => old.subscribeResource({ uri }), ProtocolError);
  assertEquals((error.data as Fields).error_kind, "Permission");
  await old.close();
  const modern = clientOf(MODERN);
  await modern.connect(httpTransport(server.url));
  const updates: string[] = [];
  modern.setNotificationHandler("notifications/resources/updated", ({ params }) => {
    updates.push(params.uri);
  });
  // It is refused, or nothing is told.
  const listening = await modern.listen({ resourceSubscriptions: [uri] }).catch(() => undefined);
  using pool = server.client.openPool("work");
  for (let n = 0; n < 3; n++) {
    pool.append(n);
    await modern.callTool({ name: "plasmite_feed", arguments: { pool: "work", data: n } });
  }
  assertEquals(listening?.honoredFilter.resourceSubscriptions ?? [], []);
  assertEquals(updates, []);
  await modern.close();
});

Deno.test("without the token nothing is read of a request: 401 for all methods", async () => {
  await using server = await startTestServer({ token: TOKEN });
  const headers = { authorization: "Bearer wrong" };
  for (const body of [initialize(1), request(1, "tools/list"), "{", "x".repeat(2_000_000)]) {
    const answer = await server.post("/mcp", body, headers);
    assertEquals([answer.status, failureOf(answer).kind], [401, "Permission"]);
  }
  for (const method of ["GET", "DELETE"]) {
    assertEquals((await server.call("/mcp", { method, headers })).status, 401);
  }
});

Deno.test("pages from elsewhere are refused unless they were named", async () => {
  await using server = await startTestServer({ corsOrigins: ["https://named.example"] });
  const cases: [origin: string, status: number][] = [
    ["https://named.example", 200],
    [server.url, 200],
    ["https://evil.example", 403],
    ["http://named.example", 403],
    ["https://named.example:8443", 403],
    ["null", 403],
    ["nonsense", 403],
    [`http://127.0.0.1:${server.port + 1}`, 403],
  ];
  for (const [origin, status] of cases) {
    for (const body of [initialize(1), request(1, "tools/list")]) {
      const answer = await server.post("/mcp", body, { origin });
      assertEquals(answer.status, status, `${origin}: ${answer.text}`);
      if (status === 403) assertEquals(failureOf(answer).kind, "Permission");
    }
  }
});

Deno.test("a name that was made to lead here is refused", async () => {
  await using server = await startTestServer();
  const body = request(1, "tools/list");
  const headers = ["content-type: application/json", `content-length: ${body.length}`];
  for (const [host, status] of [["evil.example", 403], ["localhost", 200]] as const) {
    const text = requestText("POST /mcp", [...headers, `host: ${host}:${server.port}`], body);
    assertEquals((await exchange(server.port, text)).status, status, host);
  }
});
