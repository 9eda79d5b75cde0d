/**
 * The table and the JSON of `who`.
 *
 * @module
 */

import { type Color, painter } from "./colors.ts";
import { characterCount, padCharacters } from "./columns.ts";
import { escapedJson } from "./escaped_json.ts";
import type { Liveness, WhoRow } from "./presence.ts";
import { relativeTime } from "./relative_time.ts";
import { parseTime } from "./timestamps.ts";

/** How the table of `who` is laid out. */
export interface WhoOptions {
  /** The current time, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Colour the status. Default false. */
  readonly color?: boolean;
}

const HEADER = ["HANDLE", "STATUS", "HARNESS", "MODEL", "HOST", "OS/ARCH", "CREATED", "OWNER"];
const STATUS = 1;
const GAP = "  ";

const STATUS_COLORS: Readonly<Record<Liveness, Color>> = {
  online: "green",
  stale: "amber",
  offline: "red",
};

/**
 * The table of `who`: a header, and a row for each source that was heard of, in their order.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   printWho([], { nowMs: 0 }),
 *   "HANDLE  STATUS  HARNESS  MODEL  HOST  OS/ARCH  CREATED  OWNER\n",
 * );
 * ```
 */
export function printWho(rows: readonly WhoRow[], options: WhoOptions): string {
  const paint = painter(options.color ?? false);
  const cells = rows.map((row) => cellsOf(row, options.nowMs));
  const widths = HEADER.map((name, column) =>
    cells.reduce((width, row) => Math.max(width, characterCount(row[column])), name.length)
  );
  const lineOf = (row: readonly string[], statusColor?: Color) =>
    row.map((cell, column) => {
      if (column === HEADER.length - 1) return cell;
      const blanks = padCharacters(cell, widths[column]).slice(cell.length);
      return (column === STATUS ? paint(cell, statusColor) : cell) + blanks;
    }).join(GAP) + "\n";
  const body = rows.map((row, index) => lineOf(cells[index], STATUS_COLORS[row.status]));
  return [lineOf(HEADER), ...body].join("");
}

function cellsOf({ handle, status, owner, heartbeat }: WhoRow, nowMs: number): string[] {
  const { harness, model, hostname, os, arch, started_at } = heartbeat;
  const startedMs = parseTime(started_at);
  const created = startedMs === undefined ? "" : relativeTime(startedMs, nowMs);
  const platform = arch === "" ? os : `${os}/${arch}`;
  const optional = [harness, model, hostname, platform, created, owner];
  return [handle, status, ...optional.map((cell) => cell || "-")];
}

/**
 * The JSON of `who`: one array, indented by two blanks, with a line end; `[]` without rows.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(printWhoJson([]), "[]\n");
 * ```
 */
export function printWhoJson(rows: readonly WhoRow[]): string {
  const items = rows.map(({ handle, status, owner, arrived_at, heartbeat }) => {
    return { handle, status, owner, arrived_at, heartbeat };
  });
  return escapedJson(items, 2) + "\n";
}
