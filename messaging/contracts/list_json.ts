/**
 * The lines of `ls --json`: an object for each pipe, its members in alphabetical order.
 *
 * @module
 */

import { escapedJson } from "./escaped_json.ts";
import type { Source, UncollaredPipe } from "./ipc_list.ts";
import { type ListRow, listRows } from "./list_rows.ts";
import { wholeSeconds } from "./timestamps.ts";

/** A line for each pipe of the sources; `""` when there are none. */
export function printListJson(sources: readonly Source[]): string {
  return printListJsonWithUncollared(sources, []);
}

/**
 * A line for each pipe of the sources, and for each without a source; `""` when there are
 * none of them. Rows keep the order they are given in.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const lobby = { name: "lobby", info: { pipe: "lobby", total: 0, unread: 0 } };
 * assertEquals(
 *   printListJsonWithUncollared([], [lobby]),
 *   '{"creator":"","handle":"","last_at":null,"manifold":"","payload":"","pipe":"lobby",' +
 *     '"total":0,"unread":0}\n',
 * );
 * ```
 */
export function printListJsonWithUncollared(
  sources: readonly Source[],
  uncollared: readonly UncollaredPipe[],
): string {
  return listRows(sources, uncollared).map((row) => escapedJson(lineOf(row)) + "\n").join("");
}

function lineOf({ manifold, handle, name, creator, info }: ListRow): object {
  return {
    creator,
    handle,
    last_at: wholeSeconds(info.last_at) ?? null,
    // The manifold of a source is not told: its handle says which one it is.
    ...(handle === "" ? { manifold } : {}),
    payload: info.payload ?? "",
    pipe: name,
    total: info.total,
    unread: info.unread,
  };
}
