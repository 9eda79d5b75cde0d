/**
 * Bodies that mean harm: too large, of another length than they say, no text, or JSON that is
 * made to hurt.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  bytesOf,
  exchange,
  parseAnswer,
  type RawAnswer,
  RawConnection,
  requestText,
} from "./raw_http.ts";
import { failureOf, type ListBody, startTestServer, type TestServer } from "./start_server.ts";

const APPEND = "POST /v0/pools/work/append";
const JSON_TYPE = "content-type: application/json";

Deno.test("bodies that are too large, lie about their length or are no text are refused", async () => {
  await using server = await startTestServer({ limits: { maxBodyBytes: 1000 } });
  const before = await server.snapshot();
  const exact = `{"data":"${"x".repeat(1000 - 11)}"}`;
  const tooLarge = `{"data":"${"x".repeat(1000 - 10)}"}`;
  assertEquals((await server.post("/v0/pools/none/append", exact)).status, 404);
  const stream = (text: string) => new Blob([text]).stream();
  for (const path of ["/v0/pools", "/v0/pools/open", "/v0/pools/work/append"]) {
    for (const body of [tooLarge, stream(tooLarge), stream(tooLarge.repeat(1000))]) {
      const answer = await server.post(path, body);
      assertEquals([answer.status, failureOf(answer).kind], [413, "Usage"], path);
      assertEquals(answer.headers.get("plasmite-version"), "0");
    }
  }
  const lines = { "content-type": "application/jsonl" };
  assertEquals((await server.post("/v0/pools/work/messages", tooLarge, lines)).status, 413);
  for (const text of ["\xff", '{"data":"\xc0\xaf"}', '{"data":"\xed\xa0\x80"}', '\xff\xfe{\0"\0']) {
    const answer = await server.post("/v0/pools/work/append", bytesOf(text).slice());
    assertEquals([answer.status, failureOf(answer).kind], [400, "Usage"], text);
  }
  // Says that it sends more than it does, and hangs up.
  using short = await RawConnection.open(server.port);
  const headers = [JSON_TYPE, "content-length: 100"];
  await short.send(requestText(APPEND, headers, '{"data":1}'));
  await short.endSending();
  assert(!(await short.readAll()).includes(" 200 "));
  assertEquals(await server.snapshot(), before);
});

Deno.test("JSON that is made to hurt is refused, or kept as any other", async () => {
  await using server = await startTestServer();
  const deep = (n: number) => `{"data":${"[".repeat(n)}${"]".repeat(n)}}`;
  const bombs = [
    "[".repeat(1_000_000),
    `{"data":${'{"a":'.repeat(190_000)}`,
    `{"data":${"9".repeat(9)}`,
  ];
  for (const bomb of bombs) {
    const answer = await server.post("/v0/pools/work/append", bomb);
    assertEquals([answer.status, failureOf(answer).kind], [400, "Usage"]);
  }
  for (
    const body of [
      deep(1000),
      deep(400_000),
      '{"data":{"__proto__":{"polluted":1}}}',
      `{"data":1e999}`,
    ]
  ) {
    const { status, text } = await server.post("/v0/pools/work/append", body);
    assert(status === 200 || status === 400, text.slice(0, 200));
    if (status !== 200) continue;
    const { seq } = JSON.parse(text).message;
    assert((await server.call(`/v0/pools/work/messages/${seq}`)).text.includes(body.slice(8, -1)));
  }
  for (const body of ['{"__proto__":{"pool":"x"}}', '{"constructor":{"pool":"x"}}']) {
    assertEquals((await server.post("/v0/pools", body)).status, 422);
  }
  assertEquals(Object.hasOwn(Object.prototype, "polluted"), false);
  assertEquals((await server.json<ListBody>("/v0/pools")).pools.length, 1);
});

Deno.test("what follows a body that is longer than it says is checked as another request", async () => {
  await using server = await startTestServer();
  const text = keptAlive(requestText(APPEND, [JSON_TYPE, "content-length: 10"], '{"data":1}'));
  const hidden = requestText("DELETE /v0/pools/work", ["host: evil.example"]);
  assertEquals((await answersOf(server, text + hidden)).map(({ status }) => status), [200, 403]);
  assertEquals(server.client.poolInfo("work").nextSeq, 2);
  await exchange(server.port, `${text}garbage\r\n\r\n`);
  assertEquals(server.client.listPools().length, 1);
});

Deno.test("pipelined requests are answered in order", async () => {
  await using server = await startTestServer();
  const append = (i: number) =>
    keptAlive(requestText(APPEND, [JSON_TYPE, "content-length: 10"], `{"data":${i}}`));
  const requests = [1, 2, 3].map(append).join("") + requestText("GET /v0/nowhere");
  const answers = await answersOf(server, requests);
  assertEquals(answers.map(({ status }) => status), [200, 200, 200, 404]);
  const data = answers.slice(0, 3).map(({ body }) => JSON.parse(body).message.data);
  assertEquals(data, [1, 2, 3]);
});

/** A request after which the connection stays. */
function keptAlive(text: string): string {
  return text.replace("connection: close\r\n", "");
}

/** All answers to what is sent on one connection. */
async function answersOf(server: TestServer, text: string): Promise<RawAnswer[]> {
  using connection = await RawConnection.open(server.port);
  await connection.send(text);
  const parts = (await connection.readAll()).split("HTTP/1.1 ").slice(1);
  return parts.map((part) => parseAnswer(`HTTP/1.1 ${part}`));
}
