/**
 * What the server tells of itself: health, readiness, metrics, its routes; and what it tells
 * of pools that can't be read.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { routes } from "../../server/routes.ts";
import { eventually } from "./eventually.ts";
import { failureOf, type ListBody, startTestServer } from "./start_server.ts";

Deno.test("health is told to everybody", async () => {
  await using server = await startTestServer({ token: "t", access: "write-only" });
  for (const path of ["/healthz", "/readyz"]) {
    const answer = await server.call(path, { headers: { authorization: "none" } });
    assertEquals([answer.status, answer.text], [200, '{"ok":true}']);
    assertEquals(answer.headers.get("plasmite-version"), "0");
  }
});

Deno.test("readiness is lost with the directory, and health is not", async () => {
  await using server = await startTestServer();
  const { dir } = server.client;
  Deno.renameSync(dir, `${dir}-away`);
  try {
    Deno.writeTextFileSync(dir, "a file in its place");
    const answer = await server.call("/readyz");
    assert(answer.status >= 500, answer.text);
    assertEquals(failureOf(answer).kind, "Io");
    assertEquals((await server.call("/healthz")).status, 200);
  } finally {
    Deno.removeSync(dir);
    Deno.renameSync(`${dir}-away`, dir);
  }
  assertEquals((await server.call("/readyz")).status, 200);
});

Deno.test("a pool that can't be read stands beside the others", async () => {
  await using server = await startTestServer();
  server.client.createPool("zebra");
  Deno.writeTextFileSync(`${server.client.dir}/bad.plasmite`, "no pool at all".repeat(1000));
  Deno.writeTextFileSync(`${server.client.dir}/empty.plasmite`, "");
  for (const path of ["/v0/pools", "/v0/ui/pools"]) {
    const { pools } = await server.json<ListBody>(path);
    assertEquals(
      pools.map(({ name, error }) => [name, error?.kind]),
      [["bad", "Corrupt"], ["empty", "Corrupt"], ["work", undefined], ["zebra", undefined]],
    );
    assertEquals(pools[0].path, `${server.client.dir}/bad.plasmite`);
    assert(pools[0].error?.hint !== "");
  }
  for (const path of ["info", "messages", "messages/1", "tail"]) {
    const answer = await server.call(`/v0/pools/bad/${path}`);
    assertEquals([answer.status, failureOf(answer).kind], [500, "Corrupt"], path);
  }
  const append = await server.post("/v0/pools/bad/append", '{"data":1}');
  assertEquals([append.status, failureOf(append).kind], [500, "Corrupt"]);
  assertEquals(await server.metric("plasmite_pools_unreadable"), 2);
  assertEquals((await server.call("/readyz")).status, 200);
});

Deno.test("metrics count what was done", async () => {
  await using server = await startTestServer();
  await server.post("/v0/pools/work/append", '{"data":1}');
  const headers = { "content-type": "application/jsonl" };
  await server.post("/v0/pools/work/messages", '{"data":1}\n{"data":2}', headers);
  await server.post("/v0/pools/work/messages?atomic=line", '{"data":1}\noops', headers);
  const tail = (await server.call("/v0/pools/work/tail?max=4")).text;
  await server.call("/v0/pools/none/info");
  await server.call("/random/path/1");
  await server.call("/random/path/2");

  const { headers: answered, text } = await server.call("/metrics");
  assertMatch(answered.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  for (const line of text.split("\n").filter((line) => line !== "")) {
    assertMatch(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [-+.\w]+)$/);
  }
  assertEquals(await server.metric("plasmite_appended_messages_total"), 4);
  assertEquals(await server.metric("plasmite_tail_bytes_total"), tail.length);
  assertEquals(await server.metric('plasmite_pool_next_seq{pool="work"}'), 5);
  assertEquals(await server.metric("plasmite_tails"), 0);
  const requests = (labels: string) => server.metric(`plasmite_http_requests_total{${labels}}`);
  assertEquals(await requests('method="GET",route="none",status="404"'), 2);
  assertEquals(await requests('method="GET",route="/v0/pools/:pool/info",status="404"'), 1);
  assertEquals(await requests('method="POST",route="/v0/pools/:pool/append",status="200"'), 1);
});

Deno.test("names of pools can't forge metrics", async () => {
  await using server = await startTestServer();
  const pool = 'a"} 5\nplasmite_forged 1\\';
  assertEquals((await server.post("/v0/pools", JSON.stringify({ pool }))).status, 200);
  assertEquals(await server.metric("plasmite_forged"), NaN);
});

/** As much of an OpenAPI document as is looked at. */
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

interface Operation {
  parameters: { name: string }[];
  responses: Record<string, { content: Record<string, unknown> }>;
}

Deno.test("the OpenAPI document has every route, and what it says is so", async () => {
  await using server = await startTestServer();
  server.client.openPool("work").append(1);
  const document = await server.json<Document>("/v0/openapi.json");
  assertMatch(document.openapi, /^3\.1\./);
  const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const known = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  assertEquals(listed.sort(), known.sort());
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    const operation = document.paths[path][route.method.toLowerCase()];
    const parameters = operation.parameters.map(({ name }) => name);
    for (const [, segment] of path.matchAll(/\{(\w+)\}/g)) assert(parameters.includes(segment));
    for (const key of Object.keys(route.query ?? {})) assert(parameters.includes(key), key);
    // Without a session there is nothing at /mcp to get.
    if (route.method !== "GET" || path.includes("lite3") || path === "/mcp") continue;
    const concrete = path.replace("{pool}", "work").replace("{seq}", "1");
    const { status, headers } = await server.call(`${concrete}?max=1`);
    const [type] = Object.keys(operation.responses[200].content);
    assertEquals(status, 200, path);
    assertStringIncludes(headers.get("content-type") ?? "", type);
  }
});

Deno.test("every route that takes a body refuses other types than the documented one", async () => {
  await using server = await startTestServer();
  for (const { method, path, body } of routes) {
    if (body === undefined) continue;
    const concrete = path.replace(":pool", "work");
    const init = { method, body: "x", headers: { "content-type": "text/plain" } };
    assertEquals((await server.call(concrete, init)).status, 415, path);
    const typed = { method, body: "{", headers: { "content-type": body.type } };
    assertEquals((await server.call(concrete, typed)).status, 400, path);
  }
});

/** What a server says of itself to pages. */
interface Session {
  access: string;
  max_tail_timeout_ms: number;
  version: string;
}

Deno.test("the session tells what the caller may do", async () => {
  await using server = await startTestServer({ access: "write-only", token: "t" });
  const { access, max_tail_timeout_ms: limit, version } = await server.json<Session>(
    "/v0/ui/session",
  );
  assertEquals([access, limit], ["write-only", 30_000]);
  assertMatch(version, /^\d+\.\d+\.\d+/);
});

Deno.test("the log has each request without its query and its token", async () => {
  const entries: string[] = [];
  {
    await using server = await startTestServer({
      token: "secret-token",
      logRequest: (entry) => entries.push(JSON.stringify(entry)),
    });
    await server.call("/v0/pools/work/tail?max=0&token=secret-token");
    await server.call("/healthz");
    await server.call("/nowhere?secret-token");
  }
  const [tail, health, nowhere] = entries.map((entry) => JSON.parse(entry));
  assertEquals([tail.path, tail.status, tail.sentBytes], ["/v0/pools/work/tail", 200, 0]);
  assertEquals([health.method, health.path, health.sentBytes], ["GET", "/healthz", 11]);
  assertEquals([nowhere.status, nowhere.client], [404, "127.0.0.1"]);
  assert(!entries.join().includes("secret-token"));
});

Deno.test("a tail whose client leaves is logged when it does", async () => {
  const entries: string[] = [];
  await using server = await startTestServer({
    logRequest: ({ path, status, sentBytes }) => entries.push(`${path} ${status} ${sentBytes}`),
  });
  server.client.openPool("work").append(1);
  const leaving = new AbortController();
  const tail = await server.request("/v0/pools/work/tail", { signal: leaving.signal });
  const reader = tail.body!.getReader();
  const { value } = await reader.read();
  assertEquals(entries, []);
  leaving.abort();
  await reader.closed.catch(() => {});
  await eventually("it is logged", () => entries.length === 1);
  assertEquals(entries, [`/v0/pools/work/tail 200 ${value?.length}`]);
});
