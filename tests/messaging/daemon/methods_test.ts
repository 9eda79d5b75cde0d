/**
 * Every method of IPC once, for the shape of its reply, and what it says to parameters that can't be.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { IPC_METHODS, LENIENT_METHODS } from "../../../messaging/contracts/mod.ts";
import { Served } from "./served.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

Deno.test("Status says where the mesh is and what the session is", async () => {
  await using served = await Served.open();
  const { account_id: account, ...status } = await served.ask("Status", {});
  assertMatch(account, UUID);
  assertEquals(status, {
    daemon_pid: 0,
    logged_in: true,
    url: `${served.dir}/mesh`,
    login_check: "ok",
    current_path: `${served.dir}/current.json`,
  });
});

Deno.test("Create, Switch, Connect and Disconnect set the current source of the session", async () => {
  await using served = await Served.open();
  const { account_id: account } = await served.ask("Status");
  assertEquals(await served.ask("Create", { handle: "nina", session: "a" }), {
    handle: "nina",
    subject: `${account}.nina.inbox`,
  });
  assertEquals(await served.ask("Create", { handle: "otto", manifold: "ops" }), {
    handle: "otto",
    manifold: "ops",
    subject: `${account}.ops.otto.inbox`,
  });
  assertEquals((await served.ask("Status", { session: "a" })).current, "nina");
  assertEquals((await served.ask("Status")).current, "otto");
  assertEquals((await served.ask("Status", { session: "" })).current, "otto");
  assertEquals(await served.ask("Switch", { handle: "nina", session: null }), { handle: "nina" });
  assertEquals((await served.ask("Status", { session: "default" })).current, "nina");
  assertEquals(await served.ask("Connect", { handle: "mae" }), { handle: "mae" });
  assertEquals(await served.ask("Disconnect", {}), {});
  assertEquals((await served.ask("Status")).current, undefined);
  assertEquals(await served.failure("Create", { handle: "nina" }), "E_SOURCE_TAKEN");
  assertEquals(await served.failure("Create", {}), "E_INVALID_HANDLE");
  const { error } = await served.exchange(
    '{"method":"Create","params":{"handle":"zoe","kind":"robot"}}\n',
  );
  assertEquals(error, { code: "E_INVALID_KIND", message: "kind must be 'message' or 'pty'" });
  assertEquals(await served.failure("Switch", { handle: "nobody" }), "E_SOURCE_NOT_FOUND");
  assertEquals(await served.failure("Connect", { handle: "NO" }), "E_INVALID_HANDLE");
});

Deno.test("SetNamespace and UnsetNamespace set the namespace of the session", async () => {
  await using served = await Served.open();
  assertEquals(await served.ask("SetNamespace", { namespace: "ops.east" }), {
    namespace: "ops.east",
  });
  assertEquals((await served.ask("Status")).current_namespace, "ops.east");
  assertEquals(await served.ask("UnsetNamespace", {}), {});
  assertEquals((await served.ask("Status")).current_namespace, undefined);
  assertEquals(await served.failure("SetNamespace", { namespace: "A" }), "E_INVALID_MANIFOLD");
});

Deno.test("PipeCreate, PipeDestroy and SourceDestroy make and remove", async () => {
  await using served = await Served.open();
  await served.ask("Create", { handle: "nina" });
  const { stream_name: stream, ...pipe } = await served.ask("PipeCreate", {
    handle: "",
    source_handle: "nina",
    name: "log",
    ttl_seconds: 60,
    max_msgs: 0,
    max_bytes: null,
  });
  assertEquals(typeof stream, "string");
  assertEquals(pipe, {
    handle: "nina",
    name: "log",
    ttl_seconds: 60,
    max_msgs: 0,
    max_bytes: 16_777_216,
  });
  const { stream_name: _, ...lobby } = await served.ask("PipeCreate", {
    handle: "",
    name: "lobby",
    manifold: "ops",
  });
  assertEquals(lobby, {
    handle: "",
    manifold: "ops",
    name: "lobby",
    ttl_seconds: 86_400,
    max_msgs: 5000,
    max_bytes: 16_777_216,
  });
  assertEquals(
    await served.ask("PipeDestroy", {
      handle: "",
      name: "",
      bare_target: "lobby",
      manifold: "ops",
    }),
    { handle: "", manifold: "ops", name: "lobby" },
  );
  assertEquals(await served.ask("PipeDestroy", { handle: "nina", name: "log" }), {
    handle: "nina",
    name: "log",
  });
  assertEquals(
    await served.failure("PipeDestroy", { handle: "nina", name: "log" }),
    "E_PIPE_NOT_FOUND",
  );
  assertEquals(await served.ask("SourceDestroy", { handle: "nina" }), { handle: "nina" });
  assertEquals(await served.failure("SourceDestroy", { handle: "nina" }), "E_SOURCE_NOT_FOUND");
});

Deno.test("Send and SendBatch say what was sent; Read gives it once", async () => {
  await using served = await Served.open();
  await served.ask("Create", { handle: "nina" });
  const { account_id: account } = await served.ask("Status");
  const sent = await served.ask("Send", {
    handle: "nina",
    channel: "inbox",
    payload: "größer <b>",
    msg_subject: "ci",
    ack_requested: true,
  });
  assertMatch(sent.id, UUID);
  assertEquals([sent.subject, sent.bytes], [`${account}.nina.inbox`, 12]);
  const batch = await served.ask("SendBatch", {
    handle: "nina",
    channel: "inbox",
    payloads: ["one", ""],
  });
  assertEquals(batch.ids.length, 2);
  assertEquals([batch.subject, batch.bytes], [`${account}.nina.inbox`, [3, 0]]);
  assertEquals(await served.ask("SendBatch", { payloads: [] }), {
    ids: null,
    subject: "",
    bytes: null,
  });
  assertEquals(await served.ask("SendBatch", {}), { ids: null, subject: "", bytes: null });

  const lines = await linesOfRead(served, { handle: "nina", channel: "inbox" });
  assertEquals(lines.length, 3);
  assert(lines[0].includes("gr\u00f6\u00dfer \\u003cb\\u003e"), lines[0]);
  const messages = lines.map((line) => JSON.parse(line).msg);
  assertEquals(messages.map(({ id }) => id), [sent.id, ...batch.ids]);
  assertEquals(Object.keys(messages[0]), [
    ...["id", "sender", "subject", "payload", "created_at"],
    ...["in_reply_to", "ack_requested"],
  ]);
  // The receipt that was asked for is all there is left.
  const rest = await linesOfRead(served, { handle: "nina", channel: "inbox" });
  assertEquals(rest.map((line) => JSON.parse(line).msg.subject), ["ack:read"]);
  assertEquals((await linesOfRead(served, { handle: "nina", channel: "inbox" })).length, 0);
});

Deno.test("a Read that fails says so with an event", async () => {
  await using served = await Served.open();
  for (
    const [request, code] of [
      [{ handle: "nobody", channel: "inbox" }, "E_SOURCE_NOT_FOUND"],
      [{ handle: "", channel: "", bare_target: "lobby" }, "E_PIPE_NOT_FOUND"],
      [{ handle: "", channel: "", bare_target: "No" }, "E_INVALID_PIPE"],
      [{ handle: "NO", channel: "inbox" }, "E_INVALID_HANDLE"],
    ] as const
  ) {
    const [line, ...others] = await linesOfRead(served, request);
    assertEquals([JSON.parse(line).error.code, others], [code, []]);
  }
});

Deno.test("List and ListWatch show sources and pipes", async () => {
  await using served = await Served.open();
  assertEquals(await served.ask("List"), { sources: [] });
  await served.ask("Create", { handle: "nina" });
  await served.ask("PipeCreate", { handle: "", name: "lobby" });
  await served.ask("Send", { handle: "nina", channel: "inbox", payload: "hello" });
  const listed = await served.ask("List", { session: "other" });
  assertEquals(listed.sources.length, 1);
  const [{ handle, pipe_infos: [inbox] }] = listed.sources;
  assertEquals([handle, inbox.pipe, inbox.total, inbox.unread], ["nina", "inbox", 1, 1]);
  assertMatch(inbox.last_at, /^[-\dT:]{19}(\.\d*[1-9])?Z$/);
  assertEquals(listed.uncollared_pipes[0].info.pipe, "lobby");
  const watched = await served.ask("ListWatch", { patterns: ["nina.*"] });
  assertEquals(watched.sources.length, 1);
  assertEquals(watched.uncollared_pipes, undefined);
});

Deno.test("Who shows heartbeats; Diag without a daemon around is E_DAEMON_NOT_RUNNING", async () => {
  await using served = await Served.open();
  assertEquals(await served.ask("Who"), { entries: [] });
  assertEquals(await served.failure("Diag", {}), "E_DAEMON_NOT_RUNNING");
});

Deno.test("SubsAdd, SubsList, SubsWait and SubsRemove keep subscriptions", async () => {
  await using served = await Served.open();
  await served.ask("Create", { handle: "nina", session: "a" });
  await served.ask("PipeCreate", { handle: "", name: "lobby" });
  const targets = ["lobby", "nina.inbox"];
  assertEquals((await served.ask("SubsAdd", { session: "b", targets })).subs, targets);
  const listed = await served.ask("SubsList", { session: "b" });
  assertEquals(listed.subscriptions, targets);
  await served.ask("Send", {
    bare_target: "lobby",
    handle: "lobby",
    channel: "inbox",
    payload: "x",
  });
  const waited = await served.ask("SubsWait", { session: "b" });
  assertEquals(waited.uncollared_pipes[0].info.pipe, "lobby");
  assertEquals(await served.ask("SubsList", { session: "c" }), { sources: [] });
  const removed = await served.ask("SubsRemove", { session: "b", targets: ["lobby"] });
  assertEquals(removed.subs, ["nina.inbox"]);
  assertEquals(removed.outcomes, [{ target: "lobby", removed: true }]);
});

/** Parameters that a method can't have. */
const WRONG: Readonly<Record<string, readonly object[]>> = {
  Create: [{ handle: 7 }, { handle: "a", session: [] }, { handle: "a", kind: 1 }],
  Switch: [{ handle: {} }],
  Connect: [{ handle: true }],
  SetNamespace: [{ namespace: 1 }],
  UnsetNamespace: [{ session: 1 }],
  SourceDestroy: [{ handle: [] }],
  PipeCreate: [
    { handle: "a", name: 7 },
    { handle: "a", name: "b", ttl_seconds: "60" },
    { handle: "a", name: "b", max_msgs: 1.5 },
    { handle: "a", name: "b", max_bytes: -1 },
  ],
  PipeDestroy: [{ handle: "a", name: {} }],
  Send: [{ payload: 7 }, { payload: "x", ack_requested: "yes" }, { payload: "x", sender: 1 }],
  SendBatch: [{ payloads: "x" }, { payloads: ["x", 7] }, { payloads: {} }],
  ListWatch: [{ patterns: "x" }],
  SubsList: [{ session: 1 }],
  SubsAdd: [{ targets: [1] }],
  SubsRemove: [{ targets: [], force: 1 }],
  SubsWait: [{ session: {} }],
  Read: [{ handle: 1, channel: "inbox" }, { follow: 1 }, { limit: "7" }, { since_ms: 0.5 }],
};

Deno.test("parameters that can't be are E_PROTOCOL, method by method", async () => {
  await using served = await Served.open();
  const strict = IPC_METHODS.filter((name) =>
    !LENIENT_METHODS.has(name) && name !== "Login" && name !== "Subscribe"
  );
  assertEquals(Object.keys(WRONG).sort(), [...strict].sort());
  for (const method of strict) {
    for (const params of [undefined, null, 7, "x", [], ...WRONG[method]]) {
      const what = `${method} ${JSON.stringify(params)}`;
      assertEquals(await served.failure(method, params), "E_PROTOCOL", what);
    }
  }
});

Deno.test("lenient methods take such parameters for none", async () => {
  await using served = await Served.open();
  await served.ask("SetNamespace", { namespace: "here" });
  for (const params of [undefined, null, 7, "x", [], { session: 7 }]) {
    for (const method of ["Status", "List", "Disconnect", "Who"]) {
      const line = JSON.stringify({ method, params }) + "\n";
      assertEquals(Object.keys(await served.exchange(line)), ["result"], line);
    }
    const { result } = await served.exchange(JSON.stringify({ method: "Status", params }) + "\n");
    assertEquals(result.current_namespace, "here");
  }
});

async function linesOfRead(served: Served, request: object): Promise<string[]> {
  using raw = await served.connect();
  await raw.ask("Read", request);
  return await raw.lines();
}
