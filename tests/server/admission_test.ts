/**
 * How many requests there may be at once, and that a place is free as soon as its client is
 * gone.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { eventually } from "./eventually.ts";
import { RawConnection, requestText } from "./raw_http.ts";
import { failureOf, startTestServer, type TestServer } from "./start_server.ts";

const ONE = { limits: { maxTailConcurrency: 1 } };
const TAIL = "/v0/pools/work/tail";
const EVENTS = "/v0/ui/pools/work/events";

function tails(server: TestServer): Promise<number> {
  return server.metric("plasmite_tails");
}

for (const path of [TAIL, EVENTS]) {
  Deno.test(`one ${path} too many is refused at once, until one leaves while idle`, async () => {
    await using server = await startTestServer(ONE);
    const leaving = new AbortController();
    const first = await server.request(path, { signal: leaving.signal });
    for (const other of [TAIL, EVENTS]) {
      const busy = await server.call(other);
      assertEquals([busy.status, failureOf(busy).kind], [423, "Busy"]);
      assertStringIncludes(failureOf(busy).hint ?? "", "--max-tail-concurrency");
      assertEquals(busy.headers.get("plasmite-version"), "0");
    }
    assertEquals((await server.call("/v0/pools")).status, 200, "operations have their own places");
    leaving.abort();
    await first.text().catch(() => {});
    await eventually("the place is free", async () => await tails(server) === 0);
    assertEquals((await server.call(`${path}?max=0`)).status, 200);
  });
}

Deno.test("a connection that is cut gives its place up while the tail is idle", async () => {
  await using server = await startTestServer(ONE);
  const connection = await RawConnection.open(server.port);
  await connection.send(requestText(`GET ${TAIL}`));
  await connection.readUntil((received) => received.includes("\r\n\r\n"));
  assertEquals(await tails(server), 1);
  connection.close();
  await eventually("the place is free", async () => await tails(server) === 0);
});

Deno.test("a client that leaves before its tail has begun holds no place", async () => {
  await using server = await startTestServer(ONE);
  for (let i = 0; i < 50; i++) {
    using connection = await RawConnection.open(server.port);
    await connection.send(requestText(`GET ${TAIL}?where=.data.i%3E${i}`));
  }
  await eventually("all places are free", async () => await tails(server) === 0);
  assertEquals((await server.call(`${TAIL}?max=0`)).status, 200);
});

Deno.test("refused tails hold no place", async () => {
  await using server = await startTestServer(ONE);
  const refused = [
    "?max=x",
    "?where=(",
    "?since=never",
    "?since_seq=1&last=1",
    "?timeout_ms=999999",
  ];
  for (const query of refused) assertEquals((await server.call(TAIL + query)).status, 400);
  assertEquals((await server.call("/v0/pools/none/tail")).status, 404);
  assertEquals((await server.call(TAIL, { method: "HEAD" })).status, 200);
  assertEquals(await tails(server), 0);
  assertEquals((await server.call(`${TAIL}?max=0`)).status, 200);
});

Deno.test("an operation too many is refused at once, and nothing is done", async () => {
  await using server = await startTestServer(ONE);
  server.client.createPool("many", { sizeBytes: 16_777_216 });
  {
    using pool = server.client.openPool("many");
    pool.appendMany(Array.from({ length: 100_000 }, (_, i) => ({ data: { i } })));
  }
  // It looks through all of them, and gives way to others now and then.
  const slow = server.call("/v0/pools/many/messages?where=.data.i%3C0");
  await eventually("it is under way", async () => await server.metric("plasmite_operations") === 1);
  const headers = { "content-type": "application/jsonl" };
  const refused = await Promise.all([
    server.post("/v0/pools/work/append", '{"data":1}'),
    server.post("/v0/pools/work/messages", '{"data":1}', headers),
    server.post("/v0/pools", '{"pool":"new"}'),
    server.call("/v0/pools/many", { method: "DELETE" }),
    server.call("/v0/pools"),
  ]);
  for (const answer of refused) {
    assertEquals([answer.status, failureOf(answer).kind], [423, "Busy"]);
  }
  assertEquals((await server.call("/healthz")).status, 200, "health has no limit");
  assertEquals(JSON.parse((await slow).text), { messages: [], next_seq: 100_001 });
  assertEquals(server.client.poolInfo("work").nextSeq, 1);
  assertEquals((await server.call("/v0/pools")).status, 200);
});

Deno.test("a pool that somebody else keeps locked is Busy, and nothing is appended", async () => {
  await using server = await startTestServer();
  const headers = { "content-type": "application/jsonl" };
  {
    using file = Deno.openSync(`${server.client.dir}/work.plasmite`, { read: true, write: true });
    file.lockSync(true);
    for (
      const answer of [
        await server.post("/v0/pools/work/append", '{"data":1}'),
        await server.post("/v0/pools/work/messages", '{"data":1}', headers),
      ]
    ) {
      assertEquals([answer.status, failureOf(answer).kind], [423, "Busy"], answer.text);
    }
    const { results } = JSON.parse(
      (await server.post("/v0/pools/work/messages?atomic=line", '{"data":1}', headers)).text,
    );
    assertEquals(results[0].error.kind, "Busy");
    assertEquals(
      (await server.call("/v0/pools/work/messages")).status,
      200,
      "reading needs no lock",
    );
  }
  const { text } = await server.post("/v0/pools/work/append", '{"data":1}');
  assertEquals(JSON.parse(text).message.seq, 1);
});
