/**
 * Pools that come and go under open tails and cached writers, and servers that stop.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { IoError } from "@plasmite/pool";
import { DEFAULT_LIMITS, startServer } from "../../server/mod.ts";
import { eventually, PATIENCE_MS } from "./eventually.ts";
import { RawConnection, requestText } from "./raw_http.ts";
import { type MessageBody, type PageBody, startTestServer } from "./start_server.ts";

const APPEND = "/v0/pools/work/append";
const TAIL = "/v0/pools/work/tail";

for (const how of ["over HTTP", "by another process"]) {
  Deno.test(`a pool deleted ${how} ends its tails with NotFound`, async () => {
    await using server = await startTestServer();
    await server.post(APPEND, '{"data":1}');
    const tail = await server.request(TAIL);
    const rest = tail.text();
    if (how === "over HTTP") await server.call("/v0/pools/work", { method: "DELETE" });
    else server.client.deletePool("work");
    const [message, failure] = (await rest).trim().split("\n").map((line) => JSON.parse(line));
    assertEquals([message.data, failure.error.kind], [1, "NotFound"]);
    assertEquals((await server.post(APPEND, '{"data":2}')).status, 404);
    assertEquals(await server.metric("plasmite_tails"), 0);
  });

  Deno.test(`what is appended after a pool was replaced ${how} is in the new one`, async () => {
    await using server = await startTestServer();
    for (let i = 0; i < 3; i++) await server.post(APPEND, '{"data":"old"}');
    if (how === "over HTTP") {
      await server.call("/v0/pools/work", { method: "DELETE" });
      await server.post("/v0/pools", '{"pool":"work"}');
    } else {
      server.client.deletePool("work");
      server.client.createPool("work");
    }
    const { status, text } = await server.post(APPEND, '{"data":"new"}');
    assertEquals([status, JSON.parse(text).message?.seq], [200, 1], text);
    const { messages } = await server.json<PageBody>("/v0/pools/work/messages");
    assertEquals(messages.map(({ data }) => data), ["new"]);
    const { message } = await server.json<MessageBody>("/v0/pools/work/messages/1");
    assertEquals(message.data, "new");
  });
}

Deno.test("more pools than are kept open are all served", async () => {
  await using server = await startTestServer();
  for (let round = 1; round <= 2; round++) {
    for (let i = 0; i < 80; i++) {
      if (round === 1) await server.post("/v0/pools", `{"pool":"p${i}","size_bytes":8192}`);
      const { text } = await server.post(`/v0/pools/p${i}/append`, '{"data":1}');
      assertEquals(JSON.parse(text).message.seq, round);
    }
  }
});

Deno.test("messages of another process reach tails", async () => {
  await using server = await startTestServer();
  const tail = await server.request(`${TAIL}?max=1`);
  const script = `import { Client } from "@plasmite/pool";
    new Client({ dir: ${
    JSON.stringify(server.client.dir)
  } }).openPool("work").append("elsewhere");`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    cwd: new URL("../..", import.meta.url),
  }).output();
  assert(success);
  assertEquals(JSON.parse(await tail.text()).data, "elsewhere");
});

Deno.test("a shutdown ends tails cleanly, with all that was there delivered", async () => {
  const server = await startTestServer();
  await server.post(APPEND, '{"data":1}');
  using raw = await RawConnection.open(server.port);
  await raw.send("GET /v0/ui/pools/work/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  await raw.readUntil((received) => received.includes('"data":1'));
  const tail = await server.request(TAIL);
  const reader = tail.body!.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  const end = reader.read();
  const isClean = server.running.shutdown(PATIENCE_MS);
  assertEquals(JSON.parse(first.value ?? "").data, 1);
  assertEquals(await end, { done: true, value: undefined });
  const received = await raw.readAll();
  assert(received.endsWith("\r\n0\r\n\r\n"), `no clean end: ${received}`);
  assertEquals(await isClean, true);
  await server.running.finished;
  await assertRejects(() => server.call("/healthz"));
  await server[Symbol.asyncDispose]();
});

Deno.test("a shutdown waits for a request under way, and for nobody else", async () => {
  const server = await startTestServer();
  using slow = await RawConnection.open(server.port);
  const headers = [
    "content-type: application/json",
    "content-length: 10",
    "connection: keep-alive",
  ];
  const text = requestText("POST " + APPEND, headers, '{"dat');
  await slow.send(text.replace("connection: close\r\n", ""));
  using idle = await RawConnection.open(server.port);
  await idle.send("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  await idle.readUntil((received) => received.endsWith('{"ok":true}'));
  const ended = server.running.shutdown(PATIENCE_MS);
  await idle.readAll();
  await slow.send('a":1}');
  await slow.readAll();
  assert(slow.received.startsWith("HTTP/1.1 200 "), slow.received);
  assertEquals(await ended, true);
  assertEquals(server.client.poolInfo("work").nextSeq, 2);
  await server[Symbol.asyncDispose]();
});

Deno.test("a shutdown cuts who takes longer than the grace", async () => {
  const server = await startTestServer();
  using slow = await RawConnection.open(server.port);
  const headers = ["content-type: application/json", "content-length: 1000"];
  await slow.send(requestText("POST " + APPEND, headers, '{"dat'));
  await server.call("/healthz");
  assertEquals(await server.running.shutdown(100), false);
  await slow.readAll();
  assertEquals(server.client.poolInfo("work").nextSeq, 1);
  await server[Symbol.asyncDispose]();
});

Deno.test("a port that is taken is an Io failure", async () => {
  await using server = await startTestServer();
  const config = {
    hostname: "127.0.0.1",
    port: server.port,
    access: "read-write",
    corsOrigins: [],
    limits: DEFAULT_LIMITS,
  } as const;
  const error = await assertRejects(() => startServer(server.client, config), IoError);
  assert(error.hint?.includes("--bind"));
});

Deno.test("a server that stops leaves no pool open", async () => {
  const server = await startTestServer();
  await server.post(APPEND, '{"data":1}');
  const tail = await server.request(TAIL);
  const openFiles = () =>
    [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith(server.client.dir);
      } catch {
        return false;
      }
    }).length;
  if (Deno.build.os === "linux") assert(openFiles() > 0);
  const ended = server.running.shutdown(PATIENCE_MS);
  await tail.text();
  await ended;
  if (Deno.build.os === "linux") await eventually("files are closed", () => openFiles() === 0);
  await server[Symbol.asyncDispose]();
});

Deno.test("connections that no request came on yet keep no server from stopping", async () => {
  await using server = await startTestServer();
  using _unused = await RawConnection.open(server.port);
  // It was accepted before this one, which is kept for another request.
  assertEquals((await server.call("/healthz")).status, 200);
  // Of itself it would stay for longer than this.
  assertEquals(await server.running.shutdown(8000), true, "nothing had to be cut");
});
