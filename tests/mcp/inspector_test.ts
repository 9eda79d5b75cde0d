/**
 * A client that is not ours lists and calls every tool, over each transport; each era of the
 * protocol is tried once.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { assert, assertEquals } from "@std/assert";
import { denoArguments, Place } from "../cli/pls.ts";
import { Serving } from "../cli/serving.ts";
import type { Arguments, Fields } from "./answer.ts";
import { inspector, printed } from "./inspector.ts";

/** Every tool, and what is asked of it. `made` is there before `gone` is asked for. */
const CALLS: readonly [tool: string, args: Arguments, check: (fields: Fields) => void][] = [
  ["pool_create", { name: "made" }, ({ pool }) => assertEquals(pool.name, "made")],
  ["pool_list", {}, ({ pools }) => assert(pools.length > 0)],
  ["pool_info", { pool: "work" }, ({ pool }) => assertEquals(pool.name, "work")],
  ["pool_delete", { pool: "gone" }, ({ deleted }) => assertEquals(deleted, { pool: "gone" })],
  [
    "feed",
    { pool: "fed", data: { n: [1, "a"] }, tags: ["x"], create: true },
    ({ message }) => assertEquals([message.seq, message.data], [1, { n: [1, "a"] }]),
  ],
  [
    "feed_many",
    { pool: "fed-many", messages: [{ data: 1 }, { data: 2, tags: ["y"] }], create: true },
    (fields) => assertEquals(fields, { fed: 2, first_seq: 1, last_seq: 2 }),
  ],
  ["fetch", { pool: "work", seq: 1 }, ({ message }) => assertEquals(message.data, { n: 1 })],
  [
    "read",
    { pool: "work", count: 5, tags: ["a"], where: ".data.n > 1", since: "1h" },
    ({ messages }) => assertEquals(messages.map(({ seq }: Fields) => seq), [2]),
  ],
  [
    "wait",
    { pool: "work", after_seq: 1, timeout_ms: 60_000 },
    ({ messages, timed_out }) => assertEquals([messages.length, timed_out], [1, false]),
  ],
];

/** How many calls are made at once. */
const AT_ONCE = 3;

for (
  const [transport, era] of [
    ["stdio", "modern"],
    ["http", "legacy"],
  ] as const
) {
  Deno.test(`the inspector lists and calls every tool over ${transport}, ${era}`, async () => {
    await using place = new Place();
    using pools = new Client({ dir: place.pools });
    pools.createPool("gone");
    using work = pools.pool("work");
    work.appendMany([{ data: { n: 1 }, tags: ["a"] }, { data: { n: 2 }, tags: ["a"] }]);
    await using server = transport === "http" ? await Serving.start(place) : undefined;
    // It passes on nothing of its environment.
    const target = server === undefined
      ? [Deno.execPath(), ...denoArguments(["mcp", "--dir", place.pools])]
      : [`${server.url}/mcp`];
    const ask = async (method: string, ...args: string[]) => {
      const options = ["--method", method, "--protocol-era", era, "--quiet", ...args];
      return printed(await inspector(place.dir, [...target, ...options]));
    };
    // --strict fails when a schema would not be understood by every agent.
    const jobs: (() => Promise<void>)[] = [
      async () => {
        const { tools } = await ask("tools/list", "--strict");
        const called = CALLS.map(([tool]) => `plasmite_${tool}`);
        assertEquals(tools.map(({ name }: Fields) => name).sort(), called.sort());
      },
      async () => {
        const { contents } = await ask("resources/read", "--uri", "plasmite:///pools/work");
        assertEquals(JSON.parse(contents[0].text).messages.length, 2);
      },
      async () => {
        const args = ["--prompt-name", "watch_pool", "--prompt-args", "pool=work"];
        const { messages } = await ask("prompts/get", ...args);
        assert(messages[0].content.text.includes('"work"'));
      },
    ];
    for (const [tool, args, check] of CALLS) {
      jobs.push(async () => {
        const name = `plasmite_${tool}`;
        const given = ["--tool-name", name, "--tool-args-json", JSON.stringify(args)];
        const result = await ask("tools/call", ...given);
        assertEquals("isError" in result, false, JSON.stringify(result));
        check(result.structuredContent);
      });
    }
    const left = jobs.values();
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (const job of left) await job();
    }));
    const names = pools.listPools().map(({ name }) => name).sort();
    assertEquals(names, ["fed", "fed-many", "made", "work"]);
  });
}
