/**
 * Slow clients, clients that read nothing, too many of them: they cost a bounded amount of
 * time and memory, and nobody else notices.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { eventually } from "./eventually.ts";
import { RawConnection, requestText } from "./raw_http.ts";
import { startTestServer, type TestServer } from "./start_server.ts";

/** Short enough for a test, and far longer than what is to happen within them. */
const SHORT = { timeouts: { headersMs: 1500, requestMs: 1500, idleMs: 3000, checkMs: 50 } };

/** A megabyte, as one message. */
const MEGABYTE = "m".repeat(1_000_000);

/** How long after one byte the next one is sent; far less than any limit on silence. */
const TRICKLE_MS = 100;

/**
 * Sends a byte at a time until the server has closed the connection. The pause between them
 * waits for nothing: slowness is what is tested.
 */
async function trickle(connection: RawConnection): Promise<void> {
  let isOpen = true;
  const closed = connection.readAll().finally(() => isOpen = false);
  while (isOpen) {
    try {
      await connection.send("a");
    } catch {
      break;
    }
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, TRICKLE_MS))]);
  }
  await closed;
}

/** Fills a pool called `large` with 48 messages of a megabyte. */
function fillLarge(server: TestServer): void {
  server.client.createPool("large", { sizeBytes: 64 * 1_048_576 });
  using pool = server.client.openPool("large");
  for (let i = 0; i < 48; i++) pool.append(MEGABYTE);
}

Deno.test("headers that come byte by byte are cut off", async () => {
  await using server = await startTestServer(SHORT);
  using connection = await RawConnection.open(server.port);
  await connection.send("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ");
  await trickle(connection);
  assertMatch(connection.received, /^HTTP\/1\.1 408 [^]*\r\nplasmite-version: 0\r\n/);
  assertMatch(connection.received, /\r\n\r\n\{"error":\{"kind":"Usage",.*too long to arrive/);
});

Deno.test("headers that are too large are refused", async () => {
  await using server = await startTestServer(SHORT);
  using connection = await RawConnection.open(server.port);
  await connection.send(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${"a".repeat(20_000)}`);
  assertMatch(await connection.readAll(), /^HTTP\/1\.1 431 [^]*larger than 16 KiB/);
});

Deno.test("a connection without a request is cut off", async () => {
  await using server = await startTestServer(SHORT);
  using connection = await RawConnection.open(server.port);
  await connection.readAll();
});

Deno.test("a body that comes byte by byte is cut off, and nothing is appended", async () => {
  await using server = await startTestServer(SHORT);
  using connection = await RawConnection.open(server.port);
  const headers = ["content-type: application/json", "content-length: 1000000"];
  await connection.send(requestText("POST /v0/pools/work/append", headers, '{"data":"'));
  await trickle(connection);
  assert(!connection.received.includes(" 200 "), connection.received);
  assertEquals(server.client.poolInfo("work").nextSeq, 1);
  assertEquals(await server.metric("plasmite_operations"), 0);
});

Deno.test("a tail outlives the time that a request may take", async () => {
  const timeouts = { headersMs: 1000, requestMs: 1000, idleMs: 1000, checkMs: 50 };
  await using server = await startTestServer({ timeouts });
  const tail = await server.request("/v0/pools/work/tail?max=1");
  // One that begins after it and is cut off for being late: the tail's time is up as well.
  using late = await RawConnection.open(server.port);
  await late.send("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ");
  assertMatch(await late.readAll(), /^HTTP\/1\.1 408 /);
  using pool = server.client.openPool("work");
  pool.append("late");
  assertEquals(JSON.parse(await tail.text()).data, "late");
});

Deno.test("a reader that does not read stalls nobody and has few bytes made for it", async () => {
  await using server = await startTestServer();
  fillLarge(server);
  using connection = await RawConnection.open(server.port);
  await connection.send(requestText("GET /v0/pools/large/tail"));
  await connection.readUntil((received) => received.includes("\r\n\r\n"));
  let [sent, sentToOthers] = [NaN, 0];
  await eventually("it is given no more while another is given all", async () => {
    const before = sent;
    const { text } = await server.call("/v0/pools/large/tail?max=48");
    assert(text.length > 48_000_000);
    sentToOthers += text.length;
    sent = await server.metric("plasmite_tail_bytes_total") - sentToOthers;
    return sent === before;
  });
  assert(sent < 24_000_000, `${sent} bytes`);
  assertEquals((await server.post("/v0/pools/work/append", '{"data":1}')).status, 200);
  assertEquals(await server.metric("plasmite_tails"), 1);
});

Deno.test("a reader that does not read gives its place up when its time is over", async () => {
  await using server = await startTestServer({ limits: { maxTailTimeoutMs: 500 } });
  fillLarge(server);
  using connection = await RawConnection.open(server.port);
  await connection.send(requestText("GET /v0/pools/large/tail"));
  await connection.readUntil((received) => received.includes("\r\n\r\n"));
  await eventually("its place is free", async () => await server.metric("plasmite_tails") === 0);
});

Deno.test("connections beyond the limit are closed, and taken again when others go", async () => {
  await using server = await startTestServer({ limits: { maxConnections: 3 } });
  const held = await Promise.all([1, 2, 3].map(() => RawConnection.open(server.port)));
  try {
    for (const connection of held) {
      await connection.send("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
      await connection.readUntil((received) => received.endsWith('{"ok":true}'));
    }
    using fourth = await RawConnection.open(server.port);
    assertEquals(await fourth.readAll(), "");
    held[0].close();
    await eventually("a place is free", async () => {
      using next = await RawConnection.open(server.port);
      await next.send(requestText("GET /healthz")).catch(() => {});
      return (await next.readAll()).includes(" 200 ");
    });
    await held[1].send("GET /v0/pools HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    await held[1].readUntil((received) => received.includes('"pools"'));
  } finally {
    for (const connection of held) connection.close();
  }
});
