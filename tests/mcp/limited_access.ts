/**
 * What an access mode offers and refuses, whatever way a client comes.
 *
 * @module
 */

import type { Client as McpClient } from "@modelcontextprotocol/client";
import { assert, assertEquals } from "@std/assert";
import type { Arguments, Fields } from "./answer.ts";

/** Tools that read, and what they are called with on a pool `work`. */
const READS: Record<string, Arguments> = {
  pool_list: {},
  pool_info: { pool: "work" },
  fetch: { pool: "work", seq: 1 },
  read: { pool: "work" },
  wait: { pool: "work", timeout_ms: 0 },
};

/** Tools that write, and what they are called with. */
const WRITES: Record<string, Arguments> = {
  pool_create: { name: "more" },
  pool_delete: { pool: "work" },
  feed: { pool: "work", data: 2 },
  feed_many: { pool: "work", messages: [{ data: 2 }] },
};

/** Access modes that do not allow everything. */
export const LIMITED = ["read-only", "write-only"] as const;

/** `mcp` is offered what `access` allows, and is refused the rest when it asks all the same. */
export async function assertLimited(
  mcp: McpClient,
  access: typeof LIMITED[number],
): Promise<void> {
  const [allowed, refused] = access === "read-only" ? [READS, WRITES] : [WRITES, READS];
  const names = (await mcp.listTools()).tools.map(({ name }) => name);
  assertEquals(names.toSorted(), Object.keys(allowed).map((tool) => `plasmite_${tool}`).toSorted());
  for (const [tool, args] of Object.entries(refused)) {
    const name = `plasmite_${tool}`;
    const result = await mcp.callTool({ name, arguments: args });
    const { error_kind, tool: told, hint } = result.structuredContent as Fields;
    assertEquals([result.isError, error_kind, told], [true, "Permission", name]);
    assert(hint);
  }
}
