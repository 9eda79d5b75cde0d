/**
 * Promises about the tool that waits.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { eventually } from "../../server/eventually.ts";
import type { Fields } from "../answer.ts";
import type { Promises, World } from "../world.ts";

/** Longer than any test waits for what another process feeds. */
const LONG_MS = 60_000;

/** Whether a promise is settled. */
function watched<T>(promise: Promise<T>): { promise: Promise<T>; isSettled: () => boolean } {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  return { promise, isSettled: () => settled };
}

function seqsOf({ messages }: Fields): number[] {
  return messages.map(({ seq }: { seq: number }) => seq);
}

function wait(world: World, args: Fields): Promise<Fields> {
  return world.done("plasmite_wait", args);
}

/** Promises about the tool that waits. */
export const waiting: Promises = {
  async "messages that are there after after_seq are given at once"(world) {
    const pool = world.poolOf(...Array.from({ length: 30 }, (_, n) => n));
    const first = await wait(world, { pool, after_seq: 0, timeout_ms: LONG_MS });
    assertEquals(seqsOf(first), Array.from({ length: 20 }, (_, i) => i + 1));
    assertEquals([first.timed_out, first.next_after_seq], [false, 20]);
    const rest = await wait(world, { pool, after_seq: 20, timeout_ms: LONG_MS, count: 200 });
    assertEquals([seqsOf(rest).length, rest.next_after_seq, rest.newest_available_seq], [
      10,
      30,
      30,
    ]);
  },

  async "a wait ends when another process feeds"(world) {
    const pool = world.poolOf({ n: 1 });
    const waiting = wait(world, { pool, after_seq: 1, timeout_ms: LONG_MS });
    world.feed(pool, { data: { n: 2 } });
    const batch = await waiting;
    assertEquals([seqsOf(batch), batch.timed_out, batch.next_after_seq], [[2], false, 2]);
    assertEquals(batch.messages[0].data, { n: 2 });
  },

  async "a wait without after_seq is for what is fed from now on"(world) {
    const pool = world.poolOf({ old: true }, { old: true });
    const { promise, isSettled } = watched(wait(world, { pool, timeout_ms: LONG_MS }));
    // Nobody tells when the wait has begun.
    await eventually("the wait ends", () => {
      world.feed(pool, { data: { old: false } });
      return isSettled();
    });
    const { messages, timed_out } = await promise;
    assertEquals([messages[0].data, timed_out], [{ old: false }, false]);
  },

  async "a wait that times out says so, with an empty batch"(world) {
    const pool = world.poolOf(1, 2, 3);
    for (const args of [{ timeout_ms: 0 }, { timeout_ms: 50 }, { timeout_ms: 50, after_seq: 3 }]) {
      const batch = await wait(world, { pool, ...args });
      assertEquals(batch, {
        messages: [],
        next_after_seq: 3,
        last_returned_seq: null,
        oldest_available_seq: 1,
        newest_available_seq: 3,
        fell_behind: false,
        truncated: false,
        timed_out: true,
      });
    }
  },

  async "a wait of no time gives what is there"(world) {
    const pool = world.poolOf(1, 2, 3);
    const batch = await wait(world, { pool, after_seq: 0, timeout_ms: 0 });
    assertEquals([seqsOf(batch), batch.timed_out], [[1, 2, 3], false]);
  },

  async "a wait that times out tells how far it has looked"(world) {
    const pool = world.poolOf(1, 2, 3);
    const batch = await wait(world, { pool, after_seq: 0, tags: ["x"], timeout_ms: 300 });
    assertEquals([batch.timed_out, batch.next_after_seq], [true, 3]);
    const later = await wait(world, { pool, after_seq: 9, timeout_ms: 0 });
    assertEquals([later.timed_out, later.next_after_seq], [true, 9]);
  },

  async "a wait for an empty pool that times out can be continued without loss"(world) {
    const pool = world.pool();
    const { next_after_seq, timed_out } = await wait(world, { pool, timeout_ms: 0 });
    assertEquals(timed_out, true);
    world.feed(pool, { data: 1 });
    const batch = await wait(world, { pool, after_seq: next_after_seq, timeout_ms: LONG_MS });
    assertEquals(seqsOf(batch), [1]);
  },

  async "a wait goes on until a message matches"(world) {
    const pool = world.pool();
    const args = { pool, after_seq: 0, timeout_ms: LONG_MS };
    const byTag = wait(world, { ...args, tags: ["x", "y"] });
    const byWhere = wait(world, { ...args, where: [".data.n? == 4"] });
    world.feed(pool, { data: { n: 1 }, tags: ["x"] });
    world.feed(pool, { data: { n: 2 }, tags: ["y"] });
    world.feed(pool, { data: { n: 3 }, tags: ["y", "x"] });
    assertEquals(seqsOf(await byTag), [3]);
    world.feed(pool, { data: { n: 4 } });
    assertEquals(seqsOf(await byWhere), [4]);
  },

  async "a wait tells that messages were given up while it waited"(world) {
    const pool = world.newName();
    // Of three that are appended together, nobody sees the first ones.
    world.pools.createPool(pool, { maxMessages: 1 });
    const waiting = wait(world, { pool, after_seq: 0, tags: ["x"], timeout_ms: LONG_MS });
    // It has begun before this is answered.
    await world.done("plasmite_pool_info", { pool });
    world.feed(pool, { data: 1 }, { data: 2 }, { data: 3 });
    world.feed(pool, { data: "here", tags: ["x"] });
    const batch = await waiting;
    assertEquals([seqsOf(batch), batch.fell_behind], [[4], true]);
  },

  async "many waits at once all end with one message, and reading goes on meanwhile"(world) {
    const pool = world.poolOf({ n: 1 });
    const args = { pool, after_seq: 1, timeout_ms: LONG_MS };
    const waits = Array.from({ length: 20 }, () => watched(wait(world, args)));
    const { message } = await world.done("plasmite_fetch", { pool, seq: 1 });
    assertEquals(message.seq, 1);
    assertEquals(waits.filter(({ isSettled }) => isSettled()).length, 0);
    world.feed(pool, { data: { n: 2 } });
    for (const { promise } of waits) assertEquals(seqsOf(await promise), [2]);
  },

  async "a long wait tells a client that asked for it how it is doing"(world) {
    const pool = world.poolOf(1);
    const args = { pool, after_seq: 1, timeout_ms: LONG_MS };
    const told: { progress: number; total?: number; message?: string }[] = [];
    const batch = await world.done("plasmite_wait", args, {
      onprogress: (progress) => {
        told.push(progress);
        if (told.length === 1) world.feed(pool, { data: 2 });
      },
    });
    assertEquals([seqsOf(batch), batch.timed_out], [[2], false]);
    const [{ progress, total, message }] = told;
    assert(progress > 0 && progress < LONG_MS);
    assertEquals(total, LONG_MS);
    assert(message);
  },

  async "a wait that is cancelled is over, and the connection goes on"(world) {
    const pool = world.poolOf(1);
    const abort = new AbortController();
    const args = { pool, after_seq: 1, timeout_ms: LONG_MS };
    const waits = Array.from({ length: 3 }, () => {
      return assertRejects(() => world.call("plasmite_wait", args, { signal: abort.signal }));
    });
    await world.done("plasmite_pool_info", { pool });
    abort.abort(new Error("enough"));
    await Promise.all(waits);
    assertEquals(seqsOf(await world.done("plasmite_read", { pool })), [1]);
  },

  async "a wait for a pool that is deleted fails"(world) {
    const pool = world.poolOf(1);
    const waiting = world.refused("plasmite_wait", { pool, after_seq: 1, timeout_ms: LONG_MS });
    await world.done("plasmite_pool_info", { pool });
    world.pools.deletePool(pool);
    const { error_kind, hint } = await waiting;
    assertEquals(error_kind, "NotFound");
    assert(hint.includes("plasmite_pool_list"));
  },
};
