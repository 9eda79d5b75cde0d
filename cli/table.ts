/**
 * Tables of text: columns as wide as their widest cell, two blanks apart.
 *
 * @module
 */

import { printable } from "./screen.ts";

/** One row: a cell for each column; an empty or missing one shows as `-`. */
export type Row = readonly (string | number | undefined)[];

/**
 * Lays out a header line and a line for each row, each with its line end. Cells are cut
 * when the table is wider than `maxWidth` characters.
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
export function renderTable(
  columns: readonly string[],
  rows: readonly Row[],
  maxWidth = Infinity,
): string {
  const cells = rows.map((row) => columns.map((_, column) => cellText(row[column])));
  const natural = columns.map((name, column) => {
    return cells.reduce((width, row) => Math.max(width, row[column].length), name.length);
  });
  const widths = fitted(natural, maxWidth);
  const line = (row: readonly string[]) => {
    return row.map((cell, column) => shortened(cell, widths[column]).padEnd(widths[column]))
      .join("  ").trimEnd() + "\n";
  };
  return [columns, ...cells].map(line).join("");
}

/** No column is made narrower than this: a table for fewer columns wraps. */
const COLUMN_WIDTH_MIN = 8;

/** Takes from the widest column, again and again, until the table fits. */
function fitted(natural: readonly number[], maxWidth: number): number[] {
  const widths = [...natural];
  const gaps = 2 * (widths.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, gaps) - maxWidth;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= COLUMN_WIDTH_MIN) break;
    widths[widths.indexOf(widest)]--;
    excess--;
  }
  return widths;
}

/** Cuts a cell: of a path its end says most, of anything else its beginning. */
function shortened(cell: string, width: number): string {
  if (cell.length <= width) return cell;
  return cell.includes("/") ? "…" + cell.slice(1 - width) : cell.slice(0, width - 1) + "…";
}

function cellText(cell: string | number | undefined): string {
  return cell === undefined || cell === "" ? "-" : printable(String(cell));
}
