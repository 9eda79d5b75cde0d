/**
 * What `pls mcp` reads and writes, line by line.
 *
 * @module
 */

import { Client, JsonText } from "@plasmite/pool";
import { assert, assertEquals } from "@std/assert";
import { jsonLines, type Outcome, Place, within } from "../cli/pls.ts";
import type { Fields } from "./answer.ts";
import { initialize, MODERN_META, request, toolCall } from "./json_rpc.ts";
import { assertLimited, LIMITED } from "./limited_access.ts";
import { clientOf, REVISIONS, stdioTransport } from "./ways.ts";

/** Gives `pls mcp` all its input at once, and reads what it says until it ends. */
async function converse(place: Place, stdin: string, ...flags: string[]): Promise<Outcome> {
  return await place.call(["mcp", ...flags], { stdin });
}

/** Fails unless it ended well, and gives its answers by id. */
function answersOf({ code, stdout, stderr }: Outcome): Map<unknown, Fields> {
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const answers = jsonLines(stdout);
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  assertEquals(byId.size, answers.length, "one answer for each");
  return byId;
}

/** Says `lines` to `pls mcp`, which must end well, and gives its answers by id. */
async function answersTo(place: Place, ...lines: string[]): Promise<Map<unknown, Fields>> {
  return answersOf(await converse(place, linesOf(...lines)));
}

/** The structured result in an answer. */
function fieldsIn(answers: Map<unknown, Fields>, id: unknown): Fields {
  return answers.get(id)?.result.structuredContent;
}

function linesOf(...lines: string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

Deno.test("pls mcp answers all that it was asked before it ends, also waits", async () => {
  await using place = new Place();
  const answers = await answersTo(
    place,
    initialize(1),
    toolCall("create", "pool_create", { name: "work" }),
    toolCall("wait", "wait", { pool: "work", after_seq: 0, timeout_ms: 60_000 }),
    toolCall("late", "wait", { pool: "work", after_seq: 9, timeout_ms: 500 }),
    toolCall("feed", "feed", { pool: "work", data: { n: 1 } }),
    request("list", "tools/list"),
  );
  assertEquals([...answers.keys()].length, 6);
  assertEquals(fieldsIn(answers, "wait").messages.length, 1);
  assertEquals(fieldsIn(answers, "late").timed_out, true);
});

Deno.test("pls mcp without input ends at once, and says nothing", async () => {
  await using place = new Place();
  for (const input of ["", "\n", "\r\n \n\t\n"]) {
    assertEquals(await converse(place, input), { code: 0, stdout: "", stderr: "" });
  }
});

Deno.test("blank lines, CRLF and a last line without an end are taken as they come", async () => {
  await using place = new Place();
  const lines = [
    initialize(1),
    "",
    toolCall(2, "feed", { pool: "w", data: 1, create: true }),
    "  ",
  ];
  const input = `\r\n${lines.join("\r\n")}\r\n${request(3, "ping")}`;
  const answers = answersOf(await converse(place, input));
  assertEquals([...answers.keys()], [1, 2, 3]);
  assertEquals(fieldsIn(answers, 2).message.seq, 1);
});

Deno.test("who feeds and then reads, without waiting in between, reads what it fed", async () => {
  await using place = new Place();
  const rounds = Array.from({ length: 20 }, (_, n) => n);
  const lines = rounds.flatMap((n) => [
    toolCall(`feed ${n}`, "feed", { pool: "w", data: { n }, create: true }),
    toolCall(`read ${n}`, "read", { pool: "w", count: 1 }),
    toolCall(`info ${n}`, "pool_info", { pool: "w" }),
  ]);
  const answers = await answersTo(place, initialize(1), ...lines);
  for (const n of rounds) {
    assertEquals(fieldsIn(answers, `feed ${n}`).message.seq, n + 1);
    assertEquals(fieldsIn(answers, `read ${n}`).messages[0].data, { n });
    assertEquals(fieldsIn(answers, `info ${n}`).pool.next_seq, n + 2);
  }
});

Deno.test("a wait lets later requests pass", async () => {
  await using place = new Place();
  using pools = new Client({ dir: place.pools });
  pools.createPool("work");
  const running = place.start("mcp");
  await running.type(linesOf(
    initialize(1),
    toolCall(2, "wait", { pool: "work", after_seq: 0, timeout_ms: 60_000 }),
    toolCall(3, "pool_list", {}),
  ));
  const ids = [];
  for (let i = 0; i < 2; i++) ids.push(JSON.parse((await running.stdout.next())!).id);
  assertEquals(ids, [1, 3]);
  using work = pools.openPool("work");
  work.append(1);
  assertEquals(JSON.parse((await running.stdout.next())!).id, 2);
});

Deno.test("lines that are no messages are answered, and the next ones as well", async () => {
  await using place = new Place();
  const cases: [line: string, code: number][] = [
    ["{", -32700],
    ["nonsense", -32700],
    ["[]", -32600],
    ["7", -32600],
    ['"text"', -32600],
    ["null", -32600],
    [`[${request(5, "ping")}]`, -32600],
    ['{"id":5,"method":"ping"}', -32600],
    ['{"jsonrpc":"1.0","id":5,"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":5}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":5,"method":7}', -32600],
  ];
  const lines = cases.flatMap(([line], n) => [line, request(`after ${n}`, "ping")]);
  const { code, stdout, stderr } = await converse(place, linesOf(initialize("first"), ...lines));
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const answers = jsonLines(stdout);
  const errors = answers.filter(({ error }) => error !== undefined);
  assertEquals(errors.map(({ error }) => error.code), cases.map(([, code]) => code));
  for (const { jsonrpc, id, error } of errors) {
    assertEquals(jsonrpc, "2.0");
    assert(id === null || id === 5, `${id}`);
    assert(error.message);
  }
  assertEquals(answers.length, 1 + 2 * cases.length);
});

Deno.test("of two requests with one id the second is refused, and the first is answered", async () => {
  await using place = new Place();
  await place.done("pool", "create", "first");
  const wait = toolCall(1, "wait", { pool: "first", timeout_ms: 1000 });
  const { code, stdout } = await converse(place, linesOf(wait, request(1, "ping")));
  assertEquals(code, 0);
  const [refused, answered] = jsonLines(stdout);
  assertEquals([refused.id, refused.error.code], [1, -32600]);
  assertEquals([answered.id, answered.result.structuredContent.timed_out], [1, true]);
});

Deno.test("unknown methods and notifications harm nobody", async () => {
  await using place = new Place();
  const answers = await answersTo(
    place,
    initialize(1),
    '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    '{"jsonrpc":"2.0","method":"notifications/unheard-of","params":{"x":1}}',
    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"nobody"}}',
    request("unknown", "tools/dance"),
    request("params", "tools/call", { nome: "plasmite_feed" }),
    request("ping", "ping"),
  );
  assertEquals([...answers.keys()].length, 4);
  assertEquals(answers.get("unknown")?.error.code, -32601);
  assertEquals(answers.get("params")?.error.code, -32602);
  assertEquals(answers.get("ping")?.result, {});
});

Deno.test("numbers and keys are passed on exactly as they are stored", async () => {
  await using place = new Place();
  using pools = new Client({ dir: place.pools });
  using pool = pools.pool("work");
  const data = '{"z":12345678901234567890,"a":1.0,"m":-0.0,"e":1e400,"__proto__":{"y":0.10}}';
  pool.appendMany([{ json: JsonText.parse(data) }]);
  for (const _meta of [undefined, MODERN_META]) {
    const params = { _meta, name: "plasmite_fetch", arguments: { pool: "work", seq: 1 } };
    const first = _meta === undefined ? [initialize(0)] : [];
    const { stdout } = await converse(place, linesOf(...first, request(1, "tools/call", params)));
    assert(stdout.includes(`"structuredContent":{"message":${pool.get(1).envelope}}`), stdout);
    assert(stdout.includes(JSON.stringify(pool.get(1).envelope).slice(1, -1)), stdout);
  }
});

Deno.test("what is fed is stored exactly as it was sent, or refused", async () => {
  await using place = new Place();
  using pools = new Client({ dir: place.pools });
  using pool = pools.pool("work");
  for (const data of ['{"z":12345678901234567890}', '{"__proto__":{"y":0.5},"":1}']) {
    for (const args of [`"data":${data}`, `"messages":[{"data":${data}}]`]) {
      const tool = args.startsWith('"data"') ? "feed" : "feed_many";
      const call = toolCall(2, tool, { pool: "work", X: 1 }).replace('"X":1', args);
      const before = pool.info().nextSeq;
      const answers = await answersTo(place, initialize(1), call);
      const { error_kind } = fieldsIn(answers, 2);
      if (error_kind === undefined) assert(pool.get(before).envelope.endsWith(`"data":${data}}`));
      else assertEquals([error_kind, pool.info().nextSeq], ["Usage", before]);
      assert(error_kind === undefined || data.includes("123"), "only digits can be too many");
    }
  }
});

Deno.test("pls mcp --access offers only what is allowed, and refuses the rest", async () => {
  await using place = new Place();
  using pools = new Client({ dir: place.pools });
  using pool = pools.pool("work");
  pool.append(1);
  for (const access of LIMITED) {
    const mcp = clientOf(REVISIONS[0]);
    await mcp.connect(stdioTransport(place.pools, "--access", access));
    await assertLimited(mcp, access);
    await mcp.close();
    assertEquals(pools.listPools().map(({ name }) => name), ["work"]);
    assertEquals(pool.info().nextSeq, 2);
  }
});

Deno.test("pls mcp --dir takes other pools", async () => {
  await using place = new Place();
  using pools = new Client({ dir: `${place.dir}/elsewhere` });
  pools.createPool("there");
  const input = linesOf(initialize(1), toolCall(2, "pool_list", {}));
  const answers = answersOf(await converse(place, input, "--dir", `${place.dir}/elsewhere`));
  assertEquals(fieldsIn(answers, 2).pools.map(({ name }: Fields) => name), ["there"]);
});

Deno.test("a client that leaves amid a wait ends pls mcp", async () => {
  await using place = new Place();
  using pools = new Client({ dir: place.pools });
  pools.createPool("work");
  const mcp = clientOf(REVISIONS[0]);
  await mcp.connect(stdioTransport(place.pools));
  const args = { pool: "work", after_seq: 0, timeout_ms: 60_000 };
  const waiting = mcp.callTool({ name: "plasmite_wait", arguments: args }).catch(() => "ended");
  await mcp.callTool({ name: "plasmite_pool_list", arguments: {} });
  await within("the process to end", mcp.close());
  assertEquals(await waiting, "ended");
});

Deno.test("pls mcp has places for 64 waits at once, and cancelled ones are free again", async () => {
  await using place = new Place();
  using pools = new Client({ dir: place.pools });
  pools.createPool("work");
  const mcp = clientOf(REVISIONS[0]);
  await mcp.connect(stdioTransport(place.pools));
  const wait = (signal?: AbortSignal, timeout_ms = 60_000) => {
    const args = { pool: "work", after_seq: 0, timeout_ms };
    return mcp.callTool({ name: "plasmite_wait", arguments: args }, { signal });
  };
  for (let round = 0; round < 2; round++) {
    const abort = new AbortController();
    const waits = Array.from({ length: 64 }, () => wait(abort.signal).catch(() => "cancelled"));
    const { error_kind, hint } = (await wait()).structuredContent as Fields;
    assertEquals(error_kind, "Busy");
    assert(hint);
    await mcp.callTool({ name: "plasmite_pool_list", arguments: {} });
    abort.abort();
    assertEquals(new Set(await Promise.all(waits)), new Set(["cancelled"]));
  }
  const { timed_out } = (await wait(undefined, 0)).structuredContent as Fields;
  assertEquals(timed_out, true);
  await mcp.close();
});
