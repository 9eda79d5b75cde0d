/**
 * Whatever comes in on standard input, `pls mcp` answers or refuses it, once, and goes on. More of
 * it: `deno test --allow-all tests/mcp/fuzz_stdio_test.ts -- --runs 500 --seed 7`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { line, type ListedTool } from "./fuzz_messages.ts";
import {
  type Answer,
  assertDiscreet,
  FuzzPlace,
  peakMemoryMib,
  StdioTarget,
} from "./fuzz_process.ts";
import { fuzzOptions } from "./fuzz_options.ts";
import { Counts, expectationOf, LINE_BYTES_MAX } from "./fuzz_rules.ts";

const MEMORY_MIB_MAX = 1024;

const INITIALIZE = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "fuzz", version: "1" },
};

/** What was sent to a process, and what has to come back for it. */
class Ledger {
  readonly due = new Counts();
  /** Lines that may be answered, or not. */
  readonly either = new Counts();
  #syncs = 0;

  constructor(readonly target: StdioTarget) {}

  /** Sends lines in one go, and waits until all that has to come back is there. */
  async send(lines: readonly Uint8Array[]): Promise<void> {
    for (const line of lines) {
      const expected = expectationOf(line);
      if (expected.answer === "one") this.due.add(expected.id);
      else if (expected.answer === "any") {
        this.either.add(null);
        if (expected.id !== undefined) this.either.add(expected.id);
      }
    }
    const sync = `sync ${++this.#syncs}`;
    this.due.add(sync);
    const ping = JSON.stringify({ jsonrpc: "2.0", id: sync, method: "ping" });
    const all = [...lines, new TextEncoder().encode(ping)];
    await this.target.write(joined(all));
    await this.target.until((answers) => this.#missing(answers) === undefined, "all answers")
      .catch((error) => {
        throw new Error(`no answer for the id ${this.#missing(this.target.answers)}`, {
          cause: error,
        });
      });
  }

  /** Fails when anything was answered that was not due, or twice. */
  assertEven(): void {
    const given = countsOf(this.target.answers);
    const tooMany = given.entries.filter(([id, count]) => {
      return count > this.due.of(JSON.parse(id)) + this.either.of(JSON.parse(id));
    });
    assertEquals(tooMany, []);
    assertEquals(this.#missing(this.target.answers), undefined);
  }

  #missing(answers: readonly Answer[]): string | undefined {
    const given = countsOf(answers);
    return this.due.entries.find(([id, count]) => given.of(JSON.parse(id)) < count)?.[0];
  }
}

function countsOf(answers: readonly Answer[]): Counts {
  const counts = new Counts();
  // What has a method is a notice of the server.
  for (const { id, method } of answers) if (method === undefined) counts.add(id);
  return counts;
}

function joined(lines: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(lines.flatMap((line) => [...line, 0x0a]));
}

/** Fails unless a client that does everything right is served, all places for waits included. */
async function assertServes(target: StdioTarget): Promise<void> {
  const name = `after-${crypto.randomUUID()}`;
  const call = async (tool: string, args: Record<string, unknown>) => {
    const id = crypto.randomUUID();
    const { result } = await target.ask(id, "tools/call", { name: tool, arguments: args });
    return result as { isError?: boolean; structuredContent: Record<string, unknown> };
  };
  const fed = await call("plasmite_feed", { pool: name, data: { all: "well" }, create: true });
  assertEquals(fed.isError, undefined, JSON.stringify(fed));
  const { structuredContent } = await call("plasmite_read", { pool: name });
  assertEquals((structuredContent.messages as { data: unknown }[])[0].data, { all: "well" });
  // As many waits as there are places: one that was not given back would be missed.
  const waits = await Promise.all(Array.from({ length: 64 }, () => {
    return call("plasmite_wait", { pool: name, timeout_ms: 300 });
  }));
  assertEquals(waits.filter(({ structuredContent }) => !structuredContent.timed_out), []);
  assertEquals((await call("plasmite_pool_delete", { pool: name })).isError, undefined);
}

/** Fails unless the process ends well, and nothing but pools was touched or told. */
async function assertEndsWell(target: StdioTarget, place: FuzzPlace): Promise<void> {
  const memory = peakMemoryMib(target.pid);
  assert(memory === undefined || memory < MEMORY_MIB_MAX, `it took ${memory} MiB`);
  assertEquals(await target.finish(), 0);
  assertDiscreet(target.errors);
  for (const answer of target.answers) assertDiscreet(JSON.stringify(answer));
  place.assertUntouched();
}

async function toolsOf(target: StdioTarget): Promise<ListedTool[]> {
  const { result } = await target.ask("tools", "tools/list");
  return (result as { tools: ListedTool[] }).tools;
}

async function listedTools(place: FuzzPlace): Promise<ListedTool[]> {
  await using target = new StdioTarget(place);
  return await toolsOf(target);
}

Deno.test("every request on stdin gets one answer, whatever else comes", async () => {
  await using place = new FuzzPlace();
  const tools = await listedTools(place);
  await using target = new StdioTarget(place);
  const ledger = new Ledger(target);
  ledger.due.add("hello");
  await target.ask("hello", "initialize", INITIALIZE);
  const lines = fc.array(line(tools), { minLength: 1, maxLength: 12 });
  const property = fc.asyncProperty(lines, (lines) => ledger.send(lines));
  await fc.assert(property, { ...fuzzOptions(), endOnFailure: true });
  ledger.assertEven();
  await assertServes(target);
  await assertEndsWell(target, place);
});

Deno.test("what comes before initialize gets one answer as well", async () => {
  await using place = new FuzzPlace();
  const tools = await listedTools(place);
  const { seed } = fuzzOptions();
  for (
    const start of fc.sample(fc.array(line(tools), { minLength: 1, maxLength: 8 }), {
      seed,
      numRuns: 4,
    })
  ) {
    await using target = new StdioTarget(place);
    const ledger = new Ledger(target);
    await ledger.send(start);
    ledger.due.add("hello");
    await target.ask("hello", "initialize", INITIALIZE);
    ledger.assertEven();
    await assertEndsWell(target, place);
  }
});

Deno.test("requests of the newest revision and of older ones on one connection are answered", async () => {
  await using place = new FuzzPlace();
  const envelope = {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "fuzz", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  };
  const list = { name: "plasmite_pool_list", arguments: {} };
  const eras: readonly [string, Record<string, unknown>][] = [
    ["tools/call", { ...list, ...envelope }],
    ["initialize", INITIALIZE],
    ["tools/call", list],
    ["server/discover", envelope],
    ["initialize", INITIALIZE],
    ["tools/call", { ...list, ...envelope }],
  ];
  for (const first of [0, 1, 2, 3]) {
    await using target = new StdioTarget(place);
    for (const [i, [method, params]] of [...eras.slice(first), ...eras].entries()) {
      const { result, error } = await target.ask(i, method, params);
      assert((result === undefined) !== (error === undefined), method);
    }
    await assertEndsWell(target, place);
  }
});

Deno.test("lines that are too long, too deep or cut off are refused, and the next one is read", async () => {
  await using place = new FuzzPlace();
  await using target = new StdioTarget(place);
  await target.ask("hello", "initialize", INITIALIZE);
  const long = "x".repeat(LINE_BYTES_MAX + 1_000_000);
  const parts = [
    `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${long}"}}`,
    long,
    "[".repeat(3_000_000),
    `{"jsonrpc":"2.0","id":1,"method":"ping"`,
    "\0".repeat(100_000),
  ];
  for (const [i, part] of parts.entries()) {
    const from = target.answers.length;
    await target.line(part);
    await target.ask(`next ${i}`, "ping");
    const { id, error } = target.answers[from];
    assertEquals(id, null);
    assert(error !== undefined && error.message.length < 1000, JSON.stringify(error));
    assertEquals(target.answers.length, from + 2);
  }
  await assertServes(target);
  await assertEndsWell(target, place);
});

Deno.test("a long line comes in small pieces, and a message in single bytes", async () => {
  await using place = new FuzzPlace();
  await using target = new StdioTarget(place);
  const ping = new TextEncoder().encode(`{"jsonrpc":"2.0","id":"é","method":"ping"}\n`);
  for (const byte of ping) await target.write(new Uint8Array([byte]));
  await target.until((answers) => answers.some(({ id }) => id === "é"), "the answer");
  const piece = new Uint8Array(64 * 1024).fill(0x20);
  for (let sent = 0; sent <= LINE_BYTES_MAX; sent += piece.length) await target.write(piece);
  await target.line("");
  await target.ask("next", "ping");
  assertEquals(target.answers.map(({ id }) => id), ["é", null, "next"]);
  await assertEndsWell(target, place);
});

Deno.test("the text of a request that is refused is not sent back whole", async () => {
  await using place = new FuzzPlace();
  await using target = new StdioTarget(place);
  const x = "x".repeat(1_000_000);
  const requests: readonly [string, Record<string, unknown>][] = [
    ["tools/call", { name: x }],
    ["tools/call", { name: "plasmite_read", arguments: { pool: x } }],
    ["tools/call", { name: "plasmite_read", arguments: { pool: "busy", where: `(${x}` } }],
    ["tools/call", { name: "plasmite_read", arguments: { pool: "busy", since: x } }],
    ["tools/call", { name: "plasmite_read", arguments: { pool: "busy", [x]: 1 } }],
    ["prompts/get", { name: x }],
    ["resources/read", { uri: x }],
    [x, {}],
  ];
  const long: string[] = [];
  for (const [i, [method, params]] of requests.entries()) {
    const size = JSON.stringify(await target.ask(i, method, params)).length;
    if (size > 10_000) long.push(`${method} ${JSON.stringify(params).slice(0, 60)}: ${size}`);
  }
  assertEquals(long, []);
});

/** Feeds the JSON text `data`, and returns what was kept of it; undefined when it was refused. */
async function keptOf(target: StdioTarget, data: string | Uint8Array): Promise<string | undefined> {
  const encode = (text: string) => new TextEncoder().encode(text);
  const before = `{"jsonrpc":"2.0","id":"feed","method":"tools/call","params":{"name":` +
    `"plasmite_feed","arguments":{"pool":"busy","data":`;
  const bytes = typeof data === "string" ? encode(data) : data;
  const from = target.answers.length;
  await target.line(new Uint8Array([...encode(before), ...bytes, ...encode("}}}")]));
  await target.until((answers) => answers.length > from, "an answer to a feed");
  const { error, result } = target.answers[from];
  if (error !== undefined) return undefined;
  const { isError, content, structuredContent } = result as {
    isError?: boolean;
    content: { text: string }[];
    structuredContent: { error_kind?: string };
  };
  if (isError !== true) return /"data":(.*)\}\}$/.exec(content[0].text)![1];
  // Whoever gives something wrong is told so; nobody is asked to report a defect.
  assertEquals(structuredContent.error_kind, "Usage", content[0].text);
  return undefined;
}

const DATA: readonly [string, string | Uint8Array][] = [
  ["a key __proto__", '{"__proto__":{"x":1},"a":1}'],
  ["a big integer", '{"id":12345678901234567890}'],
  ["a number without end", '{"n":1e400}'],
  ["invalid UTF-8", new Uint8Array([0x22, 0x61, 0xff, 0xfe, 0x22])],
  ["a NUL in a key", '{"a\\u0000b":1}'],
  ["half of a surrogate pair", '"\\ud800"'],
  ["3,000 nested arrays", "[".repeat(3000) + "]".repeat(3000)],
  ["100,000 nested arrays", "[".repeat(100_000) + "]".repeat(100_000)],
  ["100,000 nested objects", '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)],
];

for (const [what, data] of DATA) {
  Deno.test(`a feed keeps ${what} as it is, or refuses it`, async () => {
    await using place = new FuzzPlace();
    await using target = new StdioTarget(place);
    const kept = await keptOf(target, data);
    if (kept !== undefined) assertEquals(kept, data);
    await target.ask("next", "ping");
  });
}

Deno.test("a message that others fed can be read, and what follows it, however deep it is", async () => {
  await using place = new FuzzPlace();
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const { code } = await place.place.call(["feed", "busy"], { stdin: `${deep}\n"after"\n` });
  assertEquals(code, 0);
  await using target = new StdioTarget(place);
  const calls: readonly [string, Record<string, unknown>][] = [
    ["plasmite_fetch", { seq: 31 }],
    ["plasmite_read", { count: 2 }],
    ["plasmite_read", { count: 2, where: "true" }],
    ["plasmite_wait", { after_seq: 30 }],
  ];
  for (const [name, rest] of calls) {
    const params = { name, arguments: { pool: "busy", ...rest } };
    const { result } = await target.ask(crypto.randomUUID(), "tools/call", params);
    const { structuredContent } = result as { structuredContent: Record<string, unknown> };
    assertEquals(structuredContent.error_kind, undefined, name);
  }
  const uri = "plasmite:///pools/busy";
  assertEquals((await target.ask("read", "resources/read", { uri })).error, undefined);
  await target.ask("next", "ping");
});
