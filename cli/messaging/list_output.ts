/**
 * How pipes are listed.
 *
 * @module
 */

import {
  type ListReply,
  printListJsonWithUncollared,
  printListWithUncollared,
  terminalWidth,
} from "../../messaging/internal_mod.ts";
import type { Flags } from "../command.ts";
import type { Screen } from "../screen.ts";

/** The flags of every command that lists pipes. */
export const LIST_FLAGS = {
  json: { kind: "switch", help: "Print each pipe as one line of JSON." },
  iso: {
    kind: "switch",
    conflicts: ["json"],
    help: "Show times in UTC instead of how long ago they were.",
  },
} as const satisfies Flags;

/** The values of {@linkcode LIST_FLAGS}. */
export interface ListChoice {
  readonly json: boolean;
  readonly iso: boolean;
}

/** Prints pipes as they were asked for; of none, nothing. */
export function printPipes(
  screen: Screen,
  { sources, uncollared_pipes = [] }: ListReply,
  { json, iso }: ListChoice,
): void {
  screen.write(
    json
      ? printListJsonWithUncollared(sources, uncollared_pipes)
      : printListWithUncollared(sources, uncollared_pipes, {
        width: widthOf(screen),
        nowMs: Date.now(),
        iso,
      }),
  );
}

/** How wide a table may be. */
export function widthOf(screen: Screen): number {
  return terminalWidth({ columnsVariable: Deno.env.get("COLUMNS"), columns: screen.columns });
}
