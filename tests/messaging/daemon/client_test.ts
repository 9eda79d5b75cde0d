/**
 * The client of the daemon: what it asks is what a service in this process is asked, and whatever
 * becomes of the daemon, the failure says what is known.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { IpcClient, type IpcClientOptions } from "../../../messaging/daemon/mod.ts";
import {
  MessagingError,
  READ_LINE_MAX_BYTES,
  type ReadEvent,
  type ReadRequest,
} from "../../../messaging/contracts/mod.ts";
import { within } from "../../cli/pls.ts";
import { Served } from "./served.ts";

const INBOX = { handle: "nina", channel: "inbox" } as const;

/** A daemon that answers each connection with what it is told, and then closes. */
class Fake implements AsyncDisposable {
  readonly path = `${Deno.makeTempDirSync({ prefix: "pls-fake-" })}/s`;
  readonly requests: string[] = [];
  readonly #listener = Deno.listen({ transport: "unix", path: this.path });
  readonly #serving: Promise<void>;
  readonly #held: Deno.Conn[] = [];

  /** `answer` undefined: it never answers, and keeps the connection. */
  constructor(answer: string | Uint8Array | undefined) {
    this.#serving = this.#serve(answer);
  }

  async #serve(answer: string | Uint8Array | undefined): Promise<void> {
    for await (const connection of this.#listener) {
      const buffer = new Uint8Array(65536);
      const count = await connection.read(buffer) ?? 0;
      this.requests.push(new TextDecoder().decode(buffer.subarray(0, count)));
      if (answer === undefined) this.#held.push(connection);
      else {
        const bytes = typeof answer === "string" ? new TextEncoder().encode(answer) : answer;
        // A client may have heard enough.
        await writeAll(connection, bytes).catch(() => {});
        connection.close();
      }
    }
  }

  client(options?: IpcClientOptions): IpcClient {
    return new IpcClient(this.path, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
    for (const connection of this.#held) connection.close();
    Deno.removeSync(this.path.slice(0, -2), { recursive: true });
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function failureOf(work: Promise<unknown>): Promise<MessagingError> {
  return await assertRejects(() => within("the failure", work), MessagingError);
}

async function allOf(reading: AsyncIterable<ReadEvent[]>): Promise<ReadEvent[]> {
  return (await Array.fromAsync(reading)).flat();
}

Deno.test("without a daemon every call is E_DAEMON_NOT_RUNNING", async () => {
  const dir = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${dir}/file`, "");
    // A socket outlives its listener under another name.
    const listener = Deno.listen({ transport: "unix", path: `${dir}/live` });
    Deno.renameSync(`${dir}/live`, `${dir}/stale`);
    listener.close();
    for (const name of ["missing", "file", "stale", "no/directory", "x".repeat(200)]) {
      const client = new IpcClient(`${dir}/${name}`);
      assertEquals((await failureOf(client.call("Status", {}))).code, "E_DAEMON_NOT_RUNNING");
      assertEquals((await failureOf(allOf(client.read(INBOX)))).code, "E_DAEMON_NOT_RUNNING");
    }
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test("replies and failures come as from a service in this process", async () => {
  await using served = await Served.open();
  const client = served.client();
  assertEquals((await client.call("Create", { handle: "nina" })).handle, "nina");
  const taken = await failureOf(client.call("Create", { handle: "nina" }));
  const here = await failureOf(served.messaging.call("Create", { handle: "nina" }));
  assertEquals([taken.code, taken.message], [here.code, here.message]);
  const sent = await client.call("Send", { ...INBOX, payload: "<&>\u2028" });
  const [event] = await allOf(client.read(INBOX));
  assertEquals([event.msg?.id, event.msg?.payload], [sent.id, "<&>\u2028"]);
  assertEquals(await allOf(client.read(INBOX)), []);
  const missing = { handle: "nobody", channel: "inbox" };
  assertEquals((await failureOf(allOf(client.read(missing)))).code, "E_SOURCE_NOT_FOUND");
});

Deno.test("a request is one line as the contract has it", async () => {
  await using fake = new Fake('{"result":{"entries":[]}}\n');
  assertEquals(await fake.client().call("Who", {}), { entries: [] });
  assertEquals(fake.requests, ['{"method":"Who","params":{}}\n']);
});

Deno.test("a reply is not waited for beyond the deadline", async () => {
  await using fake = new Fake(undefined);
  const client = fake.client({ deadlineMs: 100 });
  const failure = await failureOf(client.call("Status", {}));
  assertEquals([failure.code, failure.exitCode], ["E_DAEMON_TIMEOUT", 26]);
});

Deno.test("waits and readings have no deadline, and end with their signal", async () => {
  await using served = await Served.open();
  const client = served.client({ deadlineMs: 1 });
  await served.ask("Create", { handle: "nina" });
  for (const method of ["ListWatch", "SubsWait"] as const) {
    const ending = new AbortController();
    const call = client.call(method, { session: "other" }, ending.signal);
    // Far more than the deadline goes by until then.
    for (let i = 0; i < 20; i++) await served.ask("Status");
    ending.abort(new Error("enough"));
    await assertRejects(() => within("the end", call), Error, "enough");
    await assertRejects(() => client.call(method, {}, ending.signal), Error, "enough");
  }
  const ending = new AbortController();
  const reading = client.read({ ...INBOX, follow: true }, ending.signal);
  await served.ask("Send", { ...INBOX, payload: "one" });
  const got: ReadEvent[] = [];
  for await (const events of reading) {
    got.push(...events);
    ending.abort();
  }
  assertEquals(got.map(({ msg }) => msg?.payload), ["one"]);
  assertEquals(await allOf(client.read(INBOX, ending.signal)), []);
});

Deno.test("a consumer that stops closes the connection", async () => {
  await using served = await Served.open();
  await served.ask("Create", { handle: "nina" });
  await served.ask("Send", { ...INBOX, payload: "one" });
  for await (const _ of served.client().read({ ...INBOX, follow: true })) break;
  while (served.server.connectionCount > 0) await served.ask("Status");
});

Deno.test("a daemon that ends before it answers: a message may have been sent", async () => {
  for (const answer of ["", '{"result":{}']) {
    await using fake = new Fake(answer);
    const client = fake.client();
    assertEquals((await failureOf(client.call("List", {}))).code, "E_DAEMON_NOT_RUNNING");
    for (
      const work of [
        client.call("Send", { ...INBOX, payload: "x" }),
        client.call("SendBatch", { ...INBOX, payloads: ["x"] }),
      ]
    ) assertEquals((await failureOf(work)).code, "E_DELIVERY_UNCONFIRMED");
    // It is asked once, whatever happens.
    assertEquals(fake.requests.length, 3);
  }
});

Deno.test("a reply that can't be read is a failure without a code of the table", async () => {
  for (const answer of ["hello\n", "[]\n", '{"error":{}}\n', new Uint8Array([0xff, 10])]) {
    await using fake = new Fake(answer);
    const failure = await failureOf(fake.client().call("Status", {}));
    assertEquals([failure.code, failure.exitCode], ["E_PROTOCOL", 1]);
  }
});

/** An event with a message, as far as a client looks. */
function eventText(payload: string): string {
  return JSON.stringify({ msg: { payload } }) + "\n";
}

async function payloadsOf(
  answer: string | Uint8Array,
  request: Partial<ReadRequest> = {},
): Promise<unknown[]> {
  await using fake = new Fake(answer);
  const payloads: unknown[] = [];
  try {
    for await (const events of fake.client().read({ ...INBOX, ...request })) {
      payloads.push(...events.map(({ msg }) => msg?.payload));
    }
  } catch (error) {
    payloads.push(error instanceof MessagingError ? error.code : error);
  }
  return payloads;
}

Deno.test("lines of a reading that can't be read are passed over", async () => {
  const text = eventText("one") + 'x\n\n[]\nnull\n7\n{"msg":\n' + eventText("two");
  assertEquals(await payloadsOf(text), ["one", "two"]);
  const bytes = new TextEncoder().encode(eventText("one") + "?\n" + eventText("two"));
  bytes[bytes.indexOf("?".charCodeAt(0))] = 0xff;
  assertEquals(await payloadsOf(bytes), ["one", "two"]);
});

Deno.test("an error ends a reading, behind what came before it", async () => {
  const error = '{"error":{"code":"E_PIPE_NOT_FOUND","message":"gone"}}\n';
  assertEquals(await payloadsOf(eventText("one") + error + eventText("two")), [
    "one",
    "E_PIPE_NOT_FOUND",
  ]);
});

Deno.test("lines of a reading may have 4 MiB, and no more", async () => {
  const frame = eventText("").length - 1;
  const longest = "x".repeat(READ_LINE_MAX_BYTES - frame);
  assertEquals(await payloadsOf(eventText(longest)), [longest]);
  const [first, ...others] = await payloadsOf(eventText("one") + eventText(longest + "x"));
  assert(first === "one" || first === "E_PROTOCOL");
  assertEquals(others.every((other) => other === "E_PROTOCOL"), true);
});

Deno.test("a reading that follows fails when the daemon ends; one that is cut off as well", async () => {
  assertEquals(await payloadsOf(eventText("one")), ["one"]);
  assertEquals(await payloadsOf(eventText("one"), { follow: true }), [
    "one",
    "E_DAEMON_NOT_RUNNING",
  ]);
  assertEquals(await payloadsOf(eventText("one") + '{"msg":{"pay'), [
    "one",
    "E_DAEMON_NOT_RUNNING",
  ]);
});

Deno.test("a client that is closed ends what it asked", async () => {
  await using served = await Served.open();
  const client = served.client();
  const waiting = client.call("ListWatch", {});
  await served.ask("Status");
  await client[Symbol.asyncDispose]();
  assertEquals((await failureOf(waiting)).code, "E_DAEMON_NOT_RUNNING");
  assertEquals((await failureOf(client.call("Status", {}))).code, "E_DAEMON_NOT_RUNNING");
});
