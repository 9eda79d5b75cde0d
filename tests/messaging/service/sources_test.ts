/**
 * Sources, namespaces, and which of them a session has.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { CallName, Calls, SourceKind } from "../../../messaging/internal_mod.ts";
import { sharedServer } from "../../nats/nats_server.ts";
import { failure, failureCode, payloads, serviceTest } from "./service_world.ts";

const server = sharedServer();

serviceTest(server, "Status says what a session has and where the mesh is", async (services) => {
  const service = await services.open();
  const { account_id, ...status } = await service.call("Status", {});
  assert(/^[0-9a-f-]{36}$/.test(account_id ?? ""));
  assertEquals(status, {
    daemon_pid: 0,
    logged_in: true,
    url: services.world.where,
    login_check: "ok",
    current_path: `${services.homePath()}/current.json`,
  });
  await service.call("Create", { handle: "nina", session: "default" });
  await service.call("SetNamespace", { namespace: "ops.east", session: "" });
  const { current, current_namespace } = await service.call("Status", {});
  assertEquals({ current, current_namespace }, { current: "nina", current_namespace: "ops.east" });
  const other = await services.open({ home: "b" });
  assertEquals((await other.call("Status", {})).account_id, account_id);
  assertEquals((await other.call("Status", {})).current, undefined);
});

serviceTest(server, "Create makes a source, and the session's own", async (services) => {
  const service = await services.open({ createdBy: "ravi" });
  const account = (await service.call("Status", {})).account_id;
  assertEquals(await service.call("Create", { handle: "nina" }), {
    handle: "nina",
    subject: `${account}.nina.inbox`,
  });
  await service.call("SetNamespace", { namespace: "ops.east" });
  assertEquals(await service.call("Create", { handle: "otto" }), {
    handle: "otto",
    manifold: "ops.east",
    subject: `${account}.ops.east.otto.inbox`,
  });
  assertEquals(await service.call("Create", { handle: "pia", manifold: "hr", kind: "pty" }), {
    handle: "pia",
    manifold: "hr",
    subject: `${account}.hr.pia.inbox`,
  });
  // A shared terminal does not become the current source of whoever shares it.
  assertEquals((await service.call("Status", {})).current, "otto");
  const { sources } = await service.call("List", {});
  assertEquals(
    sources.map(({ handle, manifold, kind, created_by }) => ({
      handle,
      manifold,
      kind,
      created_by,
    })),
    [
      { handle: "nina", manifold: undefined, kind: "message", created_by: "ravi" },
      { handle: "pia", manifold: "hr", kind: "pty", created_by: "ravi" },
      { handle: "otto", manifold: "ops.east", kind: "message", created_by: "ravi" },
    ],
  );
});

serviceTest(server, "Create refuses what can't be, and changes nothing then", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina", session: "a" });
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("PipeCreate", { handle: "", name: "hall", manifold: "ops" });
  const creating = (handle: string, more: { manifold?: string; kind?: SourceKind } = {}) =>
    failure(service.call("Create", { handle, ...more }));
  assertEquals(
    await creating("nina"),
    "E_SOURCE_TAKEN: source 'nina' already exists in this account",
  );
  assertEquals(
    await creating("lobby"),
    "E_NAME_TAKEN: name 'lobby' is already taken by uncollared pipe at root",
  );
  assertEquals(
    await creating("ops"),
    "E_NAME_TAKEN: manifold path 'ops' is reserved by source 'ops' at root",
  );
  assert((await creating("Nina")).startsWith("E_INVALID_HANDLE: invalid handle 'Nina'"));
  assert((await creating("inbox")).startsWith("E_INVALID_HANDLE: "));
  assert((await creating("a", { manifold: "ops.stdin" })).startsWith("E_INVALID_MANIFOLD: "));
  assert((await creating("a", { manifold: "ops..x" })).startsWith("E_INVALID_MANIFOLD: "));
  const kind = "robot" as SourceKind;
  assert((await creating("a", { kind })).startsWith("E_INVALID_KIND: "));
  assertEquals((await service.call("Status", {})).current, undefined);
  assertEquals((await service.call("List", {})).sources.map(({ handle }) => handle), ["nina"]);
});

serviceTest(server, "an empty kind is none, as an empty manifold is", async (services) => {
  const service = await services.open();
  await service.call("SetNamespace", { namespace: "ops" });
  const empty = { kind: "" as SourceKind, manifold: "" };
  assertEquals((await service.call("Create", { handle: "nina", ...empty })).manifold, "ops");
  assertEquals((await service.call("List", {})).sources[0].kind, "message");
});

serviceTest(server, "Switch takes a source that is there", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina", session: "a" });
  assertEquals(await service.call("Switch", { handle: "nina" }), { handle: "nina" });
  assertEquals((await service.call("Status", {})).current, "nina");
  const unknown = service.call("Switch", { handle: "Not a name" });
  assertEquals(await failure(unknown), "E_SOURCE_NOT_FOUND: source 'Not a name' not found");
  assertEquals((await service.call("Status", {})).current, "nina");
});

serviceTest(server, "Switch sees what another process has just made", async (services) => {
  const [one, two] = [await services.open(), await services.open({ home: "b" })];
  await one.call("List", {});
  await two.call("Create", { handle: "nina" });
  await one.call("Switch", { handle: "nina" });
  await two.call("SourceDestroy", { handle: "nina" });
  assertEquals(await failureCode(one.call("Switch", { handle: "nina" })), "E_SOURCE_NOT_FOUND");
});

serviceTest(server, "Connect creates at the root what is not there", async (services) => {
  const service = await services.open();
  await service.call("SetNamespace", { namespace: "ops" });
  assertEquals(await service.call("Connect", { handle: "nina" }), { handle: "nina" });
  assertEquals(await service.call("Connect", { handle: "nina", session: "b" }), { handle: "nina" });
  const { sources } = await service.call("List", {});
  assertEquals(sources.map(({ handle, manifold, kind }) => [handle, manifold, kind]), [
    ["nina", undefined, "message"],
  ]);
  assertEquals((await service.call("Status", { session: "b" })).current, "nina");
  const invalid = await failure(service.call("Connect", { handle: "Nina" }));
  assert(invalid.startsWith("E_INVALID_HANDLE: invalid handle: "), invalid);
});

serviceTest(server, "whoever connects at once gets the same source", async (services) => {
  const homes = ["a", "b", "c", "d"];
  const sides = await Promise.all(homes.map((home) => services.open({ home })));
  const replies = await Promise.all(sides.map((side) => side.call("Connect", { handle: "nina" })));
  assertEquals(replies, homes.map(() => ({ handle: "nina" })));
  const { sources } = await sides[0].call("List", {});
  assertEquals(sources.map(({ handle }) => handle), ["nina"]);
});

serviceTest(server, "Disconnect leaves the source, and can be done again", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  assertEquals(await service.call("Disconnect", {}), {});
  assertEquals(await service.call("Disconnect", {}), {});
  assertEquals((await service.call("Status", {})).current, undefined);
  assertEquals((await service.call("List", {})).sources.length, 1);
});

serviceTest(server, "a namespace is checked, kept, and left again", async (services) => {
  const service = await services.open();
  const namespace = async () => (await service.call("Status", {})).current_namespace;
  const set = (namespace: string) => service.call("SetNamespace", { namespace });
  assertEquals(await set("nobody.knows-it"), { namespace: "nobody.knows-it" });
  for (const wrong of ["Ops", "ops.", ".ops", "ops.inbox", "a..b", "x".repeat(33)]) {
    assertEquals(await failureCode(set(wrong)), "E_INVALID_MANIFOLD");
  }
  assertEquals(await namespace(), "nobody.knows-it");
  assertEquals((await service.call("Status", { session: "b" })).current_namespace, undefined);
  assertEquals(await set(""), { namespace: "" });
  assertEquals(await namespace(), undefined);
  await set("ops");
  assertEquals(await service.call("UnsetNamespace", {}), {});
  assertEquals(await service.call("UnsetNamespace", {}), {});
  assertEquals(await namespace(), undefined);
});

serviceTest(server, "SourceDestroy leaves no trace of a source", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina", manifold: "ops", session: "a" });
  await service.call("PipeCreate", { handle: "nina", name: "log" });
  await service.call("Switch", { handle: "nina", session: "b" });
  await service.call("Create", { handle: "otto", session: "c" });
  await service.call("SubsAdd", { targets: ["nina.inbox", "nina.log", "n*"], session: "c" });
  await service.call("Send", { handle: "nina", channel: "log", payload: "gone" });
  assertEquals(await service.call("SourceDestroy", { handle: "nina" }), {
    handle: "nina",
    manifold: "ops",
  });
  const currents = await Promise.all(["a", "b", "c"].map(async (session) => {
    return (await service.call("Status", { session })).current;
  }));
  assertEquals(currents, [undefined, undefined, "otto"]);
  const subscriptions = await Promise.all(["a", "b", "c", "nina"].map(async (session) => {
    return (await service.call("SubsList", { session })).subscriptions ?? [];
  }));
  assertEquals(subscriptions, [[], [], ["n*", "nina.log", "otto.inbox"], []]);
  assertEquals((await service.call("List", {})).sources.map(({ handle }) => handle), ["otto"]);
  const pools = (await services.world.poolNames()).filter((name) => name.includes("nina"));
  assertEquals(pools, []);
  const again = service.call("SourceDestroy", { handle: "nina" });
  assertEquals(await failure(again), "E_SOURCE_NOT_FOUND: source 'nina' not found");
  await service.call("Create", { handle: "nina" });
  assertEquals(await service.call("SourceDestroy", { handle: "nina" }), { handle: "nina" });
});

serviceTest(server, "a source made anew has none of the old messages", async (services) => {
  const service = await services.open();
  const inbox = { handle: "nina", channel: "inbox" };
  for (const round of ["1", "2", "3"]) {
    await service.call("Create", { handle: "nina" });
    await service.call("Send", { ...inbox, payload: round });
    assertEquals(await payloads(service, inbox), [round]);
    await service.call("SourceDestroy", { handle: "nina" });
    assertEquals(await failureCode(payloads(service, inbox)), "E_SOURCE_NOT_FOUND");
  }
});

serviceTest(server, "the methods of a daemon say that there is none", async (services) => {
  const service = await services.open();
  assertEquals(await failureCode(service.call("Diag", {})), "E_DAEMON_NOT_RUNNING");
  const names: CallName[] = ["Status", "List", "Who", "SubsList"];
  for (const name of names) await service.call(name, {} as Calls[CallName][0]);
});
