/**
 * What is listed: every source and pipe, what is in it, and what of that is unread.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ListReply, PipeInfo } from "../../../messaging/internal_mod.ts";
import { sharedServer } from "../../nats/nats_server.ts";
import { payloads, serviceTest } from "./service_world.ts";

const server = sharedServer();

/** Every pipe that is listed, in order, by its path. */
function infos({ sources, uncollared_pipes: uncollared = [] }: ListReply): Map<string, PipeInfo> {
  const collared = sources.flatMap(({ handle, manifold, pipe_infos = [] }) =>
    pipe_infos.map((info): [string, PipeInfo] => {
      return [[manifold, handle, info.pipe].filter(Boolean).join("."), info];
    })
  );
  return new Map([
    ...collared,
    ...uncollared.map(({ info }): [string, PipeInfo] => [info.pipe, info]),
  ]);
}

serviceTest(server, "an empty mesh lists nothing", async (services) => {
  const service = await services.open();
  assertEquals(await service.call("List", {}), { sources: [] });
});

serviceTest(
  server,
  "sources and pipes are listed in order, with their makers",
  async (services) => {
    const ravi = await services.open({ createdBy: "ravi" });
    const uma = await services.open({ createdBy: "uma" });
    await uma.call("Create", { handle: "zoe" });
    await ravi.call("Create", { handle: "pia", kind: "pty", manifold: "ops" });
    await ravi.call("Create", { handle: "abe", manifold: "ops" });
    await ravi.call("Create", { handle: "nina", manifold: "a.b" });
    await uma.call("PipeCreate", { handle: "abe", name: "zz" });
    await uma.call("PipeCreate", { handle: "abe", name: "a-1" });
    await ravi.call("PipeCreate", { handle: "", name: "lobby", manifold: "ops" });
    await uma.call("PipeCreate", { handle: "", name: "yard" });
    await uma.call("PipeCreate", { handle: "", name: "hall" });
    const reply = await uma.call("List", {});
    assertEquals(Array.from(infos(reply), ([path, { created_by }]) => `${path} ${created_by}`), [
      "zoe.inbox undefined",
      "a.b.nina.inbox undefined",
      "ops.abe.a-1 uma",
      "ops.abe.inbox undefined",
      "ops.abe.zz uma",
      ...["heartbeat", "inbox", "stdctrl", "stdin", "stdout"].map((name) =>
        `ops.pia.${name} undefined`
      ),
      "hall uma",
      "yard uma",
      "ops.lobby ravi",
    ]);
    assertEquals(
      reply.sources.map((
        { handle, manifold, kind, pipes, created_by },
      ) => [handle, manifold, kind, pipes, created_by]),
      [
        ["zoe", undefined, "message", undefined, "uma"],
        ["nina", "a.b", "message", undefined, "ravi"],
        ["abe", "ops", "message", ["a-1", "zz"], "ravi"],
        ["pia", "ops", "pty", undefined, "ravi"],
      ],
    );
    assertEquals(
      reply.uncollared_pipes?.map(({ manifold, name }) => [manifold, name]),
      [[undefined, "hall"], [undefined, "yard"], ["ops", "lobby"]],
    );
  },
);

serviceTest(server, "a pipe is listed with what is in it", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  const before = new Date();
  const to = { handle: "nina", channel: "inbox" };
  const long = "first line\nsecond line " + "x".repeat(200);
  await service.call("SendBatch", { ...to, payloads: ["1", "2", long] });
  const info = infos(await service.call("List", {})).get("nina.inbox");
  const { last_at, preview, ...rest } = info!;
  assertEquals(rest, { pipe: "inbox", total: 3, unread: 3, last_seq: 3, payload: long });
  assertMatch(last_at ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
  assert(
    Date.parse(last_at ?? "") >= before.getTime() - 1 && Date.parse(last_at ?? "") <= Date.now(),
  );
  assert(preview !== undefined && !preview.includes("\n") && preview.length < 100, preview);
});

serviceTest(server, "List leaves cursors alone, and counts for its session", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("SendBatch", { bare_target: "lobby", payloads: ["1", "2"] });
  const unread = async (session: string) =>
    infos(await service.call("List", { session })).get("lobby")?.unread;
  assertEquals([await unread("a"), await unread("a"), await unread("b")], [2, 2, 2]);
  const place = { handle: "", channel: "", bare_target: "lobby" };
  assertEquals(await payloads(service, { ...place, session: "a" }), ["1", "2"]);
  assertEquals([await unread("a"), await unread("b")], [0, 2]);
});

serviceTest(server, "what does not decode is listed without a preview", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  for (const handle of ["nina", ""]) {
    const name = handle === "" ? "lobby" : "inbox";
    const send = { handle, channel: name, bare_target: handle === "" ? "lobby" : undefined };
    await service.call("Send", { ...send, payload: "fine" });
    await services.append(handle, name, '{"id":7,"payload":"not a text id"}', "[1,2]", '"text"');
  }
  const listed = infos(await service.call("List", {}));
  const { last_at, ...inbox } = listed.get("nina.inbox")!;
  assertEquals(inbox, { pipe: "inbox", total: 4, unread: 4, last_seq: 4 });
  assert(last_at !== undefined, "a collared pipe has the time of its last message");
  assertEquals(listed.get("lobby"), { pipe: "lobby", total: 4, unread: 4, last_seq: 4 });
});

serviceTest(server, "messages of older programs are listed and read", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  const id = "7b1e2a90-0c4d-4e5f-8a6b-1c2d90abcdef";
  const legacy = {
    id,
    handle: "otto",
    payload: "from long ago",
    created_at: "2024-01-02T03:04:05Z",
  };
  await services.append("nina", "inbox", JSON.stringify(legacy), '{"payload":null,"x":{"y":1}}');
  const info = infos(await service.call("List", {})).get("nina.inbox");
  assertEquals([info?.total, info?.unread, info?.preview], [2, 2, undefined]);
  const messages = [];
  for await (const events of service.read({ handle: "nina", channel: "inbox" })) {
    messages.push(...events.map(({ msg }) => msg));
  }
  const empty = { id: "", sender: "", subject: "", in_reply_to: "", ack_requested: false };
  assertEquals(messages, [
    { ...empty, id, payload: "from long ago", created_at: "2024-01-02T03:04:05Z" },
    { ...empty, payload: "", created_at: "0001-01-01T00:00:00Z" },
  ]);
  assertEquals(infos(await service.call("List", {})).get("nina.inbox")?.unread, 0);
});

serviceTest(server, "many pipes are listed at once", async (services) => {
  const service = await services.open();
  const names = Array.from({ length: 120 }, (_, i) => `p${String(i).padStart(3, "0")}`);
  for (const name of names) {
    await service.call("PipeCreate", { handle: "", name, max_bytes: 8192 });
  }
  await Promise.all(
    names.map((name) => service.call("Send", { bare_target: name, payload: name })),
  );
  const listed = infos(await service.call("List", {}));
  assertEquals(
    Array.from(listed, ([path, { payload }]) => [path, payload]),
    names.map((name) => [name, name]),
  );
});
