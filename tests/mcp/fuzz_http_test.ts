/**
 * Whatever is posted to `/mcp`, `pls serve` answers or refuses it, once, and goes on. More of it:
 * `deno test --allow-all tests/mcp/fuzz_http_test.ts -- --runs 500 --seed 7`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Client as McpClient, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import fc from "fast-check";
import { within } from "../cli/pls.ts";
import { Serving } from "../cli/serving.ts";
import { line, type ListedTool } from "./fuzz_messages.ts";
import { fuzzOptions } from "./fuzz_options.ts";
import { type Answer, assertDiscreet, FuzzPlace } from "./fuzz_process.ts";
import { expectationOfValue } from "./fuzz_rules.ts";

const MODERN = "2026-07-28";
const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientInfo": { name: "fuzz", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};
const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "fuzz", version: "1" },
  },
};

type Headers = Readonly<Record<string, string>>;

/** A running server, and ways to be rude to it. */
class HttpTarget implements AsyncDisposable {
  readonly #serving: Serving;

  private constructor(serving: Serving) {
    this.#serving = serving;
  }

  static async start({ place }: FuzzPlace, ...flags: string[]): Promise<HttpTarget> {
    return new HttpTarget(await Serving.start(place, ...flags));
  }

  /** Where it answers. */
  get url(): URL {
    return new URL(`${this.#serving.url}/mcp`);
  }

  /** Posts a body. */
  post(body: BodyInit, headers: Headers = {}, signal?: AbortSignal): Promise<Response> {
    const accept = "application/json, text/event-stream";
    const all = { "content-type": "application/json", accept, ...headers };
    return within("an answer", fetch(this.url, { method: "POST", body, headers: all, signal }));
  }

  /** Begins a session and returns the header that names it. */
  async session(): Promise<Headers> {
    const response = await this.post(JSON.stringify(INITIALIZE));
    await response.text();
    return { "mcp-session-id": response.headers.get("mcp-session-id")! };
  }

  /** Waits until it has given back all places, for waits and for other operations. */
  async idle(): Promise<void> {
    await this.untilTails(0);
  }

  /** Waits until so many places for waits are taken, and none for other operations. */
  async untilTails(count: number): Promise<void> {
    const asked = async () => {
      const response = await fetch(`${this.#serving.url}/metrics`);
      const text = await response.text();
      const taken = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)![1]);
      return taken("plasmite_tails") === count && taken("plasmite_operations") === 0;
    };
    const waiting = async () => {
      while (!await asked());
    };
    await within(`${count} places to be taken`, waiting());
  }

  /** Opens a connection and writes `text` to it. */
  async connection(text: string): Promise<Deno.Conn> {
    const connection = await Deno.connect({ hostname: this.url.hostname, port: +this.url.port });
    await connection.write(new TextEncoder().encode(text));
    return connection;
  }

  /** Fails unless a client that does everything right is served. */
  async assertServes(): Promise<void> {
    const client = new McpClient({ name: "polite", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(this.url));
    const pool = `after-${crypto.randomUUID()}`;
    const call = async (name: string, args: Record<string, unknown>) => {
      const { isError, structuredContent } = await client.callTool({ name, arguments: args });
      assert(isError !== true, JSON.stringify(structuredContent));
      return structuredContent as Record<string, unknown>;
    };
    await call("plasmite_feed", { pool, data: { all: "well" }, create: true });
    const { messages } = await call("plasmite_read", { pool });
    assertEquals((messages as { data: unknown }[])[0].data, { all: "well" });
    await call("plasmite_pool_delete", { pool });
    await client.close();
  }

  /** Stops it, and fails unless it ends well. */
  async finish(place: FuzzPlace): Promise<void> {
    this.#serving.process.signal("SIGTERM");
    const { code } = await this.#serving.process.status();
    const lines: string[] = [];
    for (let line; (line = await this.#serving.process.stderr.next()) !== undefined;) {
      lines.push(line);
    }
    assertDiscreet(lines.join("\n"));
    assertEquals(code, 0, lines.join("\n"));
    place.assertUntouched();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#serving[Symbol.asyncDispose]();
  }
}

/** All messages of an answer, which is JSON or a stream of events. */
function messagesIn(type: string | null, text: string): Answer[] {
  if (type?.startsWith("text/event-stream")) {
    return [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data));
  }
  return text === "" ? [] : [JSON.parse(text)].flat();
}

/** What answers by itself: not what stays open, and nothing that is in the way of others. */
function isAnsweredAtOnce(body: Uint8Array): boolean {
  return !new TextDecoder().decode(body).includes("subscriptions/listen");
}

/** Fails unless `body` was answered as it should be. */
async function assertAnswered(body: Uint8Array<ArrayBuffer>, response: Response): Promise<void> {
  const text = await within("the whole answer", response.text());
  assertDiscreet(text);
  const { status, headers } = response;
  assert(status < 500, `${status} ${text}`);
  if (status !== 200) {
    if (text !== "") JSON.parse(text);
    return;
  }
  const value = JSON.parse(new TextDecoder().decode(body));
  const expected = expectationOfValue(value);
  const ids = messagesIn(headers.get("content-type"), text)
    .filter(({ method }) => method === undefined)
    .map(({ id }) => id);
  if (expected.answer === "one" && !Array.isArray(value)) assertEquals(ids, [expected.id]);
  if (expected.answer === "none") assertEquals(ids, []);
}

async function listedTools(target: HttpTarget): Promise<ListedTool[]> {
  const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  const { result } = await (await target.post(JSON.stringify(list))).json();
  return result.tools;
}

/** The same body as one of the newest revision, with headers that say so; undefined for others. */
function modern(body: Uint8Array): { body: string; headers: Headers } | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
  const { method, params } = value ?? {};
  if (typeof method !== "string" || !/^[\w/]+$/.test(method)) return undefined;
  if (typeof params !== "object" || params === null || Array.isArray(params)) return undefined;
  const { name } = params as { name?: unknown };
  const isName = typeof name === "string" && /^\w{1,80}$/.test(name);
  const headers = { "mcp-protocol-version": MODERN, "mcp-method": method };
  return {
    body: JSON.stringify({ ...value, params: { ...params, _meta: ENVELOPE } }),
    headers: isName ? { ...headers, "mcp-name": name } : headers,
  };
}

Deno.test("everything that is posted gets one answer, in and out of sessions, in any revision", async () => {
  await using place = new FuzzPlace();
  await using target = await HttpTarget.start(place);
  const tools = await listedTools(target);
  const bodies = fc.array(line(tools).filter(isAnsweredAtOnce), { minLength: 1, maxLength: 8 });
  let session = await target.session();
  const property = fc.asyncProperty(bodies, async (bodies) => {
    const encoder = new TextEncoder();
    const answered = bodies.flatMap((line) => {
      const body = new Uint8Array(line);
      const posts = [target.post(body), target.post(body, session)]
        .map(async (response) => await assertAnswered(body, await response));
      const newest = modern(body);
      if (newest === undefined) return posts;
      const bytes = encoder.encode(newest.body);
      const post = target.post(bytes, newest.headers);
      return [...posts, post.then((response) => assertAnswered(bytes, response))];
    });
    await Promise.all(answered);
    // A message may have ended it.
    session = await target.session();
  });
  await fc.assert(property, { ...fuzzOptions(), endOnFailure: true });
  await target.idle();
  await target.assertServes();
  await target.finish(place);
});

Deno.test("odd headers are refused: sessions, revisions, types, origins", async () => {
  await using place = new FuzzPlace();
  await using target = await HttpTarget.start(place);
  const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
  const session = await target.session();
  const odd: readonly [number, Headers][] = [
    [404, { "mcp-session-id": "nobody" }],
    [404, { "mcp-session-id": "__proto__" }],
    [404, { "mcp-session-id": "" }],
    [404, { "mcp-session-id": "x".repeat(4000) }],
    [404, { "mcp-session-id": `${session["mcp-session-id"]}, nobody` }],
    [400, { "mcp-protocol-version": "1999-01-01" }],
    [400, { "mcp-protocol-version": "x".repeat(4000) }],
    [400, { "mcp-protocol-version": MODERN }],
    [400, { ...session, "mcp-protocol-version": MODERN }],
    [415, { "content-type": "text/plain" }],
    [403, { origin: "http://elsewhere.example" }],
    [403, { origin: "null" }],
  ];
  for (const [status, headers] of odd) {
    const response = await target.post(ping, headers);
    const text = await response.text();
    assertEquals(response.status, status, `${JSON.stringify(headers)}: ${text}`);
    assertDiscreet(text);
  }
  for (const method of ["GET", "DELETE", "PUT", "PATCH", "OPTIONS"]) {
    const response = await fetch(target.url, { method });
    await response.body?.cancel();
    assert(response.status >= 400 && response.status < 500, `${method}: ${response.status}`);
  }
  await target.assertServes();
  await target.finish(place);
});

Deno.test("requests that are cut off, too large or never finished take nothing for good", async () => {
  await using place = new FuzzPlace();
  await using target = await HttpTarget.start(place);
  const head =
    `POST /mcp HTTP/1.1\r\nhost: ${target.url.host}\r\ncontent-type: application/json\r\n`;
  const halves = [
    "POST /mcp HT",
    head,
    `${head}content-length: 1000\r\n\r\n{"jsonrpc"`,
    `${head}transfer-encoding: chunked\r\n\r\n5\r\n{"jso`,
    `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`,
    `${head}content-length: -1\r\n\r\n`,
    "\0\0\0\0\r\n\r\n",
  ];
  const connections = await Promise.all(halves.map((text) => target.connection(text)));
  await target.assertServes();
  for (const connection of connections) connection.close();
  const tooLarge = await target.post(`{"x":"${"x".repeat(9_000_000)}"}`).catch(() => undefined);
  await tooLarge?.body?.cancel();
  await target.idle();
  await target.assertServes();
  await target.finish(place);
});

const WAIT = { name: "plasmite_wait", arguments: { pool: "empty", timeout_ms: 60_000 } };

/** Requests that stay open, by what sends them. */
const STAYING: readonly [string, (target: HttpTarget) => Promise<[unknown, Headers]>][] = [
  ["an older client without a session", () => {
    return Promise.resolve([{ id: 1, method: "tools/call", params: WAIT }, {}]);
  }],
  ["an older client that is told of progress", () => {
    const params = { ...WAIT, _meta: { progressToken: 1 } };
    return Promise.resolve([{ id: 1, method: "tools/call", params }, {}]);
  }],
  ["a client of the newest revision", () => {
    const headers = {
      "mcp-protocol-version": MODERN,
      "mcp-method": "tools/call",
      "mcp-name": WAIT.name,
    };
    const params = { ...WAIT, _meta: ENVELOPE };
    return Promise.resolve([{ id: 1, method: "tools/call", params }, headers]);
  }],
  ["a client that listens", () => {
    const method = "subscriptions/listen";
    const headers = { "mcp-protocol-version": MODERN, "mcp-method": method };
    const notifications = { resourceSubscriptions: ["plasmite:///pools/busy"] };
    return Promise.resolve([
      { id: 1, method, params: { notifications, _meta: ENVELOPE } },
      headers,
    ]);
  }],
];

for (const [who, request] of STAYING) {
  Deno.test(`${who} that leaves gives back its place at once`, async () => {
    await using place = new FuzzPlace();
    await using target = await HttpTarget.start(place);
    const [message, headers] = await request(target);
    const body = JSON.stringify({ jsonrpc: "2.0", ...message as object });
    const leaving = new AbortController();
    const gone = Promise.all(Array.from({ length: 5 }, async () => {
      const response = await target.post(body, headers, leaving.signal);
      await response.text();
    })).catch(() => {});
    await target.untilTails(5);
    leaving.abort();
    await gone;
    // Long before the waits would end.
    await target.idle();
    await target.assertServes();
  });
}

Deno.test("a request of a session that is cancelled ends, and gives back its place", async () => {
  await using place = new FuzzPlace();
  await using target = await HttpTarget.start(place);
  const session = await target.session();
  const wait = { jsonrpc: "2.0", id: 5, method: "tools/call", params: WAIT };
  const waiting = await target.post(JSON.stringify(wait), session);
  await target.untilTails(1);
  const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 5 } };
  assertEquals((await target.post(JSON.stringify(cancel), session)).status, 202);
  await target.idle();
  assertEquals(await within("the stream to end", waiting.text()), "");
});

Deno.test("of two requests of a session with one id, both are answered", async () => {
  await using place = new FuzzPlace();
  await using target = await HttpTarget.start(place);
  const session = await target.session();
  const params = { ...WAIT, arguments: { pool: "empty", timeout_ms: 500 } };
  const wait = JSON.stringify({ jsonrpc: "2.0", id: 5, method: "tools/call", params });
  const both = await Promise.all([0, 1].map(async () => {
    const response = await target.post(wait, session);
    const text = await within("the whole answer", response.text());
    return messagesIn(response.headers.get("content-type"), text).map(({ id }) => id);
  }));
  assertEquals(both, [[5], [5]]);
  const batch = await target.post(`[${wait},${wait}]`, session);
  const text = await within("the whole answer to a batch", batch.text());
  const isRefused = batch.status === 400;
  assertEquals(messagesIn(batch.headers.get("content-type"), text).length, isRefused ? 1 : 2);
});

Deno.test("sessions without end do not fill the server, and the newest one works", async () => {
  await using place = new FuzzPlace();
  await using target = await HttpTarget.start(place);
  const sessions: Headers[] = [];
  for (let i = 0; i < 200; i++) sessions.push(await target.session());
  const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
  const statuses = await Promise.all([sessions[0], sessions[199]].map(async (session) => {
    const response = await target.post(ping, session);
    await response.text();
    return response.status;
  }));
  assertEquals(statuses, [404, 200]);
  await target.assertServes();
});

Deno.test("hundreds of requests at once are all answered, some of them with Busy", async () => {
  await using place = new FuzzPlace();
  await using target = await HttpTarget.start(place, "--max-tail-concurrency", "8");
  const params = { ...WAIT, arguments: { pool: "empty", timeout_ms: 300 } };
  const kinds = await Promise.all(Array.from({ length: 200 }, async (_, id) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
    const answer = await (await target.post(body)).json();
    assertEquals(answer.id, id);
    const { error_kind, timed_out } = answer.result.structuredContent;
    return error_kind ?? (timed_out ? "waited" : "woken");
  }));
  const counts = Object.groupBy(kinds, (kind) => kind);
  assertEquals(Object.keys(counts).sort(), ["Busy", "waited"]);
  await target.idle();
  await target.assertServes();
});

Deno.test("who may not read is not told of news", async () => {
  await using place = new FuzzPlace();
  await using target = await HttpTarget.start(place, "--access", "write-only");
  const method = "subscriptions/listen";
  const notifications = { resourceSubscriptions: ["plasmite:///pools/busy"] };
  const params = { notifications, _meta: ENVELOPE };
  const response = await target.post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }), {
    "mcp-protocol-version": MODERN,
    "mcp-method": method,
  });
  await response.body?.cancel();
  assertEquals(response.status, 403);
});
