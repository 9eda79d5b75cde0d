/**
 * How wide the output is laid out.
 *
 * @module
 */

/** The width when nothing says another. */
export const DEFAULT_TERMINAL_WIDTH = 80;

/** What is known of the place the output goes to. */
export interface TerminalFacts {
  /** The variable `COLUMNS`. */
  readonly columnsVariable?: string;
  /** How many columns standard output has; undefined when it is no terminal. */
  readonly columns?: number;
}

/**
 * The width of the output in columns: what `COLUMNS` says, else the width of the terminal,
 * else {@linkcode DEFAULT_TERMINAL_WIDTH}. Anything but a whole number above 0 says nothing.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(terminalWidth({ columnsVariable: "120", columns: 100 }), 120);
 * assertEquals(terminalWidth({ columnsVariable: "wide" }), 80);
 * ```
 */
export function terminalWidth(facts: TerminalFacts): number {
  const { columnsVariable = "", columns = 0 } = facts;
  const asked = /^\+?\d+$/.test(columnsVariable) ? Number(columnsVariable) : 0;
  if (asked > 0 && Number.isSafeInteger(asked)) return asked;
  return columns > 0 ? columns : DEFAULT_TERMINAL_WIDTH;
}
