/**
 * Sending: where a message goes to, whose it is, and what refuses it first.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { SendRequest } from "../../../messaging/internal_mod.ts";
import { natsTest, sharedServer } from "../../nats/nats_server.ts";
import { Bare } from "../../nats/world.ts";
import { World } from "../world.ts";
import { failure, failureCode, payloads, readAll, Services, serviceTest } from "./service_world.ts";

const server = sharedServer();
const BIG = "x".repeat(70_000);

serviceTest(server, "the first check that fails decides what Send says", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  await service.call("Create", { handle: "gone", session: "b" });
  const elsewhere = await services.open({ home: "elsewhere" });
  await elsewhere.call("SourceDestroy", { handle: "gone" });
  const code = (request: Omit<SendRequest, "payload">) =>
    failureCode(service.call("Send", { payload: BIG, ...request }));
  // Each request has all faults of those behind it.
  const bad = {
    bare_target: "A",
    handle: "",
    channel: "B!",
    msg_subject: "ack:x",
    session: "none",
  };
  assertEquals(await code(bad), "E_INVALID_SUBJECT");
  assertEquals(await code({ ...bad, msg_subject: "" }), "E_INVALID_PIPE");
  const noPipe = { ...bad, msg_subject: "", bare_target: "lobby" };
  assertEquals(await code(noPipe), "E_NO_CURRENT_SOURCE");
  assertEquals(await code({ ...noPipe, handle: "nobody" }), "E_INVALID_PIPE");
  assertEquals(await code({ ...noPipe, session: "b" }), "E_INVALID_PIPE");
  assertEquals(await code({ ...noPipe, channel: "log", handle: "nobody" }), "E_SOURCE_NOT_FOUND");
  assertEquals(await code({ channel: "log", session: "b" }), "E_NO_CURRENT_SOURCE");
  assertEquals(await code({ channel: "log", handle: "nina" }), "E_PIPE_NOT_FOUND");
  assertEquals(await code({ channel: "inbox", handle: "nina" }), "E_PAYLOAD_TOO_LARGE");
  // That of session b is gone for good: it is not its current source any more.
  assertEquals((await service.call("Status", { session: "b" })).current, undefined);
  assertEquals((await service.call("Status", {})).current, "nina");
  assertEquals(await payloads(service, { handle: "nina", channel: "inbox" }), []);
});

serviceTest(server, "failures of Send name what is not there", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  const text = (request: Omit<SendRequest, "payload">) =>
    failure(service.call("Send", { payload: "", ...request }));
  assertEquals(
    await text({ handle: "otto", channel: "inbox" }),
    "E_SOURCE_NOT_FOUND: source 'otto' not found",
  );
  const broadcast = "E_PIPE_NOT_FOUND: pipe 'broadcast' not found on source 'nina'";
  assertEquals(await text({ handle: "nina" }), broadcast);
  assertEquals(await text({}), broadcast);
});

serviceTest(server, "without a pipe it is broadcast, once that was created", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  await service.call("PipeCreate", { handle: "nina", name: "broadcast" });
  const { subject } = await service.call("Send", { payload: "to all" });
  assert(subject.endsWith(".nina.broadcast"), subject);
  const request = { handle: "nina", channel: "broadcast" };
  assertEquals(await payloads(service, request), ["to all"]);
});

serviceTest(server, "a bare target is the uncollared pipe, else the inbox", async (services) => {
  const service = await services.open();
  const account = (await service.call("Status", {})).account_id;
  await service.call("Create", { handle: "nina", manifold: "ops" });
  await service.call("Create", { handle: "otto" });
  await service.call("PipeCreate", { handle: "", name: "nina" });
  await service.call("PipeCreate", { handle: "", name: "otto", manifold: "ops" });
  const sendTo = async (name: string, session: string) => {
    const request = { handle: name, channel: "inbox", bare_target: name, payload: "", session };
    return (await service.call("Send", request)).subject;
  };
  await service.call("SetNamespace", { namespace: "ops", session: "in" });
  assertEquals(
    await Promise.all([sendTo("nina", "root"), sendTo("otto", "root")]),
    [`${account}.nina`, `${account}.otto.inbox`],
  );
  assertEquals(
    await Promise.all([sendTo("nina", "in"), sendTo("otto", "in")]),
    [`${account}.ops.nina.inbox`, `${account}.ops.otto`],
  );
  await service.call("UnsetNamespace", { session: "in" });
  assertEquals(await sendTo("nina", "in"), `${account}.nina`);
});

serviceTest(
  server,
  "a message is from the current source, or whom Send names",
  async (services) => {
    const service = await services.open();
    await service.call("Create", { handle: "nina", session: "a" });
    const to = { handle: "nina", channel: "inbox" };
    await service.call("Send", { ...to, payload: "1" });
    await service.call("Send", { ...to, payload: "2", session: "a" });
    await service.call("Send", { ...to, payload: "3", session: "a", sender: "otto" });
    await service.call("Send", { ...to, payload: "4", session: "a", sender: "" });
    await service.call("SendBatch", { ...to, payloads: ["5"], session: "a" });
    await service.call("Disconnect", { session: "a" });
    await service.call("Send", { ...to, payload: "6", session: "a" });
    const senders = (await readAll(service, to)).map(({ sender }) => sender);
    assertEquals(senders, ["", "nina", "otto", "nina", "nina", ""]);
  },
);

serviceTest(server, "all that is given with a message gets to its reader", async (services) => {
  const service = await services.open({ now: () => Date.UTC(2026, 1, 3, 4, 5, 6, 789) });
  await service.call("Create", { handle: "nina" });
  const to = { handle: "nina", channel: "inbox" };
  const payload = 'Grüße, 世界 🙂\n\t"<&>"\u2028\u0000';
  const sent = await service.call("Send", {
    ...to,
    payload,
    msg_subject: "hello ack:",
    in_reply_to: "no uuid at all",
    ack_requested: true,
  });
  assertEquals(sent.bytes, new TextEncoder().encode(payload).length);
  const [message] = await readAll(service, { ...to, no_advance: true });
  assertEquals(message, {
    id: sent.id,
    sender: "nina",
    subject: "hello ack:",
    payload,
    created_at: "2026-02-03T04:05:06Z",
    in_reply_to: "no uuid at all",
    ack_requested: true,
  });
  assertEquals(await services.stored("nina", "inbox"), [
    `{"id":"${sent.id}","sender":"nina","subject":"hello ack:",` +
    '"payload":"Grüße, 世界 🙂\\n\\t\\"\\u003c\\u0026\\u003e\\"\\u2028\\u0000",' +
    '"created_at":"2026-02-03T04:05:06.789Z","in_reply_to":"no uuid at all",' +
    '"ack_requested":true}',
  ]);
});

serviceTest(server, "an envelope has 65,536 escaped bytes, and not one more", async (services) => {
  const service = await services.open({ now: () => Date.UTC(2026, 0, 1) });
  await service.call("Create", { handle: "nina" });
  const to = { handle: "nina", channel: "inbox" };
  await service.call("Send", { ...to, payload: "" });
  const emptyBytes = (await services.stored("nina", "inbox"))[0].length;
  const roomBytes = 65_536 - emptyBytes;
  // `<` has six bytes once it is escaped, `ü` has two.
  const full = "<".repeat(1000) + "ü".repeat(1000) + "x".repeat(roomBytes - 8000);
  assertEquals((await service.call("Send", { ...to, payload: full })).bytes, full.length + 1000);
  const tooLong = full + "x";
  assertEquals(
    await failure(service.call("Send", { ...to, payload: tooLong })),
    "E_PAYLOAD_TOO_LARGE: the message is too large: encoded, it has 65537 bytes, and 65536 are " +
      "allowed",
  );
  const batch = { ...to, payloads: ["fits", full, tooLong] };
  assertEquals(await failureCode(service.call("SendBatch", batch)), "E_PAYLOAD_TOO_LARGE");
  assertEquals(await payloads(service, to), ["", full]);
});

serviceTest(server, "a batch has one time, and an id for each message", async (services) => {
  let nowMs = Date.UTC(2026, 0, 1);
  const service = await services.open({ now: () => nowMs++ });
  await service.call("Create", { handle: "nina" });
  const to = { handle: "nina", channel: "inbox" };
  const texts = Array.from({ length: 500 }, (_, i) => `${i} ü`);
  const { ids, subject, bytes } = await service.call("SendBatch", { ...to, payloads: texts });
  assert(subject.endsWith(".nina.inbox"));
  assertEquals(bytes, texts.map((text) => text.length + 1));
  const messages = await readAll(service, to);
  assertEquals(messages.map(({ payload }) => payload), texts);
  assertEquals(messages.map(({ id }) => id), ids);
  assertEquals(new Set(ids).size, texts.length);
  const stored = (await services.stored("nina", "inbox")).map((text) => JSON.parse(text));
  assertEquals(new Set(stored.map(({ created_at }) => created_at)).size, 1);
  assert(
    stored.every(({ subject, in_reply_to, ack_requested }) =>
      subject === "" && in_reply_to === "" && ack_requested === false
    ),
  );
});

serviceTest(server, "an empty batch checks nothing", async (services) => {
  const service = await services.open();
  const nothing = { ids: null, subject: "", bytes: null };
  assertEquals(await service.call("SendBatch", { payloads: [] }), nothing);
  assertEquals(
    await service.call("SendBatch", { handle: "no!", bare_target: "no!", payloads: [] }),
    nothing,
  );
  const batch = { handle: "nobody", channel: "inbox", payloads: [""] };
  assertEquals(await failureCode(service.call("SendBatch", batch)), "E_SOURCE_NOT_FOUND");
});

serviceTest(server, "ids are UUIDs of version 7 that rise with time", async (services) => {
  let nowMs = Date.UTC(2026, 0, 1);
  const service = await services.open({ now: () => nowMs++ });
  await service.call("Create", { handle: "nina" });
  const ids: string[] = [];
  for (let i = 0; i < 40; i++) {
    const to = { handle: "nina", channel: "inbox" };
    ids.push((await service.call("Send", { ...to, payload: "" })).id);
  }
  assertEquals(ids.toSorted(), ids);
  for (const id of ids) {
    assert(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id), id);
  }
});

serviceTest(server, "what is sent at once from many sides is all there", async (services) => {
  const sides = await Promise.all([0, 1, 2].map(() => services.open()));
  await sides[0].call("Create", { handle: "nina" });
  const to = { handle: "nina", channel: "inbox" };
  await Promise.all(
    sides.flatMap((side, i) =>
      Array.from({ length: 10 }, (_, j) => side.call("Send", { ...to, payload: `${i} ${j}` }))
    ),
  );
  const all = await payloads(sides[0], to);
  assertEquals(all.length, 30);
  assertEquals(new Set(all).size, 30);
});

natsTest("the body of a message on the server is its envelope", async () => {
  await using world = new World(server());
  await using services = new Services(world);
  const service = await services.open();
  const { stream_name } = await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("Send", { bare_target: "lobby", payload: "a <b> & \u2028" });
  await using bare = await Bare.connect(server(), stream_name);
  const stored = await bare.manager.streams.getMessage(bare.stream, { seq: 1 });
  const text = new TextDecoder().decode(stored?.data);
  assertEquals([text], await services.stored("", "lobby"));
  assert(text.includes('"payload":"a \\u003cb\\u003e \\u0026 \\u2028"'), text);
});

serviceTest(
  server,
  "a batch has a limit of its own, and nothing of a larger one is sent",
  async (services) => {
    const service = await services.open();
    await service.call("PipeCreate", { handle: "", name: "lobby" });
    const payloads = Array<string>(11 * 1024).fill("x".repeat(1024));
    const code = await failureCode(service.call("SendBatch", { bare_target: "lobby", payloads }));
    assertEquals(code, "E_PAYLOAD_TOO_LARGE");
    assertEquals((await service.call("List", {})).uncollared_pipes?.[0].info.total, 0);
  },
);
