/**
 * Waiting for messages, with `ListWatch` and `SubsWait`: whatever is unread ends a wait at once, and
 * whatever comes ends it then.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ListReply, MessagingService, PipeInfo } from "../../../messaging/internal_mod.ts";
import { sharedServer } from "../../nats/nats_server.ts";
import { failure, payloads, serviceTest, within } from "./service_world.ts";

const server = sharedServer();

/** The paths of pipes that a reply says are unread, with how many messages are. */
function unread({ sources, uncollared_pipes = [] }: ListReply): Record<string, number> {
  const rows = [
    ...sources.flatMap(({ handle, pipe_infos = [] }) =>
      pipe_infos.map((info): [string, PipeInfo] => [`${handle}.${info.pipe}`, info])
    ),
    ...uncollared_pipes.map(({ info }): [string, PipeInfo] => [info.pipe, info]),
  ];
  const found = rows.filter(([, info]) => info.unread > 0);
  return Object.fromEntries(found.map(([path, info]) => [path, info.unread]));
}

/** Waits as long as it is woken for nothing, which it may be. */
function watched(service: MessagingService, patterns: string[]): Promise<ListReply> {
  const waiting = watchOn(service, patterns);
  // A failure is for who waits for it, later.
  waiting.catch(() => {});
  return waiting;
}

async function watchOn(service: MessagingService, patterns: string[]): Promise<ListReply> {
  for (;;) {
    const reply = await service.call("ListWatch", { patterns });
    if (Object.keys(unread(reply)).length > 0) return reply;
  }
}

/** Whether `work` goes on when all that is going on has had the time to end it. */
async function goesOn(work: Promise<unknown>, service: MessagingService): Promise<boolean> {
  let isOver = false;
  work.then(() => isOver = true, () => isOver = true);
  for (let i = 0; i < 20; i++) await service.call("List", {});
  return !isOver;
}

serviceTest(server, "a watch replies at once when something is unread", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina", manifold: "ops" });
  await service.call("PipeCreate", { handle: "nina", name: "log" });
  await service.call("PipeCreate", { handle: "", name: "lobby", manifold: "ops" });
  await service.call("Send", { handle: "nina", channel: "log", payload: "1" });
  await service.call("Send", { handle: "nina", channel: "log", payload: "2" });
  const paths = async (...patterns: string[]) => {
    const { sources, uncollared_pipes = [] } = await service.call("ListWatch", { patterns });
    return [
      ...sources.flatMap(({ pipe_infos = [] }) => pipe_infos.map(({ pipe }) => pipe)),
      ...uncollared_pipes.map(({ info }) => info.pipe),
    ];
  };
  // Again and again, as nothing is read.
  assertEquals(await paths(), ["inbox", "log", "ops.lobby"]);
  assertEquals(await paths(), ["inbox", "log", "ops.lobby"]);
  assertEquals(await paths("nina"), ["inbox", "log"]);
  assertEquals(await paths("log", "nobody"), ["log"]);
  assertEquals(await paths("n*.l%", "[broken"), ["log"]);
  assertEquals(await paths("ni?a.log", "ops.*"), ["log", "ops.lobby"]);
  const { sources } = await service.call("ListWatch", { patterns: ["log"] });
  assertEquals(unread({ sources }), { "nina.log": 2 });
});

serviceTest(server, "a watch waits for what its patterns match", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  for (const name of ["lobby", "hall"]) await other.call("PipeCreate", { handle: "", name });
  const waiting = watched(service, ["hall"]);
  await other.call("Send", { bare_target: "lobby", payload: "" });
  assert(await goesOn(waiting, service));
  await other.call("Send", { bare_target: "hall", payload: "" });
  assertEquals(unread(await within(waiting, "the watch")), { hall: 1 });
});

serviceTest(server, "a watch wakes for what somebody else has read", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await other.call("PipeCreate", { handle: "", name: "lobby" });
  await other.call("Send", { bare_target: "lobby", payload: "0" });
  const place = { handle: "", channel: "", bare_target: "lobby" };
  assertEquals(await payloads(service, place), ["0"]);
  const waiting = service.call("ListWatch", {});
  await other.call("Send", { bare_target: "lobby", payload: "1" });
  await payloads(other, place);
  assertEquals(unread(await within(waiting, "the watch")), { lobby: 1 });
});

serviceTest(server, "a watch sees pipes and sources that come later", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  const all = watched(service, []);
  const one = watched(service, ["nina.inbox"]);
  assert(await goesOn(all, service));
  await other.call("Create", { handle: "otto" });
  await other.call("Create", { handle: "nina" });
  assert(await goesOn(one, service));
  await other.call("Send", { handle: "nina", channel: "inbox", payload: "" });
  assertEquals(unread(await within(one, "the watch of one")), { "nina.inbox": 1 });
  assertEquals(unread(await within(all, "the watch of all")), { "nina.inbox": 1 });
});

serviceTest(server, "a pipe that is removed does not end a watch", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  for (const name of ["lobby", "hall"]) await other.call("PipeCreate", { handle: "", name });
  const waiting = watched(service, []);
  assert(await goesOn(waiting, service));
  await other.call("PipeDestroy", { handle: "", name: "", bare_target: "lobby" });
  assert(await goesOn(waiting, service));
  await other.call("PipeCreate", { handle: "", name: "lobby" });
  assert(await goesOn(waiting, service));
  await other.call("Send", { bare_target: "lobby", payload: "" });
  assertEquals(unread(await within(waiting, "the watch")), { lobby: 1 });
});

serviceTest(server, "a wait ends with its signal, and says what that says", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  const reason = new Error("enough");
  for (const name of ["ListWatch", "SubsWait"] as const) {
    const early = service.call(name, {}, AbortSignal.abort(reason));
    assertEquals(await assertRejects(() => early), reason);
    const ending = new AbortController();
    const waiting = service.call(name, {}, ending.signal);
    assert(await goesOn(waiting, service));
    ending.abort(reason);
    assertEquals(await assertRejects(() => waiting), reason);
    // In the middle of its beginning as well.
    const atOnce = new AbortController();
    const beginning = service.call(name, {}, atOnce.signal);
    atOnce.abort(reason);
    assertEquals(await assertRejects(() => beginning), reason);
  }
});

serviceTest(server, "a wait ends when its service is closed", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  const follow = { handle: "nina", channel: "inbox", follow: true };
  const waits = [
    failure(service.call("ListWatch", {})),
    failure(service.call("SubsWait", {}, new AbortController().signal)),
  ];
  const following = Array.fromAsync(service.read(follow));
  assert(await goesOn(Promise.race([...waits, following]), service));
  await service[Symbol.asyncDispose]();
  for (const wait of waits) await within(wait, "a wait");
  await within(Promise.allSettled([following]), "the follow");
});

serviceTest(server, "SubsWait gives what is subscribed and unread", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await service.call("Create", { handle: "nina" });
  for (const name of ["lobby", "hall", "hall-2"]) {
    await other.call("PipeCreate", { handle: "", name });
  }
  await service.call("SubsAdd", { targets: ["hall*", "hall-2", "not-there-yet"] });
  const waiting = service.call("SubsWait", {});
  await other.call("Send", { bare_target: "lobby", payload: "not subscribed" });
  assert(await goesOn(waiting, service));
  await other.call("Send", { bare_target: "hall-2", payload: "x" });
  const reply = await within(waiting, "the wait");
  assertEquals(unread(reply), { "hall-2": 1 });
  assertEquals(reply.subscriptions, ["hall*", "hall-2", "nina.inbox", "not-there-yet"]);
  assertEquals(reply.sources, []);
  assertEquals(
    reply.uncollared_pipes?.map(({ info }) => [info.pipe, info.matched_by]),
    [["hall-2", ["hall*", "hall-2"]]],
  );
  await payloads(service, { handle: "", channel: "", bare_target: "hall-2" });
  const again = service.call("SubsWait", {});
  await other.call("PipeCreate", { handle: "", name: "not-there-yet" });
  assert(await goesOn(again, service));
  await other.call("Send", { bare_target: "not-there-yet", payload: "x" });
  assertEquals(unread(await within(again, "the wait")), { "not-there-yet": 1 });
});

serviceTest(server, "SubsWait goes on when what woke it was read by then", async (services) => {
  const [service, other] = [await services.open(), await services.open()];
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("SubsAdd", { targets: ["lobby"] });
  const place = { handle: "", channel: "", bare_target: "lobby" };
  // A reader of the same session follows; it is asked for the next message, and so reads at once.
  const ending = new AbortController();
  const following = (async () => {
    for await (const _portion of other.read({ ...place, follow: true }, ending.signal));
  })();
  const waiting = service.call("SubsWait", {});
  waiting.catch(() => {});
  await service.call("Send", { bare_target: "lobby", payload: "1" });
  ending.abort();
  await following;
  await service.call("Send", { bare_target: "lobby", payload: "2" });
  const found = unread(await within(waiting, "the wait"));
  assert(found.lobby === 1 || found.lobby === 2, JSON.stringify(found));
});

serviceTest(server, "SubsWait hears of what is subscribed while it waits", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("SendBatch", { bare_target: "lobby", payloads: ["a"] });
  const waiting = service.call("SubsWait", {});
  waiting.catch(() => {});
  await service.call("SubsAdd", { targets: ["lobby"] });
  assertEquals(unread(await within(waiting, "what was subscribed")), { lobby: 1 });
});
