/**
 * The framing of IPC, byte by byte: one request a connection, one line a reply, and nothing that a
 * client sends harms anybody else.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { REQUEST_LINE_MAX_BYTES } from "../../../messaging/daemon/ipc_connection.ts";
import { within } from "../../cli/pls.ts";
import { Served } from "./served.ts";

const encoder = new TextEncoder();
const STATUS = '{"method":"Status","params":{}}\n';

/** The code of a failure that came as a reply. */
async function codeOf(served: Served, content: string | Uint8Array): Promise<string> {
  const { error, ...others } = await served.exchange(content);
  assertEquals(others, {});
  assertEquals(Object.keys(error), ["code", "message"]);
  return error.code;
}

Deno.test("a request is answered with one line, and the connection is closed", async () => {
  await using served = await Served.open();
  using raw = await served.connect();
  await raw.send(STATUS);
  const reply = await raw.reply();
  assertEquals(Object.keys(JSON.parse(reply)), ["result"]);
  assertEquals(JSON.parse(reply).result.logged_in, true);
});

Deno.test("an empty result is an empty object", async () => {
  await using served = await Served.open();
  using raw = await served.connect();
  await raw.ask("Disconnect", {});
  assertEquals(await raw.reply(), '{"result":{}}');
});

Deno.test("the socket is its owner's alone", async () => {
  await using served = await Served.open();
  const { isSocket, mode } = Deno.lstatSync(served.path);
  assertEquals([isSocket, (mode ?? 0) & 0o777], [true, 0o600]);
});

Deno.test("a request may come in single bytes", async () => {
  await using served = await Served.open();
  using raw = await served.connect();
  for (const byte of encoder.encode(STATUS)) await raw.send(new Uint8Array([byte]));
  assertEquals(JSON.parse(await raw.reply()).result.logged_in, true);
});

Deno.test("the first line is the request; what comes behind it is no other", async () => {
  await using served = await Served.open();
  await served.ask("SetNamespace", { namespace: "one" });
  const both = '{"method":"Disconnect","params":{}}\n' +
    '{"method":"SetNamespace","params":{"namespace":"two"}}\n';
  assertEquals(await served.exchange(both), { result: {} });
  assertEquals((await served.ask("Status")).current_namespace, "one");
});

Deno.test("a line may end with a carriage return, and have blanks around it", async () => {
  await using served = await Served.open();
  assert("result" in await served.exchange('  {"params":{},"method":"Status"} \r\n'));
});

Deno.test("a client that closes before its line ends gets no reply", async () => {
  await using served = await Served.open();
  for (const part of ["", "{", '{"method":"Status","params":{}}']) {
    using raw = await served.connect();
    await raw.send(part);
    await raw.closeWrite();
    assertEquals(await raw.lines(), [], part);
  }
});

Deno.test("a client that sends no more still gets a unary reply", async () => {
  await using served = await Served.open();
  using raw = await served.connect();
  await raw.send(STATUS);
  await raw.closeWrite();
  assertEquals(JSON.parse(await raw.reply()).result.logged_in, true);
});

Deno.test("what is no request is E_PROTOCOL", async () => {
  await using served = await Served.open();
  const lines = ["", "hello", "{", "[]", "null", "7", '"Status"', "{}", '{"method":7}'];
  for (const line of lines) assertEquals(await codeOf(served, line + "\n"), "E_PROTOCOL", line);
});

Deno.test("a method that there is not is E_PROTOCOL, and is named", async () => {
  await using served = await Served.open();
  for (const method of ["Nope", "status", "", "constructor", "__proto__", "toString"]) {
    const { error } = await served.exchange(JSON.stringify({ method, params: {} }) + "\n");
    assertEquals(error, { code: "E_PROTOCOL", message: `unknown method ${method}` });
  }
});

Deno.test("a line that is not UTF-8 is E_PROTOCOL, not another text", async () => {
  await using served = await Served.open();
  await served.ask("Create", { handle: "nina" });
  const line = encoder.encode(
    '{"method":"Send","params":{"handle":"nina","channel":"inbox","payload":"_"}}\n',
  );
  line[line.lastIndexOf("_".charCodeAt(0))] = 0xff;
  assertEquals(await codeOf(served, line), "E_PROTOCOL");
  const [{ pipe_infos: pipes }] = (await served.ask("List")).sources;
  assertEquals(pipes[0].total, 0);
});

Deno.test("a line of 1 MiB is read, and its message refused for its size", async () => {
  await using served = await Served.open();
  await served.ask("Create", { handle: "nina" });
  const payload = "x".repeat(2 ** 20);
  const params = { handle: "nina", channel: "inbox", payload };
  assertEquals(await served.failure("Send", params), "E_PAYLOAD_TOO_LARGE");
  assertEquals((await served.ask("Status", { unknown: payload })).current, "nina");
});

Deno.test("a batch of 8 MiB arrives", async () => {
  await using served = await Served.open();
  await served.ask("Create", { handle: "nina" });
  const payloads = Array.from({ length: 160 }, (_, i) => String(i).padEnd(50_000, "x"));
  const { ids, bytes } = await served.ask("SendBatch", {
    handle: "nina",
    channel: "inbox",
    payloads,
  });
  assertEquals([ids.length, bytes[0]], [160, 50_000]);
});

Deno.test("a line without an end is refused once it is too long", async () => {
  await using served = await Served.open();
  using raw = await served.connect();
  const piece = new Uint8Array(2 ** 20).fill(0x20);
  const sending = (async () => {
    for (let sent = 0; sent <= REQUEST_LINE_MAX_BYTES; sent += piece.length) await raw.send(piece);
  })().catch((error) => {
    // It is closed when it is too long, whatever is on its way.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  });
  const line = await raw.line();
  assertStringIncludes(line ?? "", "E_PROTOCOL");
  assertEquals(await raw.lines(), []);
  await sending;
});

Deno.test("Subscribe is not implemented, whatever its parameters; nor is Login", async () => {
  await using served = await Served.open();
  for (const params of [{}, 7, undefined]) {
    const { error } = await served.exchange(JSON.stringify({ method: "Subscribe", params }) + "\n");
    assertEquals(error, {
      code: "E_NOT_IMPLEMENTED",
      message: "Subscribe not implemented in Phase 1",
    });
    assertEquals(await served.failure("Login", params), "E_NOT_IMPLEMENTED");
  }
});

Deno.test("many clients at once are answered, beside some that say nothing", async () => {
  await using served = await Served.open();
  const silent = await Promise.all(Array.from({ length: 50 }, () => served.connect()));
  try {
    const sessions = Array.from({ length: 200 }, (_, i) => `s${i}`);
    await Promise.all(
      sessions.map((session) => served.ask("SetNamespace", { session, namespace: session })),
    );
    const statuses = await Promise.all(
      sessions.map((session) => served.ask("Status", { session })),
    );
    assertEquals(statuses.map(({ current_namespace }) => current_namespace), sessions);
    assertEquals(served.server.connectionCount, 50);
  } finally {
    for (const raw of silent) raw[Symbol.dispose]();
  }
});

Deno.test("a failure of one client's connection is nobody else's", async () => {
  await using served = await Served.open();
  for (let i = 0; i < 20; i++) {
    using raw = await served.connect();
    await raw.send(STATUS.repeat(100));
  }
  assertEquals((await served.ask("Status")).logged_in, true);
});

Deno.test("shutdown ends clients that say nothing, and removes the socket", async () => {
  await using served = await Served.open();
  using raw = await served.connect();
  await raw.send("{");
  await within("the shutdown", served.server.shutdown(60_000));
  assertEquals(await raw.lines(), []);
  assertEquals(Array.from(Deno.readDirSync(served.dir), ({ name }) => name), ["mesh"]);
});
