/**
 * Promises about tools that read what is there.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { JsonText } from "@plasmite/pool";
import { type Fields, fieldsOf, textOf } from "../answer.ts";
import type { Promises } from "../world.ts";

/** What is told of a batch without its messages, and the numbers of those. */
function factsOf({ messages, ...facts }: Fields): Fields {
  return { seqs: messages.map(({ seq }: { seq: number }) => seq), ...facts };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Promises about tools that read what is there. */
export const reading: Promises = {
  async "a message is fetched by its number"(world) {
    const pool = world.poolOf({ n: 1 }, { n: 2 });
    const { message } = await world.done("plasmite_fetch", { pool, seq: 2 });
    assertEquals([message.seq, message.data], [2, { n: 2 }]);
  },

  async "a number without a message is told, with where to look"(world) {
    const pool = world.poolOf({ n: 1 });
    for (const seq of [0, 2, Number.MAX_SAFE_INTEGER]) {
      const failure = await world.refused("plasmite_fetch", { pool, seq });
      assertEquals([failure.error_kind, failure.seq], ["NotFound", seq]);
      assert(failure.hint.includes("plasmite_pool_info"));
    }
  },

  async "the newest 20 messages are read unless another count is asked for"(world) {
    const pool = world.poolOf(...range(1, 250));
    const seqsOf = async (args: Fields) => {
      return factsOf(await world.done("plasmite_read", { pool, ...args })).seqs;
    };
    assertEquals(await seqsOf({}), range(231, 250));
    assertEquals(await seqsOf({ count: 1 }), [250]);
    assertEquals(await seqsOf({ count: 200 }), range(51, 250));
    assertEquals(await seqsOf({ since: null }), range(231, 250));
  },

  async "a batch tells where it ended and what there is"(world) {
    const pool = world.poolOf(...range(1, 30));
    assertEquals(factsOf(await world.done("plasmite_read", { pool, count: 3 })), {
      seqs: [28, 29, 30],
      next_after_seq: 30,
      last_returned_seq: 30,
      oldest_available_seq: 1,
      newest_available_seq: 30,
      fell_behind: false,
      truncated: false,
    });
    assertEquals(factsOf(await world.done("plasmite_read", { pool, count: 3, after_seq: 10 })), {
      seqs: [11, 12, 13],
      next_after_seq: 13,
      last_returned_seq: 13,
      oldest_available_seq: 1,
      newest_available_seq: 30,
      fell_behind: false,
      truncated: false,
    });
  },

  async "a batch of an empty pool has nulls, and where to go on from"(world) {
    const pool = world.pool();
    const empty = {
      seqs: [],
      last_returned_seq: null,
      oldest_available_seq: null,
      newest_available_seq: null,
      fell_behind: false,
      truncated: false,
    };
    const read = async (args: Fields) => factsOf(await world.done("plasmite_read", args));
    assertEquals(await read({ pool }), { ...empty, next_after_seq: 0 });
    assertEquals(await read({ pool, after_seq: 0 }), { ...empty, next_after_seq: 0 });
    assertEquals(await read({ pool, after_seq: 7 }), { ...empty, next_after_seq: 7 });
  },

  async "reading on from a number that was not reached gives nothing and stays there"(world) {
    const pool = world.poolOf(1, 2, 3);
    for (const after_seq of [3, 99]) {
      const facts = factsOf(await world.done("plasmite_read", { pool, after_seq }));
      assertEquals([facts.seqs, facts.next_after_seq], [[], after_seq]);
      assertEquals([facts.last_returned_seq, facts.fell_behind], [null, false]);
    }
  },

  async "next_after_seq leads through a pool without gaps and repeats"(world) {
    const pool = world.poolOf(...range(1, 45));
    const seqs: number[] = [];
    for (let after_seq = 0, more = true; more;) {
      const facts = factsOf(await world.done("plasmite_read", { pool, after_seq, count: 20 }));
      seqs.push(...facts.seqs);
      after_seq = facts.next_after_seq;
      more = facts.seqs.length === 20;
    }
    assertEquals(seqs, range(1, 45));
  },

  async "next_after_seq passes over messages that were looked at and did not match"(world) {
    const pool = world.pool();
    world.feed(pool, { data: 1, tags: ["x"] }, { data: 2 }, { data: 3, tags: ["x"] }, { data: 4 });
    const tags = ["x"];
    const one = factsOf(await world.done("plasmite_read", { pool, tags, after_seq: 0, count: 1 }));
    assertEquals([one.seqs, one.next_after_seq], [[1], 1]);
    const all = factsOf(await world.done("plasmite_read", { pool, tags, after_seq: 0 }));
    assertEquals([all.seqs, all.next_after_seq, all.last_returned_seq], [[1, 3], 4, 3]);
    const last = factsOf(await world.done("plasmite_read", { pool, tags, count: 1 }));
    assertEquals([last.seqs, last.next_after_seq], [[3], 4]);
    const none = factsOf(await world.done("plasmite_read", { pool, tags: ["y"], after_seq: 1 }));
    assertEquals([none.seqs, none.next_after_seq, none.last_returned_seq], [[], 4, null]);
  },

  async "a reader whose messages were given up is told that it fell behind"(world) {
    const pool = world.pool(65_536);
    for (let n = 0; n < 300; n++) world.feed(pool, { data: { n, text: "x".repeat(500) } });
    const { oldest } = world.pools.poolInfo(pool).bounds!;
    assert(oldest > 2, "messages were given up");
    for (const tool of ["plasmite_read", "plasmite_wait"]) {
      const read = async (after_seq: number) =>
        factsOf(await world.done(tool, { pool, after_seq }));
      const behind = await read(0);
      assertEquals([behind.fell_behind, behind.seqs[0]], [true, oldest], tool);
      assertEquals([behind.oldest_available_seq, behind.newest_available_seq], [oldest, 300], tool);
      assertEquals((await read(oldest - 2)).fell_behind, true, tool);
      assertEquals((await read(oldest - 1)).fell_behind, false, tool);
    }
    const newest = await world.done("plasmite_read", { pool });
    assertEquals(newest.fell_behind, false, "who does not say where it was has not fallen behind");
  },

  async "what does not fit in one answer is left for the next, and said so"(world) {
    const pool = world.pool(8 * 1_048_576);
    for (let n = 1; n <= 5; n++) world.feed(pool, { data: { n, text: "x".repeat(400_000) } });
    const read = async (args: Fields, tool = "plasmite_read") => {
      const { seqs, next_after_seq, truncated } = factsOf(
        await world.done(tool, { pool, ...args }),
      );
      return { seqs, next_after_seq, truncated };
    };
    const first = { seqs: [1, 2], next_after_seq: 2, truncated: true };
    assertEquals(await read({ after_seq: 0 }), first);
    assertEquals(await read({ after_seq: 2 }), {
      seqs: [3, 4],
      next_after_seq: 4,
      truncated: true,
    });
    assertEquals(await read({ after_seq: 4 }), { seqs: [5], next_after_seq: 5, truncated: false });
    // A wait gives what came first, which may be less.
    const { seqs, next_after_seq } = await read({ after_seq: 0 }, "plasmite_wait");
    assertEquals([seqs[0], next_after_seq], [1, seqs.at(-1)]);
    const newest = { seqs: [4, 5], next_after_seq: 5, truncated: true };
    assertEquals(await read({}), newest);
  },

  async "a message that alone is more than fits is given all the same"(world) {
    const pool = world.pool(8 * 1_048_576);
    for (const n of [1, 2]) world.feed(pool, { data: { n, text: "x".repeat(1_500_000) } });
    const { messages, truncated } = await world.done("plasmite_read", { pool, after_seq: 0 });
    assertEquals([messages.length, messages[0].seq, truncated], [1, 1, true]);
    const { message } = await world.done("plasmite_fetch", { pool, seq: 2 });
    assertEquals(message.data.text.length, 1_500_000);
  },

  async "since leaves out what is older, also together with after_seq"(world) {
    const pool = world.poolOf(1, 2, 3, 4, 5);
    const seqsOf = async (args: Fields) => {
      return factsOf(await world.done("plasmite_read", { pool, ...args })).seqs;
    };
    const timeOf = async (seq: number) => {
      return (await world.done("plasmite_fetch", { pool, seq })).message.time;
    };
    // Messages that are appended together have the same time.
    world.feed(pool, { data: 6 });
    world.feed(pool, { data: 7 });
    assertEquals(await seqsOf({ since: "1h" }), range(1, 7));
    assertEquals(await seqsOf({ since: await timeOf(1) }), range(1, 7));
    assertEquals(await seqsOf({ since: await timeOf(6) }), [6, 7]);
    assertEquals(await seqsOf({ since: await timeOf(7), after_seq: 0 }), [7]);
    assertEquals(await seqsOf({ since: await timeOf(6), after_seq: 6 }), [7]);
    assertEquals(await seqsOf({ since: await timeOf(6), after_seq: 0, count: 1 }), [6]);
    assertEquals(await seqsOf({ since: await timeOf(6), count: 1 }), [7]);
    const future = await world.done("plasmite_read", { pool, since: "2100-01-01T00:00:00Z" });
    assertEquals([future.messages, future.next_after_seq], [[], 7]);
  },

  async "numbers and the order of keys come as they were stored"(world) {
    const pool = world.pool();
    const source = '{"z":12345678901234567890,"a":1.0,"m":-0.0,"e":1e400,"b":{"y":0.10,"x":100}}';
    using open = world.pools.openPool(pool);
    open.appendMany([{ json: JsonText.parse(source) }]);
    const given = [
      await world.call("plasmite_fetch", { pool, seq: 1 }),
      await world.call("plasmite_read", { pool }),
      await world.call("plasmite_read", { pool, where: ".data.a == 1" }),
      await world.call("plasmite_wait", { pool, after_seq: 0 }),
    ];
    const stored = open.get(1).envelope;
    for (const result of given) assert(textOf(result).includes(stored), textOf(result));
    const { contents: [content] } = await world.mcp.readResource({
      uri: `plasmite:///pools/${pool}`,
    });
    assert("text" in content && content.text.includes(stored));
  },

  async "reading takes nothing away"(world) {
    const pool = world.poolOf(1, 2, 3);
    const results = await Promise.all(range(1, 5).map(() => world.call("plasmite_read", { pool })));
    for (const result of results) assertEquals(factsOf(fieldsOf(result)).seqs, [1, 2, 3]);
  },
};
