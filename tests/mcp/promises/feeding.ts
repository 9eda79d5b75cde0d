/**
 * Promises about tools that append messages.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { NotFoundError } from "@plasmite/pool";
import type { Promises, World } from "../world.ts";

/** The messages of a pool, from the first on, as this process sees them. */
function messagesOf({ pools }: World, name: string) {
  using pool = pools.openPool(name);
  const { nextSeq } = pool.info();
  return Array.from({ length: nextSeq - 1 }, (_, i) => pool.get(i + 1));
}

/** Promises about tools that append messages. */
export const feeding: Promises = {
  async "what is fed is there for everybody, and comes back as it was stored"(world) {
    const pool = world.pool();
    const { message } = await world.done("plasmite_feed", {
      pool,
      data: { a: 1 },
      tags: ["x", "y"],
    });
    const [stored] = messagesOf(world, pool);
    assertEquals(message, JSON.parse(stored.envelope));
    assertEquals([message.seq, message.data, message.meta.tags], [1, { a: 1 }, ["x", "y"]]);
    assert(!Number.isNaN(Date.parse(message.time)));
  },

  async "a message without tags has an empty list of them"(world) {
    const { message } = await world.done("plasmite_feed", { pool: world.pool(), data: {} });
    assertEquals(message.meta, { tags: [] });
  },

  async "any JSON value can be fed"(world) {
    const pool = world.pool();
    for (
      const data of [null, true, 0, -1.5e300, "", "é\u2028\0", [], [1, [2]], {}, { a: { b: [] } }]
    ) {
      const { message } = await world.done("plasmite_feed", { pool, data });
      assertEquals(message.data, data);
      const { message: fetched } = await world.done("plasmite_fetch", { pool, seq: message.seq });
      assertEquals(fetched, message);
    }
  },

  async "blanks around tags do not count, and a blank tag is refused"(world) {
    const pool = world.pool();
    const { message } = await world.done("plasmite_feed", {
      pool,
      data: 1,
      tags: ["  a b ", "c\t"],
    });
    assertEquals(message.meta.tags, ["a b", "c"]);
    for (const blank of ["", "  ", "\t\n"]) {
      const failure = await world.refused("plasmite_feed", { pool, data: 1, tags: ["x", blank] });
      assertEquals([failure.error_kind, failure.field], ["Usage", "tags.1"]);
    }
    assertEquals(messagesOf(world, pool).length, 1);
  },

  async "a message that is too large for its pool is refused, with what to do instead"(world) {
    const pool = world.pool(65_536);
    const failure = await world.refused("plasmite_feed", { pool, data: "x".repeat(100_000) });
    assertEquals(failure.error_kind, "Usage");
    assert(failure.hint.includes("larger pool"), failure.hint);
    assertEquals(messagesOf(world, pool), []);
  },

  async "feeding a pool that is missing fails and says how to make it"(world) {
    const pool = world.newName();
    for (const create of [undefined, false, null]) {
      for (const args of [{ data: 1 }, { messages: [{ data: 1 }] }]) {
        const tool = "data" in args ? "plasmite_feed" : "plasmite_feed_many";
        const given = create === undefined ? { pool, ...args } : { pool, ...args, create };
        const failure = await world.refused(tool, given);
        assertEquals(failure.error_kind, "NotFound");
        assert(failure.hint.includes("create"), failure.hint);
      }
    }
    assertThrows(() => world.pools.poolInfo(pool), NotFoundError);
  },

  async "create makes the pool, of 1 MiB, and does no harm when it is there"(world) {
    const pool = world.newName();
    for (const seq of [1, 2]) {
      const { message } = await world.done("plasmite_feed", { pool, data: {}, create: true });
      assertEquals(message.seq, seq);
    }
    assertEquals(world.pools.poolInfo(pool).sizeBytes, 1_048_576);
  },

  async "many that create a pool at once all feed it"(world) {
    const pool = world.newName();
    const fed = await Promise.all(Array.from({ length: 8 }, (_, n) => {
      return world.done("plasmite_feed", { pool, data: { n }, create: true });
    }));
    const seqs = fed.map(({ message }) => message.seq).sort();
    assertEquals(seqs, [1, 2, 3, 4, 5, 6, 7, 8]);
  },

  async "a message larger than the pool is refused, and the pool stays as it is"(world) {
    const pool = world.pool(65_536);
    const failure = await world.refused("plasmite_feed", { pool, data: "x".repeat(80_000) });
    assertEquals(failure.error_kind, "Usage");
    assertEquals(messagesOf(world, pool).length, 0);
  },

  async "several messages are fed in order, and their numbers told"(world) {
    const pool = world.poolOf({ n: 0 });
    const messages = [{ data: { n: 1 }, tags: [" a "] }, { data: { n: 2 } }, { data: 3 }];
    const fields = await world.done("plasmite_feed_many", { pool, messages });
    assertEquals(fields, { fed: 3, first_seq: 2, last_seq: 4 });
    const told = messagesOf(world, pool).slice(1).map(({ data, tags }) => ({ data, tags }));
    assertEquals(told, [
      { data: { n: 1 }, tags: ["a"] },
      { data: { n: 2 }, tags: [] },
      { data: 3, tags: [] },
    ]);
  },

  async "of several messages all are fed or none"(world) {
    const pool = world.pool(65_536);
    const cases = [
      [],
      [{ data: 1 }, { data: 2, tags: [" "] }],
      [{ data: 1 }, {}],
      [{ data: 1 }, null],
      Array.from({ length: 201 }, () => ({ data: 1 })),
      [{ data: 1 }, { data: "x".repeat(80_000) }],
    ];
    for (const messages of cases) {
      const failure = await world.refused("plasmite_feed_many", { pool, messages });
      assertEquals(failure.error_kind, "Usage");
    }
    assertEquals(messagesOf(world, pool).length, 0);
    const messages = Array.from({ length: 200 }, (_, n) => ({ data: n }));
    const { fed } = await world.done("plasmite_feed_many", { pool, messages });
    assertEquals(fed, 200);
  },

  async "nobody sees another message between those that are fed together"(world) {
    const pool = world.pool();
    const parts = ["a", "b", "c", "d", "e"];
    await Promise.all(parts.map(async (part) => {
      const messages = Array.from({ length: 20 }, (_, n) => ({ data: { part, n } }));
      const { first_seq, last_seq } = await world.done("plasmite_feed_many", { pool, messages });
      assertEquals(last_seq, first_seq + 19);
    }));
    const data = messagesOf(world, pool).map(({ data }) => data as { part: string; n: number });
    assertEquals(data.length, 100);
    data.forEach(({ part, n }, i) => {
      assertEquals([part, n], [data[i - i % 20].part, i % 20]);
    });
  },
};
