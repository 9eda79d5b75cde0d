/**
 * Requests that mean harm: each is refused, and nothing on disk has changed afterwards.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { bytesOf, exchange, requestText } from "./raw_http.ts";
import { failureOf, startTestServer, type TestServer } from "./start_server.ts";

const APPEND = "POST /v0/pools/work/append";
const JSON_TYPE = "content-type: application/json";

/** A request, and the statuses that refuse it; 0 stands for a connection that is cut. */
interface Case {
  request: string | Uint8Array;
  statuses: number[];
}

/** Sends all of them; the server must refuse each, answer others, and change nothing. */
async function assertRefused(server: TestServer, cases: Record<string, Case>): Promise<void> {
  const before = await server.snapshot();
  const parent = names(`${server.client.dir}/..`);
  for (const [what, { request, statuses }] of Object.entries(cases)) {
    const answer = await exchange(server.port, request);
    assert(statuses.includes(answer.status), `${what}: ${answer.status} ${answer.body}`);
    if (answer.headers.get("plasmite-version") === "0") {
      assert(JSON.parse(answer.body).error.message !== "", what);
    }
    assertEquals((await server.call("/healthz")).status, 200, what);
  }
  assertEquals(await server.snapshot(), before);
  assertEquals(names(`${server.client.dir}/..`).filter((name) => !parent.includes(name)), []);
}

/** Names in a directory that could be pools of somebody. */
function names(path: string): string[] {
  return Array.from(Deno.readDirSync(path), ({ name }) => name).filter((name) =>
    name.endsWith(".plasmite") || name === "escaped"
  );
}

Deno.test("paths lead nowhere but to pools of the directory", async () => {
  await using server = await startTestServer();
  const segments = [
    "../escaped",
    "..%2fescaped",
    "..%2Fescaped",
    "%2e%2e%2fescaped",
    "%2e%2e/escaped",
    ".%2e/escaped",
    "%2fetc%2fpasswd",
    "%2Ftmp%2Fescaped",
    "..%5cescaped",
    "..%255c..%255cescaped",
    "%252e%252e%252fescaped",
    "..%c0%afescaped",
    "%c0%ae%c0%ae%c0%afescaped",
    "%e0%80%afescaped",
    "%f0%80%80%afescaped",
    "a%00b",
    "%00",
    "work%00.plasmite",
    "%",
    "%zz",
    "%e2%82",
    "%ed%a0%80",
    "%ff%fe",
    `${"a".repeat(5000)}`,
    "http:%2f%2fevil.example%2fwork",
    "nats%3A%2F%2Fx",
    "__proto__",
    "constructor",
  ];
  const cases: Record<string, Case> = {};
  for (const segment of segments) {
    const path = `/v0/pools/${segment}`;
    const statuses = [400, 404, 405];
    cases[`GET ${path}/info`] = { request: requestText(`GET ${path}/info`), statuses };
    cases[`GET ${path}/tail`] = { request: requestText(`GET ${path}/tail?max=0`), statuses };
    cases[`DELETE ${path}`] = { request: requestText(`DELETE ${path}`), statuses };
    const headers = [JSON_TYPE, "content-length: 10"];
    const request = requestText(`POST ${path}/append`, headers, '{"data":1}');
    cases[`POST ${path}`] = { request, statuses };
  }
  await assertRefused(server, cases);
});

Deno.test("names in bodies lead nowhere either", async () => {
  await using server = await startTestServer();
  const before = await server.snapshot();
  for (
    const pool of ["../escaped", "/tmp/escaped", "a/b", "\0", "", "n".repeat(201), "http://x/y"]
  ) {
    for (const path of ["/v0/pools", "/v0/pools/open"]) {
      const answer = await server.post(path, JSON.stringify({ pool }));
      assertEquals([answer.status, failureOf(answer).kind], [400, "Usage"], pool);
    }
  }
  assertEquals(await server.snapshot(), before);
});

Deno.test("malformed and ambiguous requests are refused", async () => {
  await using server = await startTestServer();
  const body = '{"data":1}';
  const chunked = `a\r\n${body}\r\n0\r\n\r\n`;
  const both = ["content-length: 10", "transfer-encoding: chunked"];
  const cut = [400, 408, 0];
  const large = [431];
  const smuggled = `0\r\n\r\n${requestText("DELETE /v0/pools/work")}`;
  const post = (headers: string[], content: string) =>
    requestText(APPEND, [JSON_TYPE, ...headers], content);
  await assertRefused(server, {
    "both lengths": { request: post(both, chunked), statuses: cut },
    "both, smuggling": { request: post(["content-length: 5", both[1]], smuggled), statuses: cut },
    "two lengths": {
      request: post(["content-length: 10", "content-length: 11"], body),
      statuses: cut,
    },
    "length list": { request: post(["content-length: 10, 11"], body), statuses: cut },
    "negative length": { request: post(["content-length: -1"], body), statuses: cut },
    "signed length": { request: post(["content-length: +10"], body), statuses: cut },
    "hexadecimal length": { request: post(["content-length: 0xa"], body), statuses: cut },
    "huge length": {
      request: post(["content-length: 99999999999999999999"], body),
      statuses: [...cut, 413],
    },
    "chunked twice": {
      request: post(["transfer-encoding: chunked, chunked"], chunked),
      statuses: [...cut, 501],
    },
    "unknown coding": {
      request: post(["transfer-encoding: xchunked"], chunked),
      statuses: [...cut, 501],
    },
    "blank before colon": {
      request: post(["transfer-encoding : chunked"], chunked),
      statuses: cut,
    },
    "bad chunk size": {
      request: post(["transfer-encoding: chunked"], "zz\r\n{}\r\n"),
      statuses: cut,
    },
    "folded header": {
      request: requestText("GET /v0/nowhere", ["x: a\r\n b"]),
      statuses: [400, 404],
    },
    "header without colon": { request: requestText("GET /v0/pools", ["nonsense"]), statuses: cut },
    "NUL in a header": { request: requestText("GET /v0/pools", ["x: a\0b"]), statuses: cut },
    "CR in a header": {
      request: requestText("GET /v0/pools", ["x: a\rset-cookie: b"]),
      statuses: cut,
    },
    "NUL in the target": { request: requestText("GET /v0/pools\0"), statuses: cut },
    "huge header": {
      request: requestText("GET /v0/pools", [`x: ${"a".repeat(100_000)}`]),
      statuses: large,
    },
    "many headers": {
      request: requestText("GET /v0/pools", Array(5000).fill("x-abc: y")),
      statuses: large,
    },
    "huge target": { request: requestText(`GET /${"a".repeat(100_000)}`), statuses: large },
    "HTTP/0.9": { request: "GET /v0/pools\r\n\r\n", statuses: cut },
    "HTTP/3.7": {
      request: "GET /v0/pools HTTP/3.7\r\nhost: 127.0.0.1\r\n\r\n",
      statuses: [...cut, 505],
    },
    "no host": {
      request: "GET /v0/pools HTTP/1.1\r\nconnection: close\r\n\r\n",
      statuses: [400, 403],
    },
    "no host, HTTP/1.0": { request: "GET /v0/pools HTTP/1.0\r\n\r\n", statuses: [400, 403] },
    "two hosts": {
      request: requestText("GET /v0/pools", ["host: 127.0.0.1", "host: evil.example"]),
      statuses: [400, 403],
    },
    "absolute target, foreign host": {
      request: requestText("DELETE http://127.0.0.1/v0/pools/work", ["host: evil.example"]),
      statuses: [400, 403],
    },
    "CONNECT": {
      request: requestText("CONNECT evil.example:443"),
      statuses: [400, 403, 404, 405, 0],
    },
    "TRACE": { request: requestText("TRACE /v0/pools"), statuses: [400, 405, 501] },
    "TRACK": { request: requestText("TRACK /v0/pools"), statuses: [400, 405, 501] },
    "invented method": { request: requestText("MAKE /v0/pools"), statuses: [400, 405, 501] },
    "lower-case method": {
      request: requestText("delete /v0/pools/work"),
      statuses: [400, 405, 501],
    },
    "overriding method": {
      request: requestText("PUT /v0/pools/work", ["x-http-method-override: DELETE"]),
      statuses: [405],
    },
    "OPTIONS *": { request: requestText("OPTIONS *"), statuses: [400, 404, 405] },
    "TLS on a plain port": {
      request: bytesOf("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n"),
      statuses: cut,
    },
    "absolute target elsewhere": {
      request: requestText("DELETE http://evil.example/v0/pools/work"),
      statuses: [400, 403],
    },
    "noise": { request: bytesOf("\xff\xfe\0\x01\r\n\r\n"), statuses: cut },
  });
});

Deno.test("what is answered can't carry headers of others", async () => {
  await using server = await startTestServer({ corsOrigins: ["https://app.example"] });
  for (
    const path of ["/v0/pools/a%0d%0aset-cookie:%20x/info", "/v0/pools/work/tail?max=%0d%0ax:y"]
  ) {
    const answer = await exchange(server.port, requestText(`GET ${path}`));
    assert([400, 404].includes(answer.status));
    assert(!answer.headers.has("set-cookie") && !answer.headers.has("x"));
  }
});
