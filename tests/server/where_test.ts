/**
 * Predicates that clients bring: whatever they do, the server goes on, and others notice nothing.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { eventually } from "./eventually.ts";
import { failureOf, type PageBody, startTestServer, type TestServer } from "./start_server.ts";

const MESSAGES = "/v0/pools/work/messages";
const LONG_TEXT = "a".repeat(40);

function ask(server: TestServer, expression: string, path = MESSAGES) {
  const separator = path.includes("?") ? "&" : "?";
  return server.call(`${path}${separator}where=${encodeURIComponent(expression)}`);
}

Deno.test("the newest messages that match are found, without asking about older ones", async () => {
  await using server = await startTestServer();
  using pool = server.client.openPool("work");
  pool.appendMany(Array.from({ length: 2000 }, (_, i) => {
    return { data: { i: i + 1 }, tags: i % 2 === 0 ? ["odd"] : [] };
  }));
  const found = ".data.i == 5 or .data.i == 301 or .data.i == 1500 or .data.i == 1999";
  // No boolean for the oldest: to ask about those would be an error.
  const wary = `if .data.i < 100 then "old" else ${found} end`;
  const cases: [query: Record<string, string>, seqs: number[]][] = [
    [{ last: "1", where: found }, [1999]],
    [{ last: "2", where: wary }, [1500, 1999]],
    [{ last: "3", where: wary }, [301, 1500, 1999]],
    [{ last: "2", where: found, tag: "odd" }, [301, 1999]],
    [{ last: "4", where: found }, [5, 301, 1500, 1999]],
    [{ last: "9", where: found }, [5, 301, 1500, 1999]],
    [{ last: "9", where: "false" }, []],
  ];
  for (const [query, seqs] of cases) {
    const { messages } = await server.json<PageBody>(
      `/v0/pools/work/messages?${new URLSearchParams(query)}`,
    );
    assertEquals(messages.map(({ seq }) => seq), seqs, JSON.stringify(query));
    const { last, where, tag } = query;
    const options = { last: Number(last), where, tags: tag === undefined ? [] : [tag] };
    const own = await Array.fromAsync(pool.tail({ ...options, untilSeq: 2000 }));
    assertEquals(own.map(({ seq }) => seq), seqs, JSON.stringify(query));
  }
});

for (
  const expression of [
    "until(false; .)",
    "last(range(100000000000)) > 0",
    `"${LONG_TEXT}b" | test("(a+)+$")`,
    `.data.text | test("(a|a)*c")`,
    "[range(1000000000)] | length > 0",
    "def f: f, f; [f] | length > 0",
  ]
) {
  Deno.test(`a where expression that never ends is cut off: ${expression}`, async () => {
    await using server = await startTestServer();
    server.client.openPool("work").append({ text: LONG_TEXT });
    const asked = ask(server, expression);
    assertEquals((await server.post("/v0/pools/work/append", '{"data":{}}')).status, 200);
    const { status, text } = await asked;
    // A program that runs out of stack fails, and who fails does not match.
    if (status === 200) assertEquals(JSON.parse(text).messages, []);
    else {assertEquals([status, failureOf({ status, text, headers: new Headers() }).kind], [
        400,
        "Usage",
      ]);}
    const tail = await ask(server, expression, "/v0/pools/work/tail?until_seq=1");
    if (tail.status === 200 && tail.text !== "") {
      assertEquals(JSON.parse(tail.text).error.kind, "Usage");
    }
    await eventually("its places are free", async () => {
      return await server.metric("plasmite_tails") + await server.metric("plasmite_operations") ===
        0;
    });
  });
}

Deno.test("a where expression changes nothing for others", async () => {
  await using server = await startTestServer();
  server.client.openPool("work").append({ a: 1, b: 2 });
  const hostile = [
    "def length: 99; .data | length == 99",
    "def has(f): true; has(1)",
    "(.constructor.prototype.polluted |= 4) | true",
    "(.data.constructor.prototype.polluted = 5) | true",
    'delpaths([["__proto__", "toString"]]) | true',
    'delpaths([["constructor", "prototype", "hasOwnProperty"]]) | true',
  ];
  for (const expression of hostile) {
    const { status, text } = await ask(server, expression);
    assert(status === 200 || status === 400, text);
  }
  assertEquals(Object.hasOwn(Object.prototype, "polluted"), false);
  assertEquals(Object.hasOwn(Object.prototype, "hasOwnProperty"), true);
  assertEquals(JSON.parse((await ask(server, ".data | length == 2")).text).messages.length, 1);
  assertEquals(JSON.parse((await ask(server, '.data | has("c")')).text).messages.length, 0);
});

Deno.test("messages of many megabytes are filtered as others are", async () => {
  await using server = await startTestServer();
  server.client.createPool("large", { sizeBytes: 64 * 1_048_576 });
  {
    using pool = server.client.openPool("large");
    for (let n = 1; n <= 2; n++) pool.append({ n, text: "x".repeat(2_500_000) });
    pool.append({ n: 3, text: "x".repeat(30_000_000) });
    pool.append({ n: 4 });
  }
  const { status, text } = await ask(server, ".data.n > 3", "/v0/pools/large/messages");
  assertEquals([status, JSON.parse(text).messages.length], [200, 1]);
});
