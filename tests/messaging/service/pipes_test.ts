/**
 * Pipes that are created and removed, and how long messages stay in them.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { PipeCreateRequest } from "../../../messaging/internal_mod.ts";
import { sharedServer } from "../../nats/nats_server.ts";
import { eventually } from "../../server/eventually.ts";
import { failure, failureCode, payloads, serviceTest } from "./service_world.ts";

const server = sharedServer();
const USUAL = { ttl_seconds: 86_400, max_msgs: 5000, max_bytes: 16 * 2 ** 20 };
const lobby = { handle: "", channel: "", bare_target: "lobby" };

serviceTest(server, "PipeCreate says where a pipe is and what holds for it", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina", manifold: "ops" });
  await service.call("SetNamespace", { namespace: "hr" });
  const create = async (request: PipeCreateRequest) => {
    const { stream_name, ...reply } = await service.call("PipeCreate", request);
    return [stream_name.replace(/@\d+$/, ""), reply];
  };
  const { prefix } = services.world;
  assertEquals(await create({ handle: "nina", name: "log" }), [
    `${prefix}ops.nina.log`,
    { handle: "nina", manifold: "ops", name: "log", ...USUAL },
  ]);
  // The pipe of a source is where that is, and `source_handle` wins.
  assertEquals(
    await create({ handle: "nobody", source_handle: "nina", name: "a", manifold: "x" }),
    [`${prefix}ops.nina.a`, { handle: "nina", manifold: "ops", name: "a", ...USUAL }],
  );
  assertEquals(await create({ handle: "", source_handle: "", name: "lobby" }), [
    `${prefix}hr.lobby`,
    { handle: "", manifold: "hr", name: "lobby", ...USUAL },
  ]);
  assertEquals(await create({ handle: "", name: "lobby", manifold: "it.east" }), [
    `${prefix}it.east.lobby`,
    { handle: "", manifold: "it.east", name: "lobby", ...USUAL },
  ]);
});

serviceTest(server, "a limit is the given one, 0 for none, or the usual one", async (services) => {
  const service = await services.open();
  const create = async (name: string, limits: Partial<PipeCreateRequest>) => {
    const reply = await service.call("PipeCreate", { handle: "", name, ...limits });
    return [reply.ttl_seconds, reply.max_msgs, reply.max_bytes];
  };
  const none = { ttl_seconds: 0, max_msgs: 0, max_bytes: 0 };
  assertEquals(await create("none", none), [0, 0, 0]);
  assertEquals(
    await create("given", { ttl_seconds: 5, max_msgs: 2, max_bytes: 65_536 }),
    [5, 2, 65_536],
  );
  const nulls = { ttl_seconds: null, max_msgs: null, max_bytes: null };
  assertEquals(await create("null", nulls), Object.values(USUAL));
  assertEquals(await create("tiny", { max_bytes: 1 }), [86_400, 5000, 1]);
  for (const wrong of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    const work = create("wrong", { max_msgs: wrong });
    assertEquals(await failureCode(work), "E_INVALID_PIPE", `${wrong}`);
  }
  for (const name of ["none", "given", "null", "tiny"]) {
    await service.call("Send", { bare_target: name, payload: name });
    assertEquals(await payloads(service, { ...lobby, bare_target: name }), [name]);
  }
});

serviceTest(server, "a pipe keeps as many messages as it was told", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby", max_msgs: 3 });
  const texts = Array.from({ length: 10 }, (_, i) => `${i}`);
  await service.call("SendBatch", { bare_target: "lobby", payloads: texts });
  assertEquals(await payloads(service, { ...lobby, all: true }), ["7", "8", "9"]);
});

serviceTest(server, "a pipe gives up messages that are too old", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby", ttl_seconds: 1 });
  await service.call("Send", { bare_target: "lobby", payload: "old" });
  await eventually("the message is gone", async () => {
    return (await payloads(service, { ...lobby, all: true })).length === 0;
  });
  const [{ info }] = (await service.call("List", {})).uncollared_pipes ?? [];
  assertEquals([info.total, info.unread, info.preview], [0, 0, undefined]);
  await service.call("Send", { bare_target: "lobby", payload: "new" });
  assertEquals(await payloads(service, lobby), ["new"]);
});

serviceTest(
  server,
  "PipeCreate refuses names, then handles, then what is there",
  async (services) => {
    const service = await services.open();
    await service.call("Create", { handle: "nina" });
    await service.call("Create", { handle: "otto", manifold: "ops" });
    const creating = (handle: string, name: string, manifold?: string) =>
      failure(service.call("PipeCreate", { handle, name, manifold, max_msgs: undefined }));
    for (const name of ["inbox", "system", "db"]) {
      assertEquals(await creating("No!", name), `E_INVALID_PIPE: pipe name '${name}' is reserved`);
    }
    assertMatch(await creating("No!", "a.b"), /^E_INVALID_PIPE: invalid pipe name 'a.b'/);
    assertMatch(await creating("No!", "log"), /^E_INVALID_HANDLE: invalid handle: /);
    assertEquals(
      await creating("nobody", "log"),
      "E_SOURCE_NOT_FOUND: source 'nobody' not found",
    );
    assertMatch(await creating("", "log", "Ops"), /^E_INVALID_MANIFOLD: /);
    await service.call("PipeCreate", { handle: "nina", name: "log" });
    assertEquals(
      await creating("nina", "log"),
      "E_PIPE_TAKEN: pipe 'log' already exists on source 'nina'",
    );
    await service.call("PipeCreate", { handle: "", name: "lobby", manifold: "ops" });
    assertEquals(
      await creating("", "lobby", "ops"),
      "E_PIPE_TAKEN: uncollared pipe 'lobby' already exists at manifold 'ops'",
    );
    assertEquals(
      await creating("", "nina"),
      "E_NAME_TAKEN: name 'nina' is already taken by source at root",
    );
    assertEquals(
      await creating("", "a", "ops.otto.x"),
      "E_NAME_TAKEN: manifold path 'ops.otto' is reserved by source 'otto' at manifold 'ops'",
    );
  },
);

serviceTest(server, "the pipes of a terminal can be made on any source", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  for (const name of ["stdin", "stdout", "stdctrl", "heartbeat", "broadcast"]) {
    await service.call("PipeCreate", { handle: "nina", name });
    await service.call("Send", { handle: "nina", channel: name, payload: name });
    assertEquals(await payloads(service, { handle: "nina", channel: name }), [name]);
  }
});

serviceTest(server, "PipeDestroy removes a pipe with its messages", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina", manifold: "ops" });
  await service.call("PipeCreate", { handle: "nina", name: "log" });
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("PipeCreate", { handle: "", name: "lobby", manifold: "ops" });
  await service.call("SetNamespace", { namespace: "ops", session: "in" });
  const destroy = (bare_target: string, more: { session?: string; manifold?: string } = {}) =>
    service.call("PipeDestroy", { handle: "", name: "", bare_target, ...more });
  assertEquals(await service.call("PipeDestroy", { handle: "nina", name: "log" }), {
    handle: "nina",
    name: "log",
  });
  assertEquals(await destroy("lobby", { session: "in" }), {
    handle: "",
    manifold: "ops",
    name: "lobby",
  });
  assertEquals(
    await failure(destroy("lobby", { manifold: "ops" })),
    "E_PIPE_NOT_FOUND: uncollared pipe 'lobby' not found at manifold 'ops'",
  );
  assertEquals(await destroy("lobby"), { handle: "", name: "lobby" });
  assertEquals(
    await failure(destroy("lobby")),
    "E_PIPE_NOT_FOUND: uncollared pipe 'lobby' not found at root",
  );
  assertEquals(await failureCode(destroy("Lobby")), "E_INVALID_PIPE");
  const left = (await services.world.poolNames()).filter((name) => /log|lobby/.test(name));
  assertEquals(left, []);
});

serviceTest(server, "PipeDestroy says what is not there", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  const destroying = (handle: string, name: string) =>
    failure(service.call("PipeDestroy", { handle, name }));
  assertEquals(
    await destroying("nina", "log"),
    "E_PIPE_NOT_FOUND: pipe 'log' not found on source 'nina'",
  );
  assertEquals(await destroying("otto", "log"), "E_SOURCE_NOT_FOUND: source 'otto' not found");
});

serviceTest(server, "a pipe that came with its source stays listed, empty", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  await service.call("Send", { handle: "nina", channel: "inbox", payload: "x" });
  await service.call("PipeDestroy", { handle: "nina", name: "inbox" });
  const [{ pipe_infos }] = (await service.call("List", {})).sources;
  assertEquals(pipe_infos, [{ pipe: "inbox", total: 0, unread: 0 }]);
  const notFound = "E_PIPE_NOT_FOUND: pipe 'inbox' not found on source 'nina'";
  const place = { handle: "nina", channel: "inbox" };
  assertEquals(await failure(service.call("Send", { ...place, payload: "" })), notFound);
  assertEquals(await failure(payloads(service, place)), notFound);
  assertEquals(
    await failure(service.call("PipeDestroy", { handle: "nina", name: "inbox" })),
    notFound,
  );
});

serviceTest(server, "a pipe made anew has none of the old messages", async (services) => {
  const [one, two] = [await services.open(), await services.open()];
  for (const round of ["1", "2", "3"]) {
    const { stream_name } = await one.call("PipeCreate", { handle: "", name: "lobby" });
    assertMatch(stream_name, /lobby@\d+$/);
    // Both have used the pool of the round before.
    await two.call("Send", { bare_target: "lobby", payload: `two ${round}` });
    await one.call("Send", { bare_target: "lobby", payload: `one ${round}` });
    assertEquals(await payloads(one, lobby), [`two ${round}`, `one ${round}`]);
    const place = { handle: "", name: "", bare_target: "lobby" };
    await (round === "1" ? one : two).call("PipeDestroy", place);
    const sending = one.call("Send", { bare_target: "lobby", payload: "" });
    assertEquals(await failureCode(sending), "E_NO_CURRENT_SOURCE");
    assertEquals(await failureCode(payloads(one, lobby)), "E_PIPE_NOT_FOUND");
  }
  assert(!(await services.world.poolNames()).some((name) => name.includes("lobby")));
});
