/**
 * Every route: its answer, its refusals, and what every answer carries.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { routes } from "../../server/routes.ts";
import {
  type Answer,
  failureOf,
  type ListBody,
  type MessageBody,
  type PoolEntry,
  startTestServer,
} from "./start_server.ts";

const POOL_KEYS = [
  "bounds",
  "file_size",
  "index_capacity",
  "index_offset",
  "index_size_bytes",
  "metrics",
  "name",
  "next_seq",
  "path",
  "ring_offset",
  "ring_size",
];

function assertRefused(answer: Answer, status: number, kind: string): void {
  assertEquals([answer.status, failureOf(answer).kind], [status, kind], answer.text);
  assertEquals(answer.headers.get("content-type"), "application/json");
  assertEquals(answer.headers.get("plasmite-version"), "0");
  assert(failureOf(answer).message !== "");
}

/** The body of an answer that describes a pool. */
interface PoolBody {
  pool: PoolEntry & { file_size: number; next_seq: number };
}

Deno.test("pools are created, described, listed and deleted", async () => {
  await using server = await startTestServer();
  const { pool } = await server.json<PoolBody>("/v0/pools", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"pool":"jobs","size_bytes":65536,"max_age_ms":60000,"max_messages":9,"unknown":1}',
  });
  for (const key of POOL_KEYS) assert(key in pool, `${key} is missing`);
  assertEquals([pool.name, pool.file_size, pool.next_seq], ["jobs", 65536, 1]);
  const info = server.client.poolInfo("jobs");
  assertEquals([info.maxAgeMs, info.maxMessages], [60_000, 9]);
  assertRefused(await server.post("/v0/pools", '{"pool":"jobs"}'), 409, "AlreadyExists");

  const open = await server.post("/v0/pools/open", '{"pool":"jobs"}');
  assertEquals(JSON.parse(open.text).pool.name, "jobs");
  for (const path of ["/v0/pools/jobs/info", "/v0/ui/pools/jobs/info"]) {
    assertEquals((await server.json<PoolBody>(path)).pool.path, pool.path);
  }
  for (const path of ["/v0/pools", "/v0/ui/pools"]) {
    const { pools } = await server.json<ListBody>(path);
    assertEquals(pools.map(({ name }) => name), ["jobs", "work"]);
  }
  assertEquals(await server.json("/v0/pools/jobs", { method: "DELETE", body: "null" }), {
    ok: true,
  });
  assertRefused(await server.call("/v0/pools/jobs", { method: "DELETE" }), 404, "NotFound");
  assertRefused(await server.call("/v0/pools/jobs/info"), 404, "NotFound");
  assertRefused(await server.post("/v0/pools/open", '{"pool":"jobs"}'), 404, "NotFound");
});

Deno.test("a pool may be called open, and be deleted", async () => {
  await using server = await startTestServer();
  server.client.createPool("open");
  assertEquals((await server.call("/v0/pools/open", { method: "DELETE" })).status, 200);
  assertEquals((await server.json<ListBody>("/v0/pools")).pools.length, 1);
});

Deno.test("names that need percent-encoding are decoded once", async () => {
  await using server = await startTestServer();
  for (const name of ["a b", "ü✓", "100%", "%2F", "a?b#c", ".hidden", "..", "-n", "'\"&"]) {
    const created = await server.post("/v0/pools", JSON.stringify({ pool: name }));
    assertEquals(created.status, 200, created.text);
    // Two dots are a step up, not a name, for whoever resolves URLs before sending.
    if (name === "..") continue;
    const path = `/v0/pools/${encodeURIComponent(name)}`;
    assertEquals((await server.post(`${path}/append`, '{"data":1}')).status, 200, name);
    assertEquals((await server.json<MessageBody>(`${path}/messages/1`)).message.data, 1);
    assertEquals(await server.json(path, { method: "DELETE" }), { ok: true });
  }
});

Deno.test("creating refuses values out of range and of other types", async () => {
  await using server = await startTestServer();
  const before = await server.snapshot();
  const refusals: [string, number][] = [
    ['{"pool":"x","size_bytes":100}', 400],
    ['{"pool":"x","size_bytes":-1}', 400],
    ['{"pool":"x","size_bytes":1.5}', 400],
    ['{"pool":"x","size_bytes":1e300}', 400],
    ['{"pool":"x","max_messages":-1}', 400],
    ['{"pool":"x","size_bytes":"1M"}', 422],
    ['{"pool":"x","index_capacity":[1]}', 422],
    ['{"pool":5}', 422],
    ["{}", 422],
    ["[]", 422],
    ["null", 422],
    ['"x"', 422],
    ['{"pool":""}', 400],
    ['{"pool":"a/b"}', 400],
    ['{"pool":"a\\u0000b"}', 400],
    [`{"pool":"${"n".repeat(300)}"}`, 400],
    ["not json", 400],
    ["", 400],
  ];
  for (const [body, status] of refusals) {
    const answer = await server.post("/v0/pools", body);
    assertEquals(answer.status, status, `${body}: ${answer.text}`);
    assertRefused(answer, status, "Usage");
  }
  assertEquals(await server.snapshot(), before);
});

Deno.test("a message is appended, echoed and read back", async () => {
  await using server = await startTestServer();
  const sent = await server.post(
    "/v0/pools/work/append",
    '{"data":{"n":1},"tags":["b","a","a",""],"durability":"flush","more":true}',
  );
  const { message } = JSON.parse(sent.text);
  assertEquals([message.seq, message.meta.tags], [1, ["b", "a", "a", ""]]);
  assertMatch(message.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  assertEquals((await server.json<MessageBody>("/v0/pools/work/messages/1")).message, message);
  const plain = await server.post("/v0/pools/work/append", '{"data":null,"tags":null}');
  assertEquals(JSON.parse(plain.text).message.meta.tags, []);
});

Deno.test("a message that is not there is not found, with its number", async () => {
  await using server = await startTestServer();
  for (const seq of [0, 1, 7]) {
    const answer = await server.call(`/v0/pools/work/messages/${seq}`);
    assertRefused(answer, 404, "NotFound");
    assertEquals(failureOf(answer).seq, seq);
  }
  assertRefused(await server.call("/v0/pools/none/messages/1"), 404, "NotFound");
  for (const seq of ["x", "-1", "1.0", "1e3", "18446744073709551616", "%31x", "0x1"]) {
    assertRefused(await server.call(`/v0/pools/work/messages/${seq}`), 400, "Usage");
  }
  const largest = await server.call("/v0/pools/work/messages/18446744073709551615");
  assertRefused(largest, 404, "NotFound");
});

Deno.test("appends are refused for their body, with nothing appended", async () => {
  await using server = await startTestServer();
  const refusals: [string, number][] = [
    ["{", 400],
    ["", 400],
    ['{"data":1}}', 400],
    ['{"data":NaN}', 400],
    ["[]", 422],
    ["1", 422],
    ["{}", 422],
    ['{"tags":["a"]}', 422],
    ['{"data":1,"tags":"a"}', 422],
    ['{"data":1,"tags":[1]}', 422],
    ['{"data":1,"tags":{}}', 422],
    ['{"data":1,"durability":5}', 422],
    ['{"__proto__":{"data":1}}', 422],
  ];
  for (const [body, status] of refusals) {
    const answer = await server.post("/v0/pools/work/append", body);
    assertEquals(answer.status, status, `${body}: ${answer.text}`);
    assertRefused(answer, status, "Usage");
  }
  for (const type of ["text/plain", "application/jsonx", "", "application/x-www-form-urlencoded"]) {
    const headers = { "content-type": type };
    assertRefused(await server.post("/v0/pools/work/append", '{"data":1}', headers), 415, "Usage");
  }
  const typed = { "content-type": "Application/JSON; charset=utf-8" };
  assertEquals((await server.post("/v0/pools/work/append", '{"data":1}', typed)).status, 200);
  assertRefused(await server.post("/v0/pools/none/append", '{"data":1}'), 404, "NotFound");
  assertEquals(server.client.poolInfo("work").nextSeq, 2);
});

Deno.test("data is kept as it was spelled", async () => {
  await using server = await startTestServer();
  const data =
    '{"z":1.0,"a":123456789012345678901234567890,"e":1E+2,"s":"\\u00e9\\/","n":-0,"2":1,"1":2}';
  const sent = await server.post("/v0/pools/work/append", ` { "data" : ${data} } `);
  assertStringIncludes(sent.text, `"data":${data}}`);
  for (const path of ["/v0/pools/work/messages/1", "/v0/pools/work/messages", TAIL, EVENTS]) {
    assertStringIncludes((await server.call(path)).text, `"data":${data}}`);
  }
});

const TAIL = "/v0/pools/work/tail?max=1";
const EVENTS = "/v0/ui/pools/work/events?max=1";

Deno.test("routes of another payload format are refused as such", async () => {
  await using server = await startTestServer();
  assertRefused(await server.post("/v0/pools/work/append_lite3", "x"), 501, "Usage");
  assertRefused(await server.call("/v0/pools/work/messages/1/lite3"), 501, "Usage");
  assertRefused(await server.call("/v0/pools/work/tail_lite3"), 501, "Usage");
});

Deno.test("unknown routes and methods are refused with an envelope", async () => {
  await using server = await startTestServer();
  for (
    const path of ["/", "/v0", "/v0/", "/v0/pools/", "/v1/pools", "/v0/pools/work/info/", "/x"]
  ) {
    assertRefused(await server.call(path), 404, "Usage");
  }
  for (const { path } of routes) {
    const filled = path.replace(":pool", "work").replace(":seq", "1");
    const answer = await server.call(filled, { method: "PATCH" });
    assertRefused(answer, 405, "Usage");
    const allow = answer.headers.get("allow")?.split(", ") ?? [];
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
    for (const method of methods) assert(allow.includes(method), `${path} allows ${allow}`);
  }
  assertRefused(await server.call("/v0/pools", { method: "OPTIONS" }), 405, "Usage");
});

Deno.test("HEAD answers what GET does, without the body", async () => {
  await using server = await startTestServer();
  server.client.openPool("work").append(1);
  for (const { method, path, access } of routes) {
    // Without a session there is nothing at /mcp to get.
    if (method !== "GET" || path.includes("lite3") || path === "/mcp") continue;
    const filled = path.replace(":pool", "work").replace(":seq", "1");
    const head = await server.call(filled, { method: "HEAD" });
    assertEquals([head.status, head.text], [200, ""], `${access} ${path}`);
    assertEquals(head.headers.get("plasmite-version"), "0", path);
  }
  assertEquals((await server.call("/v0/pools/none/tail", { method: "HEAD" })).status, 404);
  assertEquals(await server.metric("plasmite_tails"), 0);
});
