/**
 * Promises about tools that list, create, describe and delete pools.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { NotFoundError } from "@plasmite/pool";
import type { Promises } from "../world.ts";

/** Names that lead out of the directory, or nowhere. */
const NO_NAMES = ["", "a/b", "../up", "/etc/passwd", "nul\0", "x".repeat(201)];

/** Promises about tools that list, create, describe and delete pools. */
export const pools: Promises = {
  async "pools are listed by name, with what is in them"(world) {
    const [b, a] = [world.poolOf({ n: 1 }, { n: 2 }), world.pool()];
    const { pools } = await world.done("plasmite_pool_list");
    const names = pools.map(({ name }: { name: string }) => name);
    assertEquals(names, names.toSorted());
    // Their files are in another order.
    world.pools.createPool(`${a}-more`);
    const { pools: more } = await world.done("plasmite_pool_list");
    const both = more.map(({ name }: { name: string }) => name)
      .filter((name: string) => name.startsWith(a));
    assertEquals(both, [a, `${a}-more`]);
    const entry = pools[names.indexOf(b)];
    assertEquals(entry.bounds, { oldest: 1, newest: 2 });
    assertEquals(entry.metrics.message_count, 2);
    assert(names.includes(a));
  },

  async "a damaged pool is listed with its error and keeps nobody from the others"(world) {
    const [name, other] = [world.newName(), world.pool()];
    Deno.writeTextFileSync(`${world.pools.dir}/${name}.plasmite`, "this is no pool");
    const { pools } = await world.done("plasmite_pool_list");
    const entryOf = (wanted: string) => pools.find(({ name }: { name: string }) => name === wanted);
    assertEquals(entryOf(name).error.kind, "Corrupt");
    assertEquals(entryOf(other).error, undefined);
    assertEquals((await world.refused("plasmite_pool_info", { pool: name })).error_kind, "Corrupt");
    assertEquals((await world.refused("plasmite_read", { pool: name })).error_kind, "Corrupt");
    Deno.removeSync(`${world.pools.dir}/${name}.plasmite`);
  },

  async "a pool is made with 1 MiB, or the size that is asked for"(world) {
    for (const size of [undefined, 2_097_152]) {
      const name = world.newName();
      const args = size === undefined ? { name } : { name, size };
      const { pool } = await world.done("plasmite_pool_create", args);
      assertEquals([pool.name, pool.file_size], [name, size ?? 1_048_576]);
      assertEquals(world.pools.poolInfo(name).sizeBytes, size ?? 1_048_576);
      assertEquals(pool.bounds, {});
    }
  },

  async "a pool that there is can't be made again, and is not touched"(world) {
    const name = world.poolOf({ n: 1 });
    const failure = await world.refused("plasmite_pool_create", { name, size: 4_194_304 });
    assertEquals(failure.error_kind, "AlreadyExists");
    assert(failure.hint.includes("as it is"), failure.hint);
    const { bounds, sizeBytes } = world.pools.poolInfo(name);
    assertEquals({ bounds, sizeBytes }, { bounds: { oldest: 1, newest: 1 }, sizeBytes: 1_048_576 });
  },

  async "a size that is no size of a pool is refused, and nothing is made"(world) {
    for (const size of [0, -1, 1.5, "1048576", null, 100]) {
      const name = world.newName();
      const failure = await world.refused("plasmite_pool_create", { name, size });
      assertEquals(failure.error_kind, "Usage", JSON.stringify(size));
      if (size !== 100) assertEquals(failure.field, "size");
      else assert(failure.hint.includes("1048576"), failure.hint);
      assertThrows(() => world.pools.poolInfo(name), NotFoundError);
    }
  },

  async "a pool is described with its bounds, sizes and times"(world) {
    const name = world.poolOf({ n: 1 }, { n: 2 }, { n: 3 });
    const { pool } = await world.done("plasmite_pool_info", { pool: name });
    assertEquals([pool.name, pool.path], [name, `${world.pools.dir}/${name}.plasmite`]);
    assertEquals(pool.bounds, { oldest: 1, newest: 3 });
    assertEquals(pool.next_seq, 4);
    assert(pool.metrics.age.newest_age_ms >= 0);
  },

  async "a deleted pool is gone"(world) {
    const name = world.poolOf({ n: 1 });
    const fields = await world.done("plasmite_pool_delete", { pool: name });
    assertEquals(fields, { deleted: { pool: name } });
    assertThrows(() => world.pools.poolInfo(name), NotFoundError);
  },

  async "a pool that was deleted and made anew starts from 1"(world) {
    const name = world.poolOf({ n: 1 }, { n: 2 });
    await world.done("plasmite_feed", { pool: name, data: {} });
    await world.done("plasmite_pool_delete", { pool: name });
    await world.done("plasmite_pool_create", { name });
    const { message } = await world.done("plasmite_feed", { pool: name, data: {} });
    assertEquals(message.seq, 1);
  },

  async "tools say which pool is missing and where to look"(world) {
    const pool = world.newName();
    const calls = [
      ["pool_info", {}],
      ["pool_delete", {}],
      ["fetch", { seq: 1 }],
      ["read", {}],
      ["read", { after_seq: 3 }],
      ["wait", { timeout_ms: 0 }],
    ] as const;
    for (const [tool, args] of calls) {
      const failure = await world.refused(`plasmite_${tool}`, { pool, ...args });
      assertEquals(failure.error_kind, "NotFound", tool);
      assert(failure.hint.includes("plasmite_pool_list"), tool);
      assert(failure.message.includes(pool) || failure.path?.includes(pool), tool);
    }
  },

  async "names that are no names of pools are refused by every tool"(world) {
    const calls = [
      ["pool_info", {}],
      ["pool_delete", {}],
      ["feed", { data: {}, create: true }],
      ["feed_many", { messages: [{ data: {} }], create: true }],
      ["fetch", { seq: 1 }],
      ["read", {}],
      ["wait", { timeout_ms: 0 }],
    ] as const;
    for (const pool of NO_NAMES) {
      for (const [tool, args] of calls) {
        const { error_kind } = await world.refused(`plasmite_${tool}`, { pool, ...args });
        assertEquals(error_kind, "Usage", `${tool} ${JSON.stringify(pool)}`);
      }
      const { error_kind } = await world.refused("plasmite_pool_create", { name: pool });
      assertEquals(error_kind, "Usage", JSON.stringify(pool));
    }
  },

  async "an argument that is unknown, missing or of another type is named"(world) {
    const pool = world.poolOf({ n: 1 });
    const cases: [tool: string, args: Record<string, unknown>, field: string][] = [
      ["pool_list", { all: true }, "all"],
      ["pool_create", {}, "name"],
      ["pool_create", { name: 7 }, "name"],
      ["pool_info", {}, "pool"],
      ["pool_info", { pool, extra: 1 }, "extra"],
      ["pool_info", { pool: null }, "pool"],
      ["pool_delete", { pool: [pool] }, "pool"],
      ["feed", { pool }, "data"],
      ["feed", { pool, data: {}, tags: "x" }, "tags"],
      ["feed", { pool, data: {}, tags: null }, "tags"],
      ["feed", { pool, data: {}, tags: ["x", 1] }, "tags.1"],
      ["feed", { pool, data: {}, create: "yes" }, "create"],
      ["feed", { pool, data: {}, durability: "flush" }, "durability"],
      ["feed_many", { pool }, "messages"],
      ["feed_many", { pool, messages: [{ data: 1, tag: ["x"] }] }, "tag"],
      ["fetch", { pool }, "seq"],
      ["fetch", { pool, seq: -1 }, "seq"],
      ["fetch", { pool, seq: 1.5 }, "seq"],
      ["fetch", { pool, seq: "1" }, "seq"],
      ["fetch", { pool, seq: null }, "seq"],
      ["read", { pool, count: 0 }, "count"],
      ["read", { pool, count: 201 }, "count"],
      ["read", { pool, count: null }, "count"],
      ["read", { pool, after_seq: -1 }, "after_seq"],
      ["read", { pool, after_seq: null }, "after_seq"],
      ["read", { pool, since: 5 }, "since"],
      ["read", { pool, since: "yesterday" }, "since"],
      ["read", { pool, timeout_ms: 5 }, "timeout_ms"],
      ["wait", { pool, count: 201 }, "count"],
      ["wait", { pool, timeout_ms: 60_001 }, "timeout_ms"],
      ["wait", { pool, timeout_ms: -1 }, "timeout_ms"],
      ["wait", { pool, timeout_ms: null }, "timeout_ms"],
      ["wait", { pool, since: "5m" }, "since"],
      ["wait", { pool, tags: null }, "tags"],
      ["wait", { pool, where: 5 }, "where"],
    ];
    for (const [tool, args, field] of cases) {
      const what = `${tool} ${JSON.stringify(args)}`;
      const failure = await world.refused(`plasmite_${tool}`, args);
      assertEquals([failure.error_kind, failure.field], ["Usage", field], what);
      assert(failure.detail, what);
    }
    assertEquals(world.pools.poolInfo(pool).bounds?.newest, 1, "nothing was fed");
  },
};
