/**
 * Reading on: what is there first, then what comes, each message once, until somebody ends it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Messaging, ReadRequest } from "../../../messaging/internal_mod.ts";
import { sharedServer } from "../../nats/nats_server.ts";
import { eventually } from "../../server/eventually.ts";
import { failureCode, payloads, serviceTest, within } from "./service_world.ts";

const server = sharedServer();
const lobby = { handle: "", channel: "", bare_target: "lobby" };

/** A follow that takes whatever comes until it is ended. */
class Following implements AsyncDisposable {
  readonly payloads: string[] = [];
  /** Settled when it has ended, however it did. */
  readonly over: Promise<void>;
  readonly #ending = new AbortController();

  constructor(service: Messaging, request: Partial<ReadRequest> = {}) {
    this.over = this.#follow(service, { ...lobby, follow: true, ...request });
    this.over.catch(() => {});
  }

  async until(count: number): Promise<string[]> {
    await eventually(`${count} messages are read`, () => this.payloads.length >= count);
    return this.payloads;
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await within(this.over, "the end of a follow");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.over.catch(() => {});
  }

  async #follow(service: Messaging, request: ReadRequest): Promise<void> {
    for await (const portion of service.read(request, this.#ending.signal)) {
      this.payloads.push(...portion.flatMap(({ msg }) => msg?.payload ?? []));
    }
  }
}

serviceTest(
  server,
  "a follow gives what is unread, then what comes, once each",
  async (services) => {
    const [service, other] = [await services.open(), await services.open({ home: "b" })];
    await other.call("PipeCreate", { handle: "", name: "lobby" });
    const send = (...payloads: string[]) =>
      other.call("SendBatch", { bare_target: "lobby", payloads });
    await send("0", "1");
    await payloads(service, { ...lobby });
    await send("2", "3");
    await using following = new Following(service);
    assertEquals(await following.until(2), ["2", "3"]);
    await send("4");
    await send("5", "6");
    assertEquals(await following.until(5), ["2", "3", "4", "5", "6"]);
    await following.end();
    assertEquals(await payloads(service, lobby), []);
    await send("7");
    assertEquals(following.payloads.length, 5);
    assertEquals(await payloads(service, lobby), ["7"]);
  },
);

serviceTest(server, "a follow of what is read already replays nothing", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await other.call("PipeCreate", { handle: "", name: "lobby" });
  await other.call("SendBatch", { bare_target: "lobby", payloads: ["0", "1", "2"] });
  await payloads(service, lobby);
  await using following = new Following(service);
  await other.call("Send", { bare_target: "lobby", payload: "3" });
  assertEquals(await following.until(1), ["3"]);
});

serviceTest(server, "a follow shows only the last of the old ones", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await other.call("PipeCreate", { handle: "", name: "lobby" });
  await other.call("SendBatch", { bare_target: "lobby", payloads: ["0", "1", "2"] });
  await using following = new Following(service, { limit: 1 });
  await following.until(1);
  for (const payload of ["3", "4"]) await other.call("Send", { bare_target: "lobby", payload });
  assertEquals(await following.until(3), ["2", "3", "4"]);
  await following.end();
  assertEquals(await payloads(service, lobby), []);
});

serviceTest(server, "a follow leaves the cursor alone when it is told to", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await other.call("PipeCreate", { handle: "", name: "lobby" });
  await other.call("Send", { bare_target: "lobby", payload: "0" });
  for (const request of [{ no_advance: true }, { all: true }]) {
    await using following = new Following(service, request);
    await following.until(1);
    await other.call("Send", { bare_target: "lobby", payload: "1" });
    assertEquals((await following.until(2)).slice(0, 2), ["0", "1"]);
    await following.end();
    assertEquals((await payloads(service, { ...lobby, no_advance: true }))[0], "0");
  }
});

serviceTest(server, "a follow passes over what does not decode, for good", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await using following = new Following(service);
  await services.append("", "lobby", "null", "7");
  await service.call("Send", { bare_target: "lobby", payload: "0" });
  assertEquals(await following.until(1), ["0"]);
  await services.append("", "lobby", "null");
  await eventually("nothing is unread", async () => {
    const [{ info }] = (await service.call("List", {})).uncollared_pipes ?? [];
    return info.unread === 0 && info.total === 4;
  });
});

serviceTest(server, "a follow ends when its pipe is removed", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await other.call("PipeCreate", { handle: "", name: "lobby" });
  await other.call("Create", { handle: "nina" });
  await using one = new Following(service);
  await using two = new Following(service, { handle: "nina", channel: "inbox", bare_target: "" });
  await other.call("Send", { bare_target: "lobby", payload: "0" });
  await other.call("Send", { handle: "nina", channel: "inbox", payload: "0" });
  await Promise.all([one.until(1), two.until(1)]);
  await other.call("PipeDestroy", { handle: "", name: "", bare_target: "lobby" });
  assertEquals(await failureCode(within(one.over, "the end of the one")), "E_PIPE_NOT_FOUND");
  await other.call("SourceDestroy", { handle: "nina" });
  assertEquals(await failureCode(within(two.over, "the end of the other")), "E_PIPE_NOT_FOUND");
});

serviceTest(server, "a follow can end before it has begun", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("Send", { bare_target: "lobby", payload: "0" });
  const request = { ...lobby, follow: true };
  const early = await Array.fromAsync(service.read(request, AbortSignal.abort()));
  assertEquals(early, []);
  for (let turns = 0; turns < 40; turns++) {
    const ending = new AbortController();
    const reading = Array.fromAsync(service.read({ ...request, all: true }, ending.signal));
    for (let i = 0; i < turns; i++) await Promise.resolve();
    ending.abort();
    assert((await within(reading, `the end after ${turns} turns`)).length <= 1);
  }
  assertEquals(await payloads(service, lobby), ["0"]);
});

serviceTest(server, "nothing is lost or doubled where the old meets the new", async (services) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await other.call("PipeCreate", { handle: "", name: "lobby" });
  const sent: string[] = [];
  const taken: string[] = [];
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      const batch = Array.from({ length: 1 + sent.length % 4 }, (_, i) => `${sent.length + i}`);
      await other.call("SendBatch", { bare_target: "lobby", payloads: batch });
      sent.push(...batch);
      // Sending to a file takes no turn of the event loop, which those who read need.
      await new Promise((resolve) => setTimeout(resolve));
    }
  })();
  // Each follow is given up somewhere; the next one begins with what was not delivered.
  for (let round = 0; round < 25; round++) {
    let count = Math.floor(Math.random() * 12);
    for await (const portion of service.read({ ...lobby, follow: true }, undefined, 1)) {
      if (count-- === 0) break;
      taken.push(...portion.flatMap(({ msg }) => msg?.payload ?? []));
    }
  }
  isOver = true;
  await sending;
  taken.push(...await payloads(service, lobby));
  assertEquals(taken, sent);
});

serviceTest(server, "many follow one pipe, each for a session of its own", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  const texts = Array.from({ length: 200 }, (_, i) => `${i}`);
  await using stack = new AsyncDisposableStack();
  const all = Array.from(
    { length: 10 },
    (_, i) => stack.use(new Following(service, { session: `s${i}` })),
  );
  for (let at = 0; at < texts.length; at += 20) {
    await service.call("SendBatch", { bare_target: "lobby", payloads: texts.slice(at, at + 20) });
  }
  for (const following of all) assertEquals(await following.until(texts.length), texts);
});
