/**
 * Reading what a pipe holds: which messages, in which order, and what is said when there is no pipe.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import type { ReadEvent, ReadRequest } from "../../../messaging/internal_mod.ts";
import { sharedServer } from "../../nats/nats_server.ts";
import { failure, payloads, serviceTest } from "./service_world.ts";

const server = sharedServer();
const lobby = { handle: "", channel: "", bare_target: "lobby" };

serviceTest(server, "Read gives the last of what is behind the first", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  const all = ["0", "1", "2", "3", "4", "5"];
  await service.call("SendBatch", { bare_target: "lobby", payloads: all });
  const read = (request: Partial<ReadRequest>) =>
    payloads(service, { ...lobby, no_advance: true, ...request });
  assertEquals(await read({}), all);
  assertEquals(await read({ limit: 0, skip: 0, since_ms: 0 }), all);
  assertEquals(await read({ limit: 2 }), ["4", "5"]);
  assertEquals(await read({ limit: 99 }), all);
  assertEquals(await read({ skip: 4 }), ["4", "5"]);
  assertEquals(await read({ skip: 6 }), []);
  assertEquals(await read({ skip: 99, limit: 2 }), []);
  // What is skipped is skipped first.
  assertEquals(await read({ skip: 1, limit: 2 }), ["4", "5"]);
  assertEquals(await read({ skip: 5, limit: 2 }), ["5"]);
});

serviceTest(server, "Read gives only what is young enough", async (services) => {
  let nowMs = Date.UTC(2026, 0, 1);
  const service = await services.open({ now: () => nowMs });
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  for (const payload of ["0", "1", "2", "3"]) {
    await service.call("Send", { bare_target: "lobby", payload });
    nowMs += 1000;
  }
  const read = (request: Partial<ReadRequest>) =>
    payloads(service, { ...lobby, no_advance: true, ...request });
  assertEquals(await read({ since_ms: 2000 }), ["2", "3"]);
  assertEquals(await read({ since_ms: 1999 }), ["3"]);
  assertEquals(await read({ since_ms: 999 }), []);
  assertEquals(await read({ since_ms: 60_000, skip: 1, limit: 2 }), ["2", "3"]);
  assertEquals(await read({ since_ms: 3000, skip: 1, limit: 9 }), ["2", "3"]);
});

serviceTest(server, "Read begins with what this session has not read", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  const send = (payload: string) => service.call("Send", { bare_target: "lobby", payload });
  await send("0");
  assertEquals(await payloads(service, lobby), ["0"]);
  assertEquals(await payloads(service, lobby), []);
  await send("1");
  assertEquals(await payloads(service, { ...lobby, all: true }), ["0", "1"]);
  assertEquals(await payloads(service, { ...lobby, no_advance: true }), ["1"]);
  assertEquals(await payloads(service, { ...lobby, session: "b" }), ["0", "1"]);
  assertEquals(await payloads(service, { ...lobby, session: "default" }), ["1"]);
  assertEquals(await payloads(service, lobby), []);
});

serviceTest(server, "what does not decode is passed over", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("Send", { bare_target: "lobby", payload: "0" });
  await services.append("", "lobby", "null", "7", '{"payload":7}', '{"ack_requested":"yes"}');
  await service.call("Send", { bare_target: "lobby", payload: "1" });
  assertEquals(await payloads(service, { ...lobby, limit: 2, no_advance: true }), ["0", "1"]);
  assertEquals(await payloads(service, { ...lobby, skip: 1, no_advance: true }), ["1"]);
  assertEquals(await payloads(service, lobby), ["0", "1"]);
});

serviceTest(server, "Read says what is wrong with its target first", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  await service.call("PipeCreate", { handle: "nina", name: "log", manifold: "ignored" });
  const reading = (request: Partial<ReadRequest>) =>
    failure(payloads(service, { handle: "", channel: "", ...request }));
  assertMatch(await reading({ bare_target: "Lobby" }), /^E_INVALID_PIPE: /);
  assertMatch(await reading({ handle: "No!", channel: "b.c" }), /^E_INVALID_PIPE: /);
  assertMatch(await reading({ handle: "nina" }), /^E_INVALID_PIPE: /);
  assertMatch(
    await reading({ handle: "ops.nina", channel: "log" }),
    /^E_INVALID_HANDLE: invalid handle 'ops.nina'/,
  );
  assertEquals(
    await reading({ handle: "otto", channel: "log" }),
    "E_SOURCE_NOT_FOUND: source 'otto' not found",
  );
  assertEquals(
    await reading({ handle: "nina", channel: "logs" }),
    "E_PIPE_NOT_FOUND: pipe 'logs' not found on source 'nina'",
  );
  // A name without a dot is never an inbox here.
  assertEquals(
    await reading({ bare_target: "nina" }),
    "E_PIPE_NOT_FOUND: uncollared pipe 'nina' not found at root",
  );
  await service.call("SetNamespace", { namespace: "ops" });
  assertEquals(
    await reading({ bare_target: "lobby" }),
    "E_PIPE_NOT_FOUND: uncollared pipe 'lobby' not found at manifold 'ops'",
  );
  assertEquals(
    await reading({ bare_target: "lobby", manifold: "hr" }),
    "E_PIPE_NOT_FOUND: uncollared pipe 'lobby' not found at manifold 'hr'",
  );
});

serviceTest(server, "an uncollared pipe is read where the session is", async (services) => {
  const service = await services.open();
  for (const manifold of ["", "ops"]) {
    await service.call("SetNamespace", { namespace: manifold });
    await service.call("PipeCreate", { handle: "", name: "lobby" });
    await service.call("Send", { bare_target: "lobby", payload: `at '${manifold}'` });
  }
  assertEquals(await payloads(service, { ...lobby, session: "b" }), ["at ''"]);
  assertEquals(await payloads(service, { ...lobby, session: "b", manifold: "ops" }), ["at 'ops'"]);
  assertEquals(await payloads(service, { ...lobby, manifold: "" }), ["at ''"]);
  assertEquals(await payloads(service, lobby), ["at 'ops'"]);
  assertEquals(await payloads(service, lobby), []);
});

serviceTest(server, "the output of a terminal comes behind its size", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "pia", kind: "pty" });
  const sent = async (payload: string, channel: string) => {
    await service.call("Send", { handle: "pia", channel, payload });
  };
  const events = async (channel: string): Promise<ReadEvent[]> => {
    const request = { handle: "pia", channel, all: true };
    return (await Array.fromAsync(service.read(request))).flat();
  };
  await sent("output", "stdout");
  const withoutSize = await events("stdout");
  assertEquals(withoutSize.map(({ msg, meta }) => [msg?.payload, meta]), [["output", undefined]]);
  await sent('{"type":"resize","cols":80,"rows":5000}', "stdctrl");
  assertEquals(await events("stdout"), [{ meta: { cols: 80, rows: 1000 } }, ...withoutSize]);
  assertEquals((await events("stdctrl")).map(({ meta }) => meta), [undefined]);
  // Only the latest message counts.
  for (const other of ['{"type":"resize","cols":0,"rows":24}', "no JSON", '{"type":"bell"}']) {
    await sent(other, "stdctrl");
    assertEquals(await events("stdout"), withoutSize, other);
  }
  await service.call("PipeDestroy", { handle: "pia", name: "stdctrl" });
  assertEquals(await events("stdout"), withoutSize);
});

serviceTest(server, "a long backlog is read in order, without gaps", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  const texts = Array.from({ length: 3000 }, (_, i) => `${i} ${"x".repeat(i % 500)}`);
  for (let at = 0; at < texts.length; at += 500) {
    const batch = texts.slice(at, at + 500);
    await service.call("SendBatch", { bare_target: "lobby", payloads: batch });
  }
  assertEquals(await payloads(service, lobby), texts);
  assertEquals(await payloads(service, lobby), []);
});
