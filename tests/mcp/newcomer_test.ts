/**
 * Who knows nothing of pools gets along with what `pls mcp` says: everything it mentions is
 * there, its examples work, and following its prompts leads to the end.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Client } from "@plasmite/pool";
import { Place } from "../cli/pls.ts";
import type { Fields } from "./answer.ts";
import { examplesIn, Newcomer, propertiesIn } from "./newcomer.ts";

/** Runs `test` with a newcomer and the pools it gets at. */
function withNewcomer(test: (newcomer: Newcomer, pools: Client) => Promise<void>) {
  return async () => {
    await using place = new Place();
    using pools = new Client({ dir: place.pools });
    await using newcomer = await Newcomer.start(place.pools);
    await test(newcomer, pools);
  };
}

/** The numbers of messages in a batch. */
function seqsIn({ messages }: Fields): number[] {
  return messages.map(({ seq }: { seq: number }) => seq);
}

Deno.test(
  "every tool can be called with arguments that its schema alone suggests",
  withNewcomer(async (newcomer, pools) => {
    for (const { name } of newcomer.tools) {
      // What earlier calls left is not in the way of this one.
      for (const pool of pools.listPools()) pools.deletePool(pool.name);
      if (name !== "plasmite_pool_create") pools.pool("builds").append({ id: 1 });
      // It waits 10 s when nothing else is said.
      const wishes = name === "plasmite_wait" ? { timeout_ms: 0 } : {};
      const { isError, fields } = await newcomer.call(name, wishes);
      const isNoSuchMessage = name === "plasmite_fetch" && fields.error_kind === "NotFound";
      assert(!isError || isNoSuchMessage, `${name}: ${JSON.stringify(fields)}`);
    }
  }),
);

Deno.test(
  "every example in the description of an argument works",
  withNewcomer(async (newcomer, pools) => {
    pools.pool("builds").append({ status: "failed" }, ["x"]);
    const tried: string[] = [];
    for (const tool of newcomer.tools) {
      if (
        !("since" in tool.inputSchema.properties!) && !("where" in tool.inputSchema.properties!)
      ) {
        continue;
      }
      const { properties } = tool.inputSchema as {
        properties: Record<string, { description?: string }>;
      };
      for (const [argument, { description = "" }] of Object.entries(properties)) {
        const examples = argument === "where"
          ? whereExamples(description)
          : examplesIn(description);
        for (const example of examples) {
          const rest = tool.name === "plasmite_wait" ? { after_seq: 0, timeout_ms: 0 } : {};
          const pool = argument === "pool" ? {} : { pool: "builds" };
          const { messages } = await newcomer.done(tool.name, {
            ...pool,
            ...rest,
            [argument]: example,
          });
          if (argument === "where") assertEquals(messages.length, 1, example);
          tried.push(example);
        }
      }
    }
    assert(tried.length >= 6, `too few examples: ${tried}`);
    assert(tried.includes('.data.status == "failed"') && tried.includes("10m"));
  }),
);

/** jq expressions have quotes of their own: an example ends where its single quote does. */
function whereExamples(description: string): string[] {
  return [...description.matchAll(/'(\.[^']+)'/g)].map(([, example]) => example);
}

Deno.test(
  "everything that a text mentions is there",
  withNewcomer(async (newcomer) => {
    const known = new Set([
      ...newcomer.tools.map(({ name }) => name),
      ...newcomer.tools.flatMap(({ inputSchema, outputSchema }) => {
        return [...propertiesIn(inputSchema), ...propertiesIn(outputSchema)];
      }),
      ...newcomer.prompts.flatMap(({ name, arguments: args = [] }) => {
        return [name, ...args.map(({ name }) => name)];
      }),
    ]);
    const unknown: string[] = [];
    for (const [where, whole] of await newcomer.texts()) {
      // Functions of jq are none of ours.
      const text = whole.replace(/'\.[^']*'/g, "");
      for (const [word] of text.matchAll(/\b[a-z]+(?:_[a-z]+)+\b/g)) {
        // What a text has its readers put into data is its own.
        if (!known.has(word) && !text.includes(`"${word}":`)) unknown.push(`${where}: ${word}`);
      }
    }
    assertEquals(unknown, []);
  }),
);

Deno.test(
  "no text or hint sends a model to a shell that it may not have",
  withNewcomer(async (newcomer, pools) => {
    pools.pool("small", { sizeBytes: 65_536 }).append({ id: 1 });
    Deno.writeTextFileSync(pools.path("broken"), "not a pool".repeat(1000));
    const texts = await newcomer.texts();
    const failing: readonly [string, Record<string, unknown>][] = [
      ["plasmite_feed", { pool: "small", data: "x".repeat(100_000) }],
      ["plasmite_feed", { pool: "missing", data: 1 }],
      ["plasmite_pool_create", { name: "tiny", size: 1 }],
      ["plasmite_pool_create", { name: "small" }],
      ["plasmite_pool_create", { name: "a/b" }],
      ["plasmite_fetch", { pool: "small", seq: 9 }],
      ["plasmite_read", { pool: "small", since: "soon" }],
      ["plasmite_read", { pool: "small", where: "][" }],
      ["plasmite_read", { pool: "broken" }],
      ["plasmite_pool_info", { pool: "broken" }],
    ];
    for (const [tool, args] of failing) {
      const { isError, fields } = await newcomer.call(tool, args);
      assert(isError, `${tool} ${JSON.stringify(args).slice(0, 80)}`);
      texts.set(`hint of ${tool} ${JSON.stringify(args).slice(0, 60)}`, fields.hint ?? "");
    }
    const shells = [...texts].filter(([, text]) => /`pls |\bpls [a-z]+ |--[a-z]{2}/.test(text));
    assertEquals(shells, []);
  }),
);

Deno.test(
  "an expression that is no jq is refused, also where there is nothing to select from",
  withNewcomer(async (newcomer, pools) => {
    pools.createPool("empty");
    for (const tool of ["plasmite_read", "plasmite_wait"]) {
      const { fields } = await newcomer.call(tool, { pool: "empty", where: "][" });
      assertEquals(fields.error_kind, "Usage", tool);
    }
  }),
);

Deno.test(
  "hints lead on: to make the pool, to find the right one, to use what is there",
  withNewcomer(async (newcomer) => {
    const fed = await newcomer.persist("plasmite_feed", { pool: "jobs", data: { id: 1 } });
    assertEquals(fed.isError, false);
    const listed = await newcomer.persist("plasmite_read", { pool: "job" });
    assertEquals(listed.fields.pools.map(({ name }: { name: string }) => name), ["jobs"]);
    const info = await newcomer.persist("plasmite_fetch", { pool: "jobs", seq: 7 });
    assertEquals(info.fields.pool.bounds, { newest: 1, oldest: 1 });
    const again = await newcomer.call("plasmite_pool_create", { name: "jobs" });
    assert(/as it is/.test(again.fields.hint));
    assertEquals(seqsIn(await newcomer.done("plasmite_read", { pool: "jobs" })), [1]);
  }),
);

Deno.test(
  "the default that is told is the one there is",
  withNewcomer(async (newcomer, pools) => {
    const pool = pools.pool("builds");
    for (let id = 0; id < 30; id++) pool.append({ id });
    const { count } = newcomer.tool("plasmite_read").inputSchema.properties as {
      count: { default: number };
    };
    const { messages } = await newcomer.done("plasmite_read", { pool: "builds" });
    assertEquals(messages.length, count.default);
    const most = await newcomer.done("plasmite_read", { pool: "builds", count: count.default });
    assertEquals(messages, most.messages);
  }),
);

Deno.test(
  "following a pool as told misses nothing, from the first message of an empty pool on",
  withNewcomer(async (newcomer, pools) => {
    pools.createPool("quiet");
    let answer = await newcomer.done("plasmite_read", { pool: "quiet" });
    const seen: number[] = [];
    using pool = pools.openPool("quiet");
    while (seen.length < 50) {
      // Something else is done in between, and meanwhile messages come.
      for (let i = 0; i < 7; i++) pool.append({ i });
      answer = await newcomer.done("plasmite_wait", {
        pool: "quiet",
        after_seq: answer.next_after_seq,
        timeout_ms: 1000,
        count: 3,
      });
      seen.push(...seqsIn(answer));
    }
    assertEquals(seen, seen.map((_, i) => i + 1));
  }),
);

Deno.test(
  "watching a pool by the prompt reports every message once",
  withNewcomer(async (newcomer, pools) => {
    using pool = pools.pool("builds");
    for (let id = 0; id < 5; id++) pool.append({ id });
    const [learn, wait, , again] = await newcomer.steps("watch_pool", { pool: "builds" });
    let answer = await newcomer.do(learn, "builds");
    const seen = seqsIn(answer);
    assert(again.text.includes("Go on with 2"));
    while (seen.length < 20) {
      const waiting = newcomer.do(wait, "builds", answer);
      pool.append({ id: seen.length });
      answer = await waiting;
      seen.push(...seqsIn(answer));
      assertEquals(answer.fell_behind, false);
    }
    assertEquals(seen, seen.map((_, i) => i + 1));
  }),
);

Deno.test("two agents hand over work by the prompt, with a question in between", async () => {
  await using place = new Place();
  await using giver = await Newcomer.start(place.pools);
  await using taker = await Newcomer.start(place.pools);
  const task = "Find the flaky test";
  const given = { pool: "work", task, to: "tester" };
  const [feed, wait, look] = await giver.steps("hand_off_work", given);
  const text = await giver.promptText("hand_off_work", given);
  const replyTag = "reply-k3x9";
  for (const field of ["kind", "task", "context", "reply_tag"]) {
    assert(feed.text.includes(`"${field}":`));
  }
  const data = { kind: "task", task, context: "all there is", reply_tag: replyTag };
  const { message } = await giver.do({ ...feed, given: { ...feed.given, data } }, "work");
  assertEquals(message.meta.tags, ["tester"]);

  // The other one does what the last paragraph says.
  const taking = text.slice(text.indexOf("An agent that takes tasks"));
  assert(taking.includes('"tester"'));
  const found = await taker.done("plasmite_read", { pool: "work", tags: ["tester"] });
  assertEquals(found.messages[0].data, data);
  const reply = async (data: unknown) => {
    await taker.done("plasmite_feed", { pool: "work", tags: [replyTag], data });
  };

  const until = async (afterSeq: number) => {
    let answer: Fields = { next_after_seq: afterSeq, messages: [] };
    while (answer.messages.length === 0) {
      const args = { ...wait.given, tags: [replyTag], after_seq: answer.next_after_seq };
      answer = await giver.done(wait.tool!, { pool: "work", ...args });
    }
    return answer;
  };
  const asked = until(message.seq);
  await reply({ kind: "question", question: "Which one?" });
  const question = await asked;
  assertEquals(question.messages[0].data.kind, "question");
  assert(look.text.includes('"kind": "question"') && look.text.includes('"kind": "result"'));

  const answered = until(question.next_after_seq);
  const before = found.next_after_seq;
  await giver.done("plasmite_feed", {
    pool: "work",
    tags: ["tester"],
    data: { kind: "answer", answer: "The last one", reply_tag: replyTag },
  });
  const heard = await taker.done("plasmite_wait", {
    pool: "work",
    tags: ["tester"],
    after_seq: before,
  });
  assertEquals(heard.messages[0].data.kind, "answer");
  await reply({ kind: "result", result: "lock_test" });
  assertEquals((await answered).messages[0].data, { kind: "result", result: "lock_test" });
});

Deno.test(
  "a post-mortem by the prompt reads everything since, however much there is",
  withNewcomer(async (newcomer, pools) => {
    using pool = pools.pool("log", { sizeBytes: 32 * 1024 * 1024 });
    const total = 450;
    for (let id = 1; id <= total; id++) {
      pool.append({ id, line: id % 100 === 0 ? "ERROR: it broke" : "x".repeat(20_000) });
    }
    const given = { pool: "log", minutes: "5" };
    const [info, read, narrow] = await newcomer.steps("post_mortem", given);
    const { pool: about } = await newcomer.do(info, "log");
    assert(about.metrics.age.oldest_age_ms < 5 * 60_000);
    assertEquals(read.given.since, "5m");

    const isOver = endOf(read.text);
    const seen: number[] = [];
    let answer: Fields = { next_after_seq: read.given.after_seq };
    do {
      const args = { since: read.given.since, count: read.given.count, pool: "log" };
      answer = await newcomer.done(read.tool!, { ...args, after_seq: answer.next_after_seq });
      seen.push(...seqsIn(answer));
    } while (!isOver(answer));
    assertEquals(seen, Array.from({ length: total }, (_, i) => i + 1));

    const [where] = /'(.*)'/.exec(narrow.text)!.slice(1);
    const failures = await newcomer.done("plasmite_read", { pool: "log", where });
    assertEquals(seqsIn(failures), [100, 200, 300, 400]);
  }),
);

/** When reading is over, as the text of a step says. */
function endOf(text: string): (answer: Fields) => boolean {
  const [, fewer] = /until fewer than (\d+) come/.exec(text) ?? [];
  if (fewer !== undefined) return ({ messages }) => messages.length < Number(fewer);
  assert(/until (no message comes|messages is empty)/.test(text), text);
  return ({ messages }) => messages.length === 0;
}
