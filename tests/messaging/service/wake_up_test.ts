/**
 * No message is missed by who waits, whenever it comes, however many wait and for however many
 * pipes; and waiting costs no processor.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { cpuUsage } from "node:process";
import type { ListReply, MessagingService } from "../../../messaging/internal_mod.ts";
import { sharedServer } from "../../nats/nats_server.ts";
import { payloads, serviceTest, within } from "./service_world.ts";

const server = sharedServer();

/** Rounds of one test; each has its own moment. */
const ROUNDS = 60;

/** How long a message is held back, at most: longer than a wait takes to begin. */
const DELAY_MAX_MS = 60;

/** Longer than a wait takes to follow some pipes and to look into each of them. */
const BEGINNING_MAX_MS = 300;

/** How long is looked on while nothing happens, and the part of a processor that may go into it. */
const IDLE_MS = 3000;
const IDLE_SHARE_MAX = 0.1;

function some<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)];
}

/** Lets a random time pass: a few turns of the event loop, or some milliseconds. */
async function aWhile(maxMs = DELAY_MAX_MS): Promise<void> {
  if (Math.random() < 0.3) {
    for (let i = Math.random() * 20; i > 0; i--) await Promise.resolve();
  } else {
    const ms = Math.random() * (Math.random() < 0.3 ? 3 : maxMs);
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

function unreadPipes({ uncollared_pipes = [] }: ListReply): string[] {
  return uncollared_pipes.filter(({ info }) => info.unread > 0).map(({ name }) => name);
}

/** Waits for something unread, by either method; one of them may wake for nothing. */
function unreadFound(service: MessagingService): Promise<string[]> {
  const waiting = waitForUnread(service);
  // A failure is for who waits for it, later.
  waiting.catch(() => {});
  return waiting;
}

async function waitForUnread(service: MessagingService): Promise<string[]> {
  const isSubs = Math.random() < 0.5;
  for (;;) {
    const names = unreadPipes(
      isSubs
        ? await service.call("SubsWait", {})
        : await service.call("ListWatch", { patterns: ["p*"] }),
    );
    if (names.length > 0) return names;
  }
}

async function createPipes(service: MessagingService, names: readonly string[]): Promise<void> {
  const rest = [...names];
  const createOn = async () => {
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      await service.call("PipeCreate", { handle: "", name, max_bytes: 8192 });
    }
  };
  await Promise.all(Array.from({ length: 8 }, createOn));
}

async function readPipe(service: MessagingService, name: string): Promise<void> {
  await payloads(service, { handle: "", channel: "", bare_target: name });
}

serviceTest(server, "a message is seen at whatever moment of a wait it comes", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  const names = ["p1", "p2", "p3"];
  await createPipes(other, names);
  await service.call("SubsAdd", { targets: ["p*"] });
  for (let round = 0; round < ROUNDS; round++) {
    const name = some(names);
    const waiting = unreadFound(some([service, service, await services.open()]));
    await aWhile();
    await other.call("Send", { bare_target: name, payload: `${round}` });
    assertEquals(await within(waiting, `round ${round}`), [name]);
    await readPipe(service, name);
  }
});

serviceTest(server, "a message to a pipe that is new to a wait is seen", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await createPipes(other, Array.from({ length: 40 }, (_, i) => `p-old-${i}`));
  await service.call("SubsAdd", { targets: ["p*"] });
  for (let round = 0; round < ROUNDS / 2; round++) {
    const waiting = unreadFound(service);
    await aWhile();
    const name = `p${round}`;
    await some([service, other]).call("PipeCreate", { handle: "", name });
    // What else the same process does must not take the news from who waits.
    if (Math.random() < 0.7) await service.call("List", {});
    await aWhile(BEGINNING_MAX_MS);
    await other.call("Send", { bare_target: name, payload: "" });
    assertEquals(await within(waiting, `round ${round}`), [name]);
    await readPipe(service, name);
    await other.call("PipeDestroy", { handle: "", name: "", bare_target: name });
  }
});

serviceTest(server, "pipes made anew at random wake who waits for them", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await service.call("SubsAdd", { targets: ["p*"] });
  for (let round = 0; round < ROUNDS / 2; round++) {
    await createPipes(other, ["p"]);
    const waiting = unreadFound(service);
    await aWhile();
    await other.call("PipeDestroy", { handle: "", name: "", bare_target: "p" });
    await aWhile();
    await createPipes(other, ["p"]);
    await aWhile();
    await other.call("Send", { bare_target: "p", payload: "" });
    assertEquals(await within(waiting, `round ${round}`), ["p"]);
    await other.call("PipeDestroy", { handle: "", name: "", bare_target: "p" });
  }
});

serviceTest(server, "a wait can be given up at any moment", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await createPipes(other, ["p1", "p2", "p3"]);
  await service.call("SubsAdd", { targets: ["p*"] });
  for (let round = 0; round < ROUNDS; round++) {
    const ending = new AbortController();
    const name = some(["ListWatch", "SubsWait"] as const);
    const waiting = service.call(name, {}, ending.signal).then(unreadPipes, (error) => error);
    await aWhile();
    const sending = some([undefined, other.call("Send", { bare_target: "p1", payload: "" })]);
    await aWhile();
    ending.abort();
    const outcome = await within(waiting, `round ${round}`);
    if (outcome !== ending.signal.reason) assertEquals(outcome, ["p1"]);
    await sending;
    await readPipe(service, "p1");
  }
});

serviceTest(server, "300 pipes are watched at once", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  const names = Array.from({ length: 300 }, (_, i) => `p${i}`);
  await createPipes(other, names);
  await service.call("SubsAdd", { targets: ["p*"] });
  for (let round = 0; round < 3; round++) {
    const name = some(names);
    const waiting = unreadFound(service);
    await aWhile();
    await other.call("Send", { bare_target: name, payload: "" });
    assertEquals(await within(waiting, `round ${round}`), [name]);
    await readPipe(service, name);
  }
});

serviceTest(server, "one message wakes all who wait", async (services) => {
  const service = await services.open();
  const other = await services.open({ home: "b" });
  await createPipes(other, ["p1", "p2"]);
  await service.call("SubsAdd", { targets: ["p*"] });
  const third = await services.open();
  const waiting = Array.from({ length: 60 }, (_, i) => unreadFound(i % 2 ? service : third));
  await aWhile();
  await other.call("Send", { bare_target: "p2", payload: "" });
  const all = await within(Promise.all(waiting), "all waits");
  assertEquals(all, waiting.map(() => ["p2"]));
});

serviceTest(server, "waiting takes next to no processor", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await createPipes(other, Array.from({ length: 20 }, (_, i) => `p${i}`));
  await service.call("SubsAdd", { targets: ["p*"] });
  const waiting = Array.from({ length: 5 }, () => unreadFound(service));
  // The waits have begun by the time that these are answered.
  for (let i = 0; i < 20; i++) await service.call("List", {});
  const before = cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const { user, system } = cpuUsage(before);
  const share = (user + system) / 1000 / IDLE_MS;
  assert(share < IDLE_SHARE_MAX, `waiting took ${(share * 100).toFixed(1)}% of a processor`);
  await other.call("Send", { bare_target: "p7", payload: "" });
  assertEquals(await within(Promise.all(waiting), "the waits"), waiting.map(() => ["p7"]));
});
