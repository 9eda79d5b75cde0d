/**
 * What waits and what streams: it ends with its client, it ends with the daemon, and a client that
 * does not read holds up nobody but itself.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { ReadEvent } from "../../../messaging/contracts/mod.ts";
import type { Messaging } from "../../../messaging/service/mod.ts";
import { within } from "../../cli/pls.ts";
import { Served } from "./served.ts";

const INBOX = { handle: "nina", channel: "inbox" } as const;

/** Tells of waits and readings that began and ended. */
class Observed {
  readonly begun: Event[] = [];
  readonly #waiting = new Set<() => void>();

  /** Has what begins and ends told to this. */
  around = (service: Messaging): Messaging => ({
    call: async (name, request, signal) => {
      const event = this.#begin(signal);
      try {
        return await service.call(name, request, signal);
      } finally {
        event.end();
      }
    },
    read: (request, signal) => this.#read(service, request, signal),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });

  async *#read(...[service, request, signal]: [Messaging, ...Parameters<Messaging["read"]>]) {
    const event = this.#begin(signal);
    try {
      for await (const events of service.read(request, signal)) {
        event.portions.push(events);
        yield events;
      }
    } finally {
      event.end();
    }
  }

  #begin(signal: AbortSignal | undefined): Event {
    const event = new Event(signal);
    this.begun.push(event);
    for (const look of [...this.#waiting]) look();
    return event;
  }

  /** The event number `at` from 0, once it has begun. */
  async nth(at: number): Promise<Event> {
    while (this.begun.length <= at) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await within(`call ${at}`, promise);
      this.#waiting.delete(resolve);
    }
    return this.begun[at];
  }
}

class Event {
  readonly signal: AbortSignal | undefined;
  readonly portions: ReadEvent[][] = [];
  readonly ended: Promise<void>;
  readonly end: () => void;

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.end = resolve;
  }
}

for (const method of ["ListWatch", "SubsWait", "Read"]) {
  const params = method === "Read" ? { ...INBOX, follow: true } : {};
  const goings: Record<string, string | undefined> = {
    "closes": undefined,
    "sends one byte more": "\n",
    "sends another request": '{"method":"Status","params":{}}\n',
  };
  for (const [how, more] of Object.entries(goings)) {
    Deno.test(`${method} ends when its client ${how}`, async () => {
      const observed = new Observed();
      await using served = await Served.open(observed.around);
      await served.ask("Create", { handle: "nina", session: "other" });
      const before = observed.begun.length;
      using raw = await served.connect();
      await raw.ask(method, params);
      const event = await observed.nth(before);
      if (more === undefined) raw[Symbol.dispose]();
      else {
        await raw.send(more);
        assertEquals(await raw.lines(), []);
      }
      await within("the end", event.ended);
      assert(event.signal?.aborted);
    });
  }

  Deno.test(`${method} with more behind its line is not begun`, async () => {
    const observed = new Observed();
    await using served = await Served.open(observed.around);
    using raw = await served.connect();
    await raw.send(JSON.stringify({ method, params }) + "\n\n");
    assertEquals(await raw.lines(), []);
    assertEquals(observed.begun.length, 0);
  });
}

Deno.test("ListWatch answers when something comes, once", async () => {
  const observed = new Observed();
  await using served = await Served.open(observed.around);
  await served.ask("Create", { handle: "nina" });
  using raw = await served.connect();
  await raw.ask("ListWatch", { patterns: ["nina.*"] });
  await observed.nth(1);
  await served.ask("Send", { ...INBOX, payload: "hello" });
  const { result } = JSON.parse(await raw.reply());
  assertEquals(result.sources[0].pipe_infos[0].payload, "hello");
});

Deno.test("Read with follow gives what comes, as it comes", async () => {
  await using served = await Served.open();
  await served.ask("Create", { handle: "nina" });
  await served.ask("Send", { ...INBOX, payload: "0" });
  using raw = await served.connect();
  await raw.ask("Read", { ...INBOX, follow: true });
  for (let i = 0; i < 5; i++) {
    assertEquals(JSON.parse(await raw.line() ?? "").msg.payload, String(i));
    await served.ask("Send", { ...INBOX, payload: String(i + 1) });
  }
  const [row] = (await served.ask("List")).sources[0].pipe_infos;
  assert(row.unread <= 1, `${row.unread} unread`);
});

Deno.test("a client that does not read holds one portion, and stops nobody", async () => {
  const observed = new Observed();
  await using served = await Served.open(observed.around);
  await served.ask("Create", { handle: "nina" });
  const payloads = Array.from({ length: 40 }, () => "x".repeat(50_000));
  for (let i = 0; i < 5; i++) await served.ask("SendBatch", { ...INBOX, payloads });
  const before = observed.begun.length;
  using slow = await served.connect();
  await slow.ask("Read", { ...INBOX, follow: true });
  const event = await observed.nth(before);
  // Others are answered, again and again, while it is not read.
  for (let i = 0; i < 50; i++) await served.ask("Status");
  const sentBytes = event.portions.flat().length * 50_000;
  assert(sentBytes < 6 * 2 ** 20, `${sentBytes} bytes are on their way`);
  const [row] = (await served.ask("List")).sources[0].pipe_infos;
  assert(row.unread > 80, `${row.unread} unread: what was not taken counts as delivered`);
  for (let i = 0; i < 200; i++) assert(await slow.line() !== undefined);
});

Deno.test("what a client was not written is not delivered, and comes again", async () => {
  await using served = await Served.open();
  await served.ask("Create", { handle: "nina" });
  const payloads = Array.from({ length: 60 }, (_, i) => String(i).padEnd(50_000, "x"));
  await served.ask("SendBatch", { ...INBOX, payloads });
  const first = await served.connect();
  await first.ask("Read", { ...INBOX });
  await first.line();
  first[Symbol.dispose]();
  while (served.server.connectionCount > 0) await served.ask("Status");
  using second = await served.connect();
  await second.ask("Read", { ...INBOX });
  const numbers = (await second.lines()).map((line) => parseInt(JSON.parse(line).msg.payload));
  // None is lost that was not in the buffer of the socket.
  assertEquals(numbers.at(-1), 59);
  assertEquals(numbers, Array.from({ length: numbers.length }, (_, i) => 60 - numbers.length + i));
  assert(numbers.length >= 40, `${numbers.length} came again`);
});

Deno.test("shutdown lets calls finish, and tells whoever waits", async () => {
  const gate = Promise.withResolvers<void>();
  const observed = new Observed();
  await using served = await Served.open((service) => {
    const slow: Messaging = {
      call: async (name, request, signal) => {
        if (name === "Send") await gate.promise;
        return await service.call(name, request, signal);
      },
      read: (request, signal) => service.read(request, signal),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    return observed.around(slow);
  });
  await served.ask("Create", { handle: "nina", session: "other" });
  using watch = await served.connect();
  await watch.ask("ListWatch", {});
  await observed.nth(1);
  using wait = await served.connect();
  await wait.ask("SubsWait", {});
  await observed.nth(2);
  using follow = await served.connect();
  await follow.ask("Read", { ...INBOX, follow: true });
  await observed.nth(3);
  using send = await served.connect();
  await send.ask("Send", { ...INBOX, payload: "last" });
  await observed.nth(4);
  const shutdown = served.server.shutdown(60_000);
  for (const raw of [watch, wait, follow]) {
    assertEquals(JSON.parse(await raw.reply()).error.code, "E_DAEMON_NOT_RUNNING");
  }
  gate.resolve();
  assertEquals(JSON.parse(await send.reply()).result.bytes, 4);
  await within("the shutdown", shutdown);
});

Deno.test("shutdown cuts off what does not finish in time", async () => {
  const gate = Promise.withResolvers<void>();
  await using served = await Served.open((service) => ({
    call: async (name, request, signal) => {
      if (name === "Send") await gate.promise;
      return await service.call(name, request, signal);
    },
    read: (request, signal) => service.read(request, signal),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }));
  using raw = await served.connect();
  await raw.ask("Send", { ...INBOX, payload: "x" });
  await served.ask("Status");
  const shutdown = served.server.shutdown(50);
  assertEquals(await within("the end", raw.lines()), []);
  await within("the shutdown", shutdown);
  gate.resolve();
});
