/**
 * The table of `ls`: a header and a row for each pipe, columns two blanks apart. Only
 * PAYLOAD gives way when the terminal is narrow; the last column is never padded.
 *
 * @module
 */

import { byteLength, cutCharacters, padCharacters } from "./columns.ts";
import type { Source, UncollaredPipe } from "./ipc_list.ts";
import { type ListRow, listRows } from "./list_rows.ts";
import { formatPipePath } from "./names.ts";
import { relativeTime } from "./relative_time.ts";
import { formatTime, parseTime } from "./timestamps.ts";

/** How a listing is laid out. */
export interface ListOptions {
  /** How wide the terminal is, in columns: see {@linkcode terminalWidth}. */
  readonly width: number;
  /** The time that LAST counts from, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Show LAST as a time in UTC. Default: how long ago it was. */
  readonly iso?: boolean;
}

const HEADER = ["PIPE", "UNREAD", "BUFFERED", "LAST", "PAYLOAD", "CREATOR"] as const;
const LAST = 3;
const PAYLOAD = 4;
const GAP = "  ";

/** LAST is kept this wide, where there is room, so that it does not jump as time passes. */
const LAST_WIDTH_MIN = 14;

/** The table of sources and their pipes; `""` when there are none. */
export function printList(sources: readonly Source[], options: ListOptions): string {
  return printListWithUncollared(sources, [], options);
}

/**
 * The table of sources and their pipes, and of pipes without a source; `""` when there are
 * none of them. Rows keep the order they are given in.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const info = { pipe: "inbox", total: 7, unread: 2, preview: "green" };
 * const table = printListWithUncollared(
 *   [{ handle: "nina", created_by: "ravi", pipe_infos: [info] }],
 *   [],
 *   { width: 60, nowMs: 0 },
 * );
 * assertEquals(table.split("\n")[1], "nina.inbox  2       7         -     green    ravi");
 * ```
 */
export function printListWithUncollared(
  sources: readonly Source[],
  uncollared: readonly UncollaredPipe[],
  options: ListOptions,
): string {
  const rows = listRows(sources, uncollared).map((row) => cellsOf(row, options));
  if (rows.length === 0) return "";
  const widths = widthsOf([HEADER, ...rows], options.width);
  const isCut = widths.budget !== undefined;
  const body = rows.map((row) =>
    isCut ? row.with(PAYLOAD, cutCharacters(row[PAYLOAD], widths.columns[PAYLOAD])) : row
  );
  return [HEADER, ...body].map((row) => lineOf(row, widths.columns)).join("");
}

function cellsOf({ manifold, handle, name, creator, info }: ListRow, options: ListOptions) {
  const lastMs = parseTime(info.last_at ?? "");
  return [
    formatPipePath(manifold, handle, name),
    String(info.unread),
    String(info.total),
    lastMs === undefined ? "-" : lastText(lastMs, options),
    info.preview || "-",
    creator,
  ];
}

function lastText(lastMs: number, options: ListOptions): string {
  return options.iso ? formatTime(lastMs) : relativeTime(lastMs, options.nowMs);
}

/** The widths of all columns; `budget` is that of PAYLOAD when it is cut. */
function widthsOf(
  rows: readonly (readonly string[])[],
  terminalWidth: number,
): { columns: number[]; budget?: number } {
  const columns = HEADER.map((_, column) =>
    rows.reduce((width, row) => Math.max(width, byteLength(row[column])), 0)
  );
  const gaps = GAP.length * (columns.length - 1);
  const total = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width, gaps);
  const pinned = columns.with(LAST, Math.max(columns[LAST], LAST_WIDTH_MIN));
  const widths = total(pinned) <= terminalWidth ? pinned : columns;
  const budget = terminalWidth - (total(widths) - widths[PAYLOAD]);
  if (budget <= 0 || budget >= widths[PAYLOAD]) return { columns: widths };
  return { columns: widths.with(PAYLOAD, budget), budget };
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  const last = row.length - 1;
  return row.map((cell, column) => column === last ? cell : padCharacters(cell, widths[column]))
    .join(GAP) + "\n";
}
