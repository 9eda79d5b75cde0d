/**
 * Tables of text: columns as wide as their widest cell, two blanks apart.
 *
 * @module
 */

import { printable } from "./screen.ts";

/** One row: a cell for each column; an empty or missing one shows as `-`. */
export type Row = readonly (string | number | undefined)[];

/**
 * Lays out a header line and a line for each row, each with its line end.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   renderTable(["NAME", "SIZE"], [["jobs", 65536]]),
 *   "NAME  SIZE\njobs  65536\n",
 * );
 * ```
 */
export function renderTable(columns: readonly string[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((_, column) => cellText(row[column])));
  const widths = columns.map((name, column) => {
    return cells.reduce((width, row) => Math.max(width, row[column].length), name.length);
  });
  const line = (row: readonly string[]) => {
    return row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd() + "\n";
  };
  return [columns, ...cells].map(line).join("");
}

function cellText(cell: string | number | undefined): string {
  return cell === undefined || cell === "" ? "-" : printable(String(cell));
}
