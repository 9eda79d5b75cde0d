/**
 * Who may call: tokens, access modes, hosts and origins, and what pages of other origins get.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Access } from "../../server/mod.ts";
import { routes } from "../../server/routes.ts";
import { exchange, requestText } from "./raw_http.ts";
import { failureOf, startTestServer } from "./start_server.ts";

const TOKEN = "correct horse battery staple";

function filled(path: string): string {
  return path.replace(":pool", "work").replace(":seq", "1");
}

Deno.test("only the right token, spelled exactly, lets a request in", async () => {
  await using server = await startTestServer({ token: TOKEN });
  const wrong: string[][] = [
    [],
    ["authorization: "],
    ["authorization: Bearer"],
    ["authorization: Bearer wrong"],
    [`authorization: bearer ${TOKEN}`],
    [`authorization: BEARER ${TOKEN}`],
    [`authorization: Bearer  ${TOKEN}`],
    [`authorization: Bearer\t${TOKEN}`],
    [`authorization: Bearer ${TOKEN}x`],
    [`authorization: Bearer ${TOKEN.slice(0, -1)}`],
    [`authorization: Bearer ${TOKEN.toUpperCase()}`],
    [`authorization: Bearer "${TOKEN}"`],
    [`authorization: Basic ${btoa(TOKEN)}`],
    [`authorization: ${TOKEN}`],
    [`authorization: Bearer wrong`, `authorization: Bearer ${TOKEN}`],
    [`authorization: Bearer ${TOKEN}, Bearer wrong`],
    [`x-authorization: Bearer ${TOKEN}`],
    [`cookie: token=${TOKEN}`],
  ];
  for (const headers of wrong) {
    const answer = await exchange(server.port, requestText("GET /v0/pools", headers));
    assertEquals(answer.status, 401, headers.join());
    assertEquals(JSON.parse(answer.body).error.kind, "Permission");
    assert(!answer.body.includes(TOKEN) && !answer.headers.has("www-authenticate"));
    assertEquals(answer.headers.get("plasmite-version"), "0");
  }
  const query = await exchange(server.port, requestText(`GET /v0/pools?token=${encodeURI(TOKEN)}`));
  assertEquals(query.status, 401);
  const right = requestText("GET /v0/pools", [`authorization: Bearer ${TOKEN}`]);
  assertEquals((await exchange(server.port, right)).status, 200);
});

Deno.test("every route but open ones asks for the token, and does so before all else", async () => {
  await using server = await startTestServer({ token: TOKEN, access: "read-only" });
  for (const { method, path, access } of routes) {
    const headers = { authorization: "Bearer wrong", "content-type": "text/plain" };
    const body = method === "POST" ? "{broken" : undefined;
    const answer = await server.call(`${filled(path)}?max=x`, { method, headers, body });
    assertEquals(answer.status, access === "open" ? 200 : 401, `${method} ${path}`);
  }
});

Deno.test("without a token the header is ignored", async () => {
  await using server = await startTestServer();
  const headers = { authorization: "nonsense" };
  assertEquals((await server.call("/v0/pools", { headers })).status, 200);
});

for (const mode of ["read-only", "write-only", "read-write"] satisfies Access[]) {
  Deno.test(`a ${mode} server refuses the other routes before it looks at requests`, async () => {
    await using server = await startTestServer({ access: mode });
    const before = await server.snapshot();
    for (const { method, path, access } of routes) {
      const isRefused = access === "read" && mode === "write-only" ||
        access === "write" && mode === "read-only";
      if (!isRefused) continue;
      const body = method === "POST" ? "{broken" : undefined;
      const name = path.replace(":pool", "a%2Fb").replace(":seq", "x");
      const answer = await server.call(name, { method, body });
      assertEquals(answer.status, 403, `${method} ${path}`);
      assertEquals(failureOf(answer).kind, "Permission");
      assertMatch(failureOf(answer).message, /^forbidden: /);
    }
    assertEquals(await server.snapshot(), before);
    assertEquals(
      (await server.post("/v0/pools/work/append", '{"data":1}')).status,
      mode === "read-only" ? 403 : 200,
    );
    assertEquals(
      (await server.call("/v0/pools/work/info")).status,
      mode === "write-only" ? 403 : 200,
    );
    const { access } = await server.json<{ access: string }>("/v0/ui/session");
    assertEquals(access, mode);
  });
}

Deno.test("on a loopback address, requests for other hosts are refused", async () => {
  await using server = await startTestServer();
  const { port } = server;
  const cases: [string, number][] = [
    [`127.0.0.1:${port}`, 200],
    [`localhost:${port}`, 200],
    [`LOCALHOST:${port}`, 200],
    [`[::1]:${port}`, 200],
    ["localhost", 200],
    ["evil.example", 403],
    [`evil.example:${port}`, 403],
    [`localhost.evil.example:${port}`, 403],
    [`127.0.0.1.evil.example:${port}`, 403],
    ["127.0.0.1@evil.example", 403],
    ["0.0.0.0", 403],
    ["192.168.0.1", 403],
    ["", 403],
  ];
  for (const [host, status] of cases) {
    for (const path of ["/v0/pools", "/healthz"]) {
      const answer = await exchange(port, requestText(`GET ${path}`, [`host: ${host}`]));
      const isRefused = status === 403 && (answer.status === 403 || answer.status === 400);
      assert(isRefused || answer.status === status, `${host}: ${answer.status} ${answer.body}`);
    }
  }
  const evil = await exchange(port, requestText("GET /v0/pools", ["host: evil.example"]));
  assertMatch(JSON.parse(evil.body).error.message, /^forbidden: /);
  assertEquals(evil.headers.get("plasmite-version"), "0");
});

Deno.test("on a loopback address, pages of other origins are refused", async () => {
  await using server = await startTestServer({ corsOrigins: ["https://app.example"] });
  const cases: [string, number][] = [
    ["https://app.example", 200],
    [server.url, 200],
    [server.url.replace("http", "https"), 403],
    ["http://127.0.0.1:1", 403],
    ["https://app.example.evil.example", 403],
    ["https://APP.example", 403],
    ["null", 403],
    ["", 403],
  ];
  for (const [origin, status] of cases) {
    const headers = [`host: 127.0.0.1:${server.port}`, `origin: ${origin}`];
    const answer = await exchange(server.port, requestText("GET /v0/pools", headers));
    assertEquals(answer.status, status, origin);
  }
});

Deno.test("origins that are allowed are told so; no others, and none without the flag", async () => {
  await using server = await startTestServer({ corsOrigins: ["https://app.example"] });
  const from = (origin: string) => ({ headers: { origin } });
  for (
    const path of ["/v0/pools", "/nowhere", "/v0/pools/none/info", "/v0/pools/work/tail?max=0"]
  ) {
    const { headers } = await server.call(path, from("https://app.example"));
    assertEquals(headers.get("access-control-allow-origin"), "https://app.example", path);
    assertMatch(headers.get("vary") ?? "", /origin/i);
    assertEquals(headers.get("access-control-allow-credentials"), null);
  }
  const refused = await server.call("/v0/pools", from("https://evil.example"));
  assertEquals(refused.headers.get("access-control-allow-origin"), null);

  const preflight = { method: "OPTIONS", ...from("https://app.example") };
  const { status, text, headers } = await server.call("/v0/pools/work/append", preflight);
  assertEquals([status, text], [200, ""]);
  assertEquals(headers.get("access-control-allow-origin"), "https://app.example");
  assertEquals(headers.get("access-control-allow-methods"), "GET,POST,DELETE,OPTIONS");
  assertEquals(headers.get("access-control-allow-headers"), "authorization,content-type");
  for (
    const name of ["origin", "access-control-request-method", "access-control-request-headers"]
  ) {
    assert(headers.get("vary")?.split(/, */).includes(name), name);
  }
  const foreign = await server.call("/x", { method: "OPTIONS", ...from("https://evil.example") });
  assertEquals([foreign.status, foreign.text], [200, ""]);
  assertEquals(foreign.headers.get("access-control-allow-origin"), null);

  await using plain = await startTestServer();
  const { headers: without } = await plain.call("/v0/pools");
  assertEquals([...without.keys()].filter((name) => /^access-control|^vary/.test(name)), []);
});

Deno.test("elsewhere pages of other origins are served, and told nothing", async () => {
  await using server = await startTestServer({
    hostname: "0.0.0.0",
    corsOrigins: ["https://app.example"],
    token: TOKEN,
  });
  const headers = { origin: "https://evil.example", host: "pools.example" };
  const answer = await server.call("/v0/pools", { headers });
  assertEquals(answer.status, 200);
  assertEquals(answer.headers.get("access-control-allow-origin"), null);
});

Deno.test("a preflight needs no token", async () => {
  await using server = await startTestServer({
    token: TOKEN,
    corsOrigins: ["https://app.example"],
  });
  const headers = { origin: "https://app.example", authorization: "" };
  assertEquals((await server.call("/v0/pools", { method: "OPTIONS", headers })).status, 200);
});
