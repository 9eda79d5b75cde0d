/**
 * Promises about being told that messages have come to a pool.
 *
 * @module
 */

import { ProtocolError } from "@modelcontextprotocol/client";
import { assertEquals, assertRejects } from "@std/assert";
import { MODERN } from "../ways.ts";
import { type Promises, uriOf } from "../world.ts";

/** Promises about being told that messages have come to a pool. */
export const subscribing: Promises = {
  async "who subscribed to a pool is told when another process feeds it"(world) {
    const [pool, other] = [world.poolOf(1), world.poolOf(1)];
    const unsubscribe = await world.subscribe(uriOf(pool));
    world.feed(other, { data: 2 });
    world.feed(pool, { data: 2 });
    await world.updated(uriOf(pool), 1);
    world.feed(pool, { data: 3 });
    await world.updated(uriOf(pool), 2);
    assertEquals(world.updatesOf(uriOf(other)), 0);
    await unsubscribe();
  },

  async "who subscribed is told of what the same client feeds"(world) {
    const pool = world.pool();
    const unsubscribe = await world.subscribe(uriOf(pool));
    await world.done("plasmite_feed", { pool, data: 1 });
    await world.updated(uriOf(pool), 1);
    await unsubscribe();
  },

  async "of several pools each is told of by its own URI"(world) {
    const uris = [world.pool(), world.pool(), world.pool()].map(uriOf);
    const unsubscribe = await world.subscribe(...uris);
    const [first, second] = uris;
    world.feed(second.slice(uriOf("").length), { data: 1 });
    await world.updated(second, 1);
    world.feed(first.slice(uriOf("").length), { data: 1 });
    await world.updated(first, 1);
    assertEquals(uris.map((uri) => world.updatesOf(uri) > 0), [true, true, false]);
    await unsubscribe();
  },

  async "who unsubscribed is told no more"(world) {
    const [pool, other] = [world.pool(), world.pool()];
    const unsubscribe = await world.subscribe(uriOf(pool));
    const unsubscribeOther = await world.subscribe(uriOf(other));
    world.feed(pool, { data: 1 });
    await world.updated(uriOf(pool), 1);
    await unsubscribe();
    const before = world.updatesOf(uriOf(pool));
    world.feed(pool, { data: 2 });
    // By the time of two notices of another pool, one of this would have come.
    for (const count of [1, 2]) {
      world.feed(other, { data: count });
      await world.updated(uriOf(other), count);
    }
    // There a stream is closed: what still is on its way comes from nobody.
    const isClosing = world.way.transport === "http" && world.way.revision === MODERN;
    if (!isClosing) assertEquals(world.updatesOf(uriOf(pool)), before);
    await unsubscribeOther();
  },

  async "a subscription that was ended can begin again"(world) {
    const pool = world.pool();
    await (await world.subscribe(uriOf(pool)))();
    const unsubscribe = await world.subscribe(uriOf(pool));
    world.feed(pool, { data: 1 });
    await world.updated(uriOf(pool), 1);
    await unsubscribe();
  },

  async "a pool that is deleted is told of, and so is its first message when it is made anew"(
    world,
  ) {
    const pool = world.poolOf(1);
    const unsubscribe = await world.subscribe(uriOf(pool));
    world.feed(pool, { data: 2 });
    await world.updated(uriOf(pool), 1);
    const before = world.updatesOf(uriOf(pool));
    world.pools.deletePool(pool);
    await world.updated(uriOf(pool), before + 1);
    world.pools.createPool(pool);
    world.feed(pool, { data: 1 });
    await world.updated(uriOf(pool), before + 2);
    await unsubscribe();
  },

  async "a pool that is missing can't be subscribed to, or is told of once it is there"(world) {
    const pool = world.newName();
    const uri = uriOf(pool);
    if (world.way.revision !== MODERN) {
      const error = await assertRejects(() => world.subscribe(uri), ProtocolError);
      assertEquals(error.code, -32000);
      assertEquals((error.data as Record<string, string>).error_kind, "NotFound");
      return;
    }
    const unsubscribe = await world.subscribe(uri);
    world.pools.createPool(pool);
    world.feed(pool, { data: 1 });
    await world.updated(uri, 1);
    await unsubscribe();
  },

  async "what is no URI of a pool can't be subscribed to"(world) {
    if (world.way.revision === MODERN) return;
    for (const uri of ["", "first", "plasmite:///pools/a/b", "file:///etc/passwd"]) {
      const error = await assertRejects(() => world.subscribe(uri), ProtocolError);
      assertEquals(error.code, -32602, uri);
    }
  },
};
