/**
 * What a session is subscribed to.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { sharedServer } from "../../nats/nats_server.ts";
import { failureCode, serviceTest } from "./service_world.ts";

const server = sharedServer();

serviceTest(server, "a source comes with a subscription to its inbox", async (services) => {
  const service = await services.open();
  const subs = async (session: string) =>
    (await service.call("SubsList", { session })).subscriptions ?? [];
  await service.call("Create", { handle: "nina", session: "a" });
  assertEquals(await subs("a"), ["nina.inbox"]);
  assertEquals(await subs("nina"), ["nina.inbox"]);
  await service.call("Create", { handle: "pia", kind: "pty", session: "a" });
  assertEquals(await subs("a"), ["nina.inbox"]);
  assertEquals(await subs("pia"), ["pia.inbox"]);
  await service.call("Switch", { handle: "nina", session: "b" });
  assertEquals(await subs("b"), ["nina.inbox"]);
  await service.call("Connect", { handle: "otto", session: "b" });
  assertEquals(await subs("b"), ["nina.inbox", "otto.inbox"]);
  assertEquals(await subs("otto"), ["otto.inbox"]);
});

serviceTest(
  server,
  "SubsAdd keeps targets once, sorted, and resolves short ones",
  async (services) => {
    const service = await services.open();
    const add = async (...targets: string[]) => (await service.call("SubsAdd", { targets })).subs;
    assertEquals(await failureCode(add("inbox")), "E_NO_CURRENT_SOURCE");
    assertEquals(await add("zoo", "abe.log", "zoo"), ["abe.log", "zoo"]);
    await service.call("SetNamespace", { namespace: "ops.east" });
    assertEquals(await add("lobby"), ["abe.log", "ops.east.lobby", "zoo"]);
    await service.call("Create", { handle: "nina" });
    assertEquals(await add("inbox", "n*", "[a-c]%"), [
      ...["[a-c]%", "abe.log", "n*", "nina.inbox", "ops.east.lobby", "zoo"],
    ]);
    for (const wrong of ["A", "a..b", ".a", "a.", "", "a/b", "[a"]) {
      assertEquals(await failureCode(add("fine", wrong)), "E_INVALID_PIPE", wrong);
    }
    // All of them or none.
    assertEquals((await add()).includes("fine"), false);
  },
);

serviceTest(server, "SubsList gives what is matched, and by what", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina", manifold: "hr" });
  await service.call("PipeCreate", { handle: "nina", name: "log" });
  await service.call("PipeCreate", { handle: "nina", name: "other" });
  for (const manifold of ["", "ops"]) {
    await service.call("PipeCreate", { handle: "", name: "lobby", manifold });
  }
  await service.call("SubsAdd", { targets: ["nina.log", "*.lo?", "ops.lobby", "nobody.inbox"] });
  await service.call("Send", { handle: "nina", channel: "log", payload: "x" });
  const { sources, uncollared_pipes, subscriptions } = await service.call("SubsList", {});
  assertEquals(subscriptions, ["*.lo?", "nina.inbox", "nina.log", "nobody.inbox", "ops.lobby"]);
  assertEquals(
    sources.map(({ handle, pipe_infos = [] }) => [
      handle,
      pipe_infos.map(({ pipe, matched_by, unread }) => [pipe, matched_by, unread]),
    ]),
    [["nina", [["inbox", ["nina.inbox"], 0], ["log", ["*.lo?", "nina.log"], 1]]]],
  );
  assertEquals(
    uncollared_pipes?.map(({ info }) => [info.pipe, info.matched_by]),
    [["ops.lobby", ["ops.lobby"]]],
  );
});

serviceTest(server, "SubsRemove says what became of each target", async (services) => {
  const service = await services.open();
  await service.call("SubsAdd", { targets: ["lobby", "l*", "hall", "h%", "[hk]all"] });
  const { subs, outcomes } = await service.call("SubsRemove", {
    targets: ["lobby", "hall", "never", "h%"],
  });
  assertEquals(subs, ["[hk]all", "l*"]);
  assertEquals(outcomes, [
    { target: "lobby", removed: true, covered_by_pattern: "l*" },
    { target: "hall", removed: true, covered_by_pattern: "[hk]all" },
    { target: "never", removed: false },
    { target: "h%", removed: true },
  ]);
});

serviceTest(server, "the own inbox is left only by force", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina", session: "a" });
  await service.call("SubsAdd", { targets: ["lobby"], session: "a" });
  const remove = async (targets: string[], force = false) =>
    (await service.call("SubsRemove", { targets, force, session: "a" })).subs;
  assertEquals(await failureCode(remove(["lobby", "inbox"])), "E_OWN_INBOX");
  assertEquals(await failureCode(remove(["nina.inbox"])), "E_OWN_INBOX");
  // All of them or none.
  assertEquals((await service.call("SubsList", { session: "a" })).subscriptions, [
    "lobby",
    "nina.inbox",
  ]);
  assertEquals(await remove(["inbox"], true), ["lobby"]);
  assertEquals(await remove(["inbox"]), ["lobby"]);
});

serviceTest(
  server,
  "sessions have their own subscriptions, whatever their names",
  async (services) => {
    const service = await services.open();
    const sessions = ["default", "a/b", "..", "ü 🙂", "A", "a", "sid-7"];
    for (const [i, session] of sessions.entries()) {
      await service.call("SubsAdd", { targets: [`t${i}`], session });
    }
    for (const [i, session] of sessions.entries()) {
      assertEquals((await service.call("SubsList", { session })).subscriptions, [`t${i}`]);
    }
    assertEquals((await service.call("SubsList", {})).subscriptions, ["t0"]);
  },
);
