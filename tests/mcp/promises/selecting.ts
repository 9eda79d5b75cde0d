/**
 * Promises about selecting messages by tags and by jq expressions.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Arguments } from "../answer.ts";
import type { Promises, World } from "../world.ts";

/** How long a wait may take that something matches, and one that nothing does. */
const LONG_MS = 60_000;
const SHORT_MS = 300;

/** Both tools that select. */
const CALLS: readonly [tool: string, args: Arguments][] = [
  ["plasmite_read", {}],
  ["plasmite_read", { after_seq: 0 }],
  ["plasmite_wait", { after_seq: 0, timeout_ms: LONG_MS }],
];

/** Fails unless each tool that selects gives the messages with these numbers. */
async function assertSelected(world: World, args: Arguments, seqs: number[]): Promise<void> {
  for (const [tool, more] of CALLS) {
    const all = { ...more, ...args };
    if (tool === "plasmite_wait" && seqs.length === 0) all.timeout_ms = SHORT_MS;
    const { messages } = await world.done(tool, all);
    const what = `${tool} ${JSON.stringify(all)}`;
    assertEquals(messages.map(({ seq }: { seq: number }) => seq), seqs, what);
  }
}

/** A pool with a few messages that differ. */
function variedPool(world: World): string {
  const pool = world.pool();
  world.feed(
    pool,
    { data: { n: 1, status: "ok" }, tags: ["a", "b"] },
    { data: { n: 2, status: "failed" }, tags: ["b"] },
    { data: { n: 3 }, tags: ["c", "a", "b"] },
    { data: "text", tags: [] },
  );
  return pool;
}

/** Promises about selecting messages by tags and by jq expressions. */
export const selecting: Promises = {
  async "tags select messages that carry all of them"(world) {
    const pool = variedPool(world);
    await assertSelected(world, { pool, tags: [] }, [1, 2, 3, 4]);
    await assertSelected(world, { pool, tags: ["b"] }, [1, 2, 3]);
    await assertSelected(world, { pool, tags: ["a", "b"] }, [1, 3]);
    await assertSelected(world, { pool, tags: [" b", "a "] }, [1, 3]);
    await assertSelected(world, { pool, tags: ["a", "x"] }, []);
    await assertSelected(world, { pool, tags: ["A"] }, []);
  },

  async "where selects messages for which a jq expression gives true"(world) {
    const pool = variedPool(world);
    await assertSelected(world, { pool, where: '.data.status? == "failed"' }, [2]);
    await assertSelected(world, { pool, where: '.meta.tags | index("a") != null' }, [1, 3]);
    await assertSelected(world, { pool, where: '.data | type == "string"' }, [4]);
    await assertSelected(world, { pool, where: "false" }, []);
  },

  async "of several expressions all have to hold, and tags as well"(world) {
    const pool = variedPool(world);
    const where = [".data.n? > 0", ".data.n? < 3"];
    await assertSelected(world, { pool, where }, [1, 2]);
    await assertSelected(world, { pool, where, tags: ["a"] }, [1]);
    await assertSelected(world, { pool, where: [] }, [1, 2, 3, 4]);
  },

  async "an expression that is no jq is refused, with what is wrong"(world) {
    const pool = variedPool(world);
    for (const where of ["nonsense(1)", ["true", "]"], ""]) {
      for (const [tool, more] of CALLS.slice(1)) {
        const failure = await world.refused(tool, { pool, ...more, where });
        assertEquals(failure.error_kind, "Usage", `${tool} ${where}`);
        assert(failure.message ?? failure.detail);
      }
    }
  },

  async "an expression that gives no boolean is refused"(world) {
    const pool = variedPool(world);
    for (const [tool, more] of CALLS) {
      const failure = await world.refused(tool, { pool, ...more, where: ".seq" });
      assertEquals(failure.error_kind, "Usage", tool);
    }
  },

  async "more than 16 expressions are refused"(world) {
    const pool = variedPool(world);
    const where = (count: number) => Array.from({ length: count }, () => "true");
    await assertSelected(world, { pool, where: where(16) }, [1, 2, 3, 4]);
    const { error_kind, field } = await world.refused("plasmite_read", { pool, where: where(17) });
    assertEquals([error_kind, field], ["Usage", "where"]);
  },

  async "an expression that never ends is cut off, and others do not wait for it"(world) {
    const pool = variedPool(world);
    const where = "until(false; .)";
    const isCutOff = { done: false };
    const cutOff = world.refused("plasmite_wait", { pool, after_seq: 0, where }).then((failure) => {
      isCutOff.done = true;
      return failure;
    });
    await world.done("plasmite_read", { pool });
    assertEquals(isCutOff.done, false);
    assertEquals((await cutOff).error_kind, "Usage");
  },
};
