/**
 * What `/mcp` answers to requests that are written by hand.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { JsonText } from "@plasmite/pool";
import { type Answer, startTestServer, type TestServer } from "../server/start_server.ts";
import type { Fields } from "./answer.ts";
import { initialize, MODERN_META, request, toolCall } from "./json_rpc.ts";

const EVENTS = "text/event-stream";

function post(server: TestServer, body: string, headers: Record<string, string> = {}) {
  return server.post("/mcp", body, headers);
}

/** What the newest revision says in headers as well. */
function modernHeaders(method: string, name?: string): Record<string, string> {
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": method };
  return name === undefined ? headers : { ...headers, "mcp-name": name };
}

/** The JSON-RPC message in an answer that is one. */
function jsonOf({ status, headers, text }: Answer): Fields {
  assertEquals(
    [status, headers.get("content-type")?.split(";")[0]],
    [200, "application/json"],
    text,
  );
  return JSON.parse(text);
}

/** Begins a session and gives the headers that belong to it. */
async function beginSession(server: TestServer, version = "2025-11-25") {
  const answer = await post(server, initialize(1, version), {
    accept: `application/json, ${EVENTS}`,
  });
  assertEquals(answer.status, 200, answer.text);
  const id = answer.headers.get("mcp-session-id");
  assert(id !== null);
  return { "mcp-session-id": id, "mcp-protocol-version": version };
}

Deno.test("a request that names no session is answered alone, without initialize", async () => {
  await using server = await startTestServer();
  const feed = jsonOf(await post(server, toolCall("a", "feed", { pool: "work", data: 1 })));
  assertEquals([feed.id, feed.result.structuredContent.message.seq], ["a", 1]);
  const { result } = jsonOf(await post(server, request(7, "tools/list")));
  assertEquals(result.tools.length, 9);
  assertEquals(jsonOf(await post(server, request(8, "ping"))).result, {});
});

Deno.test("a request of the newest revision is answered alone", async () => {
  await using server = await startTestServer();
  const call = { name: "plasmite_feed", arguments: { pool: "work", data: 1 }, _meta: MODERN_META };
  const headers = {
    ...modernHeaders("tools/call", "plasmite_feed"),
    accept: `application/json, ${EVENTS}`,
  };
  const answer = await post(server, request(1, "tools/call", call), headers);
  assertEquals(answer.status, 200, answer.text);
  assert(answer.text.includes('"seq":1'), answer.text);
  const { result } = jsonOf(
    await post(server, request(2, "server/discover", { _meta: MODERN_META }), {
      ...modernHeaders("server/discover"),
      accept: `application/json, ${EVENTS}`,
    }),
  );
  assert(result.supportedVersions.includes("2026-07-28"));
  assert(result.instructions.includes("plasmite_read"));
});

Deno.test("clients that accept only JSON, or do not say, are answered", async () => {
  await using server = await startTestServer();
  for (const accept of ["application/json", "*/*", ""]) {
    const answer = await post(server, initialize(1), accept === "" ? {} : { accept });
    assertEquals(answer.status, 200, answer.text);
    assert(answer.text.includes('"protocolVersion":"2025-11-25"'), answer.text);
    jsonOf(await post(server, request(2, "tools/list"), accept === "" ? {} : { accept }));
  }
});

Deno.test("initialize negotiates the revision, and begins a session", async () => {
  await using server = await startTestServer();
  for (
    const [asked, agreed] of [
      ["2025-11-25", "2025-11-25"],
      ["2025-06-18", "2025-06-18"],
      ["2025-03-26", "2025-03-26"],
      ["1999-01-01", "2025-11-25"],
    ]
  ) {
    const { status, headers, text } = await post(server, initialize(1, asked));
    assertEquals(status, 200, text);
    assert(headers.get("mcp-session-id"));
    assert(text.includes(`"protocolVersion":"${agreed}"`), text);
  }
});

Deno.test("a session goes on until it is deleted", async () => {
  await using server = await startTestServer();
  const session = await beginSession(server);
  const initialized = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
  const noted = await post(server, initialized, session);
  assertEquals([noted.status, noted.text], [202, ""]);
  const listed = await post(server, request(2, "tools/list"), session);
  assertEquals(listed.status, 200);
  assert(listed.text.includes("plasmite_pool_list"));
  const ended = await server.call("/mcp", { method: "DELETE", headers: session });
  assertEquals(ended.status, 200);
  const late = await post(server, request(3, "tools/list"), session);
  assertEquals(late.status, 404);
});

Deno.test("a session that is unknown is 404, whatever is asked of it", async () => {
  await using server = await startTestServer();
  const headers = { "mcp-session-id": crypto.randomUUID() };
  assertEquals((await post(server, request(1, "tools/list"), headers)).status, 404);
  assertEquals((await post(server, initialize(1), headers)).status, 404);
  assertEquals(
    (await server.call("/mcp", { headers: { ...headers, accept: EVENTS } })).status,
    404,
  );
  assertEquals((await server.call("/mcp", { method: "DELETE", headers })).status, 404);
});

Deno.test("without a session there is nothing to listen to, and nothing to end", async () => {
  await using server = await startTestServer();
  for (const method of ["GET", "DELETE"]) {
    const { status } = await server.call("/mcp", { method, headers: { accept: EVENTS } });
    assertEquals(status, 405, method);
  }
});

Deno.test("the stream of a session tells of its pools, and ends with it", async () => {
  await using server = await startTestServer();
  const session = await beginSession(server);
  const stream = await server.request("/mcp", { headers: { ...session, accept: EVENTS } });
  assertEquals(stream.status, 200);
  assertEquals(stream.headers.get("content-type")?.split(";")[0], EVENTS);
  const uri = "plasmite:///pools/work";
  await post(server, request(2, "resources/subscribe", { uri }), session);
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  await post(server, toolCall(3, "feed", { pool: "work", data: 1 }), session);
  let text = "";
  while (!text.includes("\n\n")) text += (await reader.read()).value ?? "\n\nended";
  assert(text.includes('"method":"notifications/resources/updated"'), text);
  assert(text.includes(uri), text);
  await server.call("/mcp", { method: "DELETE", headers: session });
  for (let done = false; !done;) done = (await reader.read()).done;
  assertEquals(await server.metric("plasmite_tails"), 0);
});

Deno.test("notifications and responses are taken without an answer", async () => {
  await using server = await startTestServer();
  const bodies = [
    '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}',
    '{"jsonrpc":"2.0","id":1,"result":{}}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}',
  ];
  for (const body of bodies) {
    const { status, text } = await post(server, body);
    assertEquals([status, text], [202, ""], body);
  }
});

Deno.test("what is no message is refused, and says why", async () => {
  await using server = await startTestServer();
  const cases: [body: string, code: number][] = [
    ["{", -32700],
    ["", -32700],
    ["[]", -32600],
    ["7", -32600],
    ["null", -32600],
    ['"text"', -32600],
    ['{"id":1,"method":"ping"}', -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":1}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
  ];
  for (const [body, code] of cases) {
    const { status, text } = await post(server, body);
    const { error, id, jsonrpc } = JSON.parse(text);
    assertEquals([error.code, jsonrpc], [code, "2.0"], `${body}: ${text}`);
    assert(id === null || id === 1, text);
    assert(status === 200 || status === 400, `${status}`);
  }
  const unknown = jsonOf(await post(server, request(1, "tools/dance")));
  assertEquals([unknown.error.code, unknown.id], [-32601, 1]);
  const params = jsonOf(await post(server, request(2, "tools/call", { name: 7 })));
  assertEquals(params.error.code, -32602);
});

Deno.test("a batch is refused as a whole, or answered as a whole", async () => {
  await using server = await startTestServer();
  const body = `[${toolCall(1, "feed", { pool: "work", data: 1 })},${request(2, "ping")}]`;
  const { status, text } = await post(server, body);
  const answer = JSON.parse(text);
  using pool = server.client.openPool("work");
  if (Array.isArray(answer)) {
    assertEquals([status, answer.length, pool.info().nextSeq], [200, 2, 2]);
  } else {
    assertEquals([answer.error.code, answer.id, pool.info().nextSeq], [-32600, null, 1], text);
  }
});

Deno.test("a revision that nobody speaks is 400", async () => {
  await using server = await startTestServer();
  const session = await beginSession(server);
  for (const version of ["2024-01-01", "nonsense", "2999-12-31"]) {
    for (const headers of [{}, session]) {
      const all = { ...headers, "mcp-protocol-version": version };
      const { status, text } = await post(server, request(1, "tools/list"), all);
      assertEquals(status, 400, `${version}: ${text}`);
      assert(JSON.parse(text).error.message, text);
    }
  }
});

Deno.test("a body of another type is 415, and one that is too large 413", async () => {
  await using server = await startTestServer({ limits: { maxBodyBytes: 1000 } });
  for (const type of ["text/plain", "application/x-www-form-urlencoded", ""]) {
    const { status, text } = await post(server, request(1, "ping"), { "content-type": type });
    assertEquals([status, JSON.parse(text).error.kind], [415, "Usage"], type);
  }
  const charset = { "content-type": "application/json; charset=utf-8" };
  assertEquals((await post(server, request(1, "ping"), charset)).status, 200);
  const large = toolCall(1, "feed", { pool: "work", data: "x".repeat(1000) });
  const { status, text } = await post(server, large);
  assertEquals([status, JSON.parse(text).error.kind], [413, "Usage"]);
  using pool = server.client.openPool("work");
  assertEquals(pool.info().nextSeq, 1);
});

/** What JavaScript's own JSON would spell in another way. */
const EXACT = '{"z":12345678901234567890,"a":1.0,"__proto__":{"y":0.10}}';

Deno.test("numbers and keys are passed on exactly as they are stored", async () => {
  await using server = await startTestServer();
  using pool = server.client.openPool("work");
  pool.appendMany([{ json: JsonText.parse(EXACT) }]);
  const fetched = await post(server, toolCall(1, "fetch", { pool: "work", seq: 1 }));
  assert(fetched.text.includes(`"structuredContent":{"message":${pool.get(1).envelope}}`));
});

Deno.test("what is fed is stored exactly as it was sent, or refused", async () => {
  await using server = await startTestServer();
  using pool = server.client.openPool("work");
  for (const data of ['{"z":12345678901234567890}', '{"__proto__":{"y":0.5},"":1}']) {
    const before = pool.info().nextSeq;
    const call = toolCall(1, "feed", { pool: "work", data: "DATA" }).replace('"DATA"', data);
    const { error_kind } = jsonOf(await post(server, call)).result.structuredContent;
    if (error_kind === undefined) assert(pool.get(before).envelope.endsWith(`"data":${data}}`));
    else assertEquals([error_kind, pool.info().nextSeq], ["Usage", before]);
    assert(error_kind === undefined || data.includes("123"), "only digits can be too many");
  }
});

Deno.test("progress comes on a stream to who asks for it, and others get JSON", async () => {
  await using server = await startTestServer();
  const params = { name: "plasmite_wait", arguments: { pool: "work", timeout_ms: 2500 } };
  const accept = `application/json, ${EVENTS}`;
  const [asked, unasked] = await Promise.all([
    post(server, request(1, "tools/call", { ...params, _meta: { progressToken: "p" } }), {
      accept,
    }),
    post(server, request(2, "tools/call", params), { accept }),
  ]);
  assertEquals(asked.headers.get("content-type")?.split(";")[0], EVENTS);
  const told = asked.text.split("\n").filter((line) => line.startsWith("data: {"));
  const [progress, result] = told.map((line) => JSON.parse(line.slice("data: ".length)));
  assertEquals([progress.method, progress.params.progressToken], ["notifications/progress", "p"]);
  assertEquals([progress.params.total, result.id], [2500, 1]);
  assertEquals(jsonOf(unasked).result.structuredContent.timed_out, true);
});
