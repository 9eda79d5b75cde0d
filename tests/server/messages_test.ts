/**
 * Appending many messages in one request, and reading many without waiting.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Answer,
  failureOf,
  type PageBody,
  startTestServer,
  type TestServer,
} from "./start_server.ts";

const MESSAGES = "/v0/pools/work/messages";
const JSON_LINES = { "content-type": "application/jsonl" };

function appendMany(server: TestServer, body: string, query = ""): Promise<Answer> {
  return server.post(MESSAGES + query, body, JSON_LINES);
}

/** Appends `{"i":1}` to `{"i":count}`, every second with the tag `even`. */
function fill(server: TestServer, count: number): void {
  using pool = server.client.openPool("work");
  pool.appendMany(Array.from({ length: count }, (_, k) => {
    return { data: { i: k + 1 }, tags: (k + 1) % 2 === 0 ? ["even", "a,b"] : [] };
  }));
}

async function page(server: TestServer, query: string): Promise<{ seqs: number[]; next: number }> {
  const { messages, next_seq: next } = await server.json<PageBody>(MESSAGES + query);
  return { seqs: messages.map(({ seq }) => seq), next };
}

Deno.test("many messages are appended together, blank lines ignored", async () => {
  await using server = await startTestServer();
  const body = '{"data":{"b":1,"a":1.0}}\n\n  \r\n{"tags":["x"],"data":12345678901234567890}\r\n';
  for (const type of ["application/jsonl", "application/x-ndjson; charset=utf-8"]) {
    const { status, text } = await server.post(MESSAGES, body, { "content-type": type });
    assertEquals(status, 200, text);
    assertEquals(JSON.parse(text).messages.length, 2);
    assertEquals(Object.keys(JSON.parse(text).messages[0]), ["seq", "time"]);
  }
  const { text } = await server.call(MESSAGES);
  assertStringIncludes(text, '"data":{"b":1,"a":1.0}}');
  assertStringIncludes(text, '"meta":{"tags":["x"]},"data":12345678901234567890}');
  const flushed = await appendMany(server, '{"data":5}', "?durability=flush&atomic=request");
  assertEquals(JSON.parse(flushed.text).messages[0].seq, 5);
});

Deno.test("one bad line refuses all of them, and is named", async () => {
  await using server = await startTestServer();
  const lines = ['{"data":1}', "{oops}", '{"data":3}'];
  const answer = await appendMany(server, lines.join("\n"));
  assertEquals([answer.status, failureOf(answer).kind], [400, "Usage"]);
  assertStringIncludes(failureOf(answer).message, "2");
  assertEquals(server.client.poolInfo("work").nextSeq, 1);
  const larger = `{"data":1}\n{"data":"${"x".repeat(20_000)}"}`;
  server.client.createPool("small", { sizeBytes: 8192 });
  assertEquals((await server.post("/v0/pools/small/messages", larger, JSON_LINES)).status, 400);
  assertEquals(server.client.poolInfo("small").nextSeq, 1);
});

Deno.test("each line stands for itself when asked for", async () => {
  await using server = await startTestServer();
  server.client.createPool("small", { sizeBytes: 8192 });
  const lines = ['{"data":1}', "{oops}", "", "7", `{"data":"${"x".repeat(9000)}"}`, '{"data":5}'];
  const path = "/v0/pools/small/messages?atomic=line";
  const { status, text } = await server.post(path, lines.join("\n"), JSON_LINES);
  assertEquals(status, 200, text);
  const { results } = JSON.parse(text);
  assertEquals(
    results.map((result: { seq?: number; error?: { kind: string } }) =>
      result.seq ?? result.error?.kind
    ),
    [1, "Usage", "Usage", "Usage", 2],
  );
});

Deno.test("appending many is refused as a whole for what concerns all lines", async () => {
  await using server = await startTestServer();
  const refusals: [string, string, Record<string, string>, number, string][] = [
    [MESSAGES, "", JSON_LINES, 400, "Usage"],
    [MESSAGES, "\n \n", JSON_LINES, 400, "Usage"],
    [MESSAGES, '{"data":1}', { "content-type": "application/json" }, 415, "Usage"],
    [`${MESSAGES}?atomic=no`, '{"data":1}', JSON_LINES, 400, "Usage"],
    [`${MESSAGES}?atomic=line&atomic=line`, '{"data":1}', JSON_LINES, 400, "Usage"],
    ["/v0/pools/none/messages", '{"data":1}', JSON_LINES, 404, "NotFound"],
    ["/v0/pools/none/messages?atomic=line", '{"data":1}', JSON_LINES, 404, "NotFound"],
  ];
  for (const [path, body, headers, status, kind] of refusals) {
    const answer = await server.post(path, body, headers);
    assertEquals([answer.status, failureOf(answer).kind], [status, kind], path + answer.text);
  }
  assertEquals(server.client.poolInfo("work").nextSeq, 1);
});

Deno.test("others are served while a long body is appended line by line", async () => {
  await using server = await startTestServer({ limits: { maxBodyBytes: 4_000_000 } });
  const count = 150_000;
  const appended = appendMany(server, '{"data":0}\n'.repeat(count), "?atomic=line");
  // The server has the same event loop as this test: whoever gets a turn here would be served.
  while (server.client.poolInfo("work").nextSeq === 1) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  const { nextSeq } = server.client.poolInfo("work");
  assertEquals((await appended).status, 200);
  assert(nextSeq <= count, "nobody had a turn until all was appended");
});

Deno.test("pages lead through all messages, and then wait for nothing", async () => {
  await using server = await startTestServer();
  assertEquals(await page(server, ""), { seqs: [], next: 1 });
  fill(server, 250);
  const seen: number[] = [];
  for (let next = 1;;) {
    const { seqs, next: following } = await page(server, `?since_seq=${next}`);
    if (seqs.length === 0) break;
    assert(seqs.length <= 100);
    seen.push(...seqs);
    next = following;
  }
  assertEquals(seen, Array.from({ length: 250 }, (_, i) => i + 1));
  assertEquals(await page(server, "?since_seq=251"), { seqs: [], next: 251 });
  assertEquals(await page(server, "?since_seq=9000"), { seqs: [], next: 9000 });
});

Deno.test("pages are selected as tails are", async () => {
  await using server = await startTestServer();
  fill(server, 20);
  const even = ["?tag=even", "?tag=%20even%20&tag=", "?tag=a,b&tag=even", "?where=.data.i%252==0"];
  for (const query of even) {
    assertEquals((await page(server, query)).seqs, [2, 4, 6, 8, 10, 12, 14, 16, 18, 20], query);
  }
  assertEquals(await page(server, "?tag=even&limit=2"), { seqs: [2, 4], next: 5 });
  assertEquals(await page(server, "?tag=even&last=2"), { seqs: [18, 20], next: 21 });
  assertEquals(await page(server, "?last=0"), { seqs: [], next: 21 });
  assertEquals(await page(server, "?since_seq=5&until_seq=7"), { seqs: [5, 6, 7], next: 8 });
  assertEquals((await page(server, "?since=1h&limit=1")).seqs, [1]);
  assertEquals((await page(server, "?since=2999-01-01T00:00:00Z")).seqs, []);
  const both = "?where=.data.i%3E5&where=.data.i%3C8&limit=1000";
  assertEquals(await page(server, both), { seqs: [6, 7], next: 21 });
});

Deno.test("pages follow on from what an overflowing pool has lost", async () => {
  await using server = await startTestServer();
  server.client.createPool("tiny", { sizeBytes: 8192 });
  {
    using pool = server.client.openPool("tiny");
    for (let i = 1; i <= 300; i++) pool.append({ i, fill: "f".repeat(60) });
  }
  const { bounds } = server.client.poolInfo("tiny");
  const { messages, next_seq: next } = await server.json<PageBody>(
    "/v0/pools/tiny/messages?since_seq=1&limit=1000",
  );
  assertEquals([messages[0].seq, messages.at(-1)?.seq, next], [bounds?.oldest, 300, 301]);
});

Deno.test("a page of large messages ends early, and the next one goes on there", async () => {
  await using server = await startTestServer();
  server.client.createPool("large", { sizeBytes: 32 * 1_048_576 });
  {
    using pool = server.client.openPool("large");
    for (let i = 1; i <= 24; i++) pool.append("m".repeat(1_000_000));
    pool.append("m".repeat(7_000_000));
  }
  const seen: number[] = [];
  for (let next = 1; next <= 25;) {
    const { text } = await server.call(`/v0/pools/large/messages?since_seq=${next}`);
    assert(text.length < 12_000_000, `${text.length} bytes`);
    const { messages, next_seq } = JSON.parse(text);
    assert(messages.length > 0);
    seen.push(...messages.map(({ seq }: { seq: number }) => seq));
    next = next_seq;
  }
  assertEquals(seen, Array.from({ length: 25 }, (_, i) => i + 1));
});

Deno.test("queries that make no sense are refused", async () => {
  await using server = await startTestServer();
  const queries = [
    "limit=0",
    "limit=1001",
    "limit=-1",
    "limit=",
    "limit=1&limit=2",
    "since_seq=1&last=1",
    "since=5m&last=1",
    "since_seq=x",
    "since_seq=18446744073709551616",
    "since=yesterday",
    "since=5w",
    "last=1.5",
    "until_seq=-1",
    "where=.data.x+%3D%3D",
    "where=.data.x|nofunction",
    Array(17).fill("where=true").join("&"),
  ];
  for (const query of queries) {
    for (const path of [MESSAGES, "/v0/pools/work/tail", "/v0/ui/pools/work/events"]) {
      if (query.startsWith("limit") && path !== MESSAGES) continue;
      const answer = await server.call(`${path}?${query}`);
      assertEquals([answer.status, failureOf(answer).kind], [400, "Usage"], `${path}?${query}`);
    }
  }
  assertEquals(
    (await server.call(`${MESSAGES}?${Array(16).fill("where=true").join("&")}`)).status,
    200,
  );
});

Deno.test("a filter that gives no boolean is refused in pages too", async () => {
  await using server = await startTestServer();
  fill(server, 1);
  const answer = await server.call(`${MESSAGES}?where=.data.i`);
  assertEquals([answer.status, failureOf(answer).kind], [400, "Usage"]);
});
