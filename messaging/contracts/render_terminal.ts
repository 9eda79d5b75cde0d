/**
 * The screen that a stream of terminal output leaves behind, as text.
 *
 * The emulator is that of xterm.js, without a window; it is loaded when the first screen is
 * rendered and not before. Three things are as the contract has them and not as xterm.js
 * does them:
 *
 * - Every code point takes one cell. xterm.js gives two to a wide character and none to a
 *   combining one. So text comes out as it went in, every character of it once, also a
 *   combining one; but a program that placed its text by columns, and knew that characters
 *   before it are wide, finds it further right than on its own terminal.
 * - Insert mode (IRM) is not applied.
 * - A reset (RIS) ends new-line mode (LNM).
 *
 * A screen has two columns at least: xterm.js has none that is narrower.
 *
 * @module
 */

import type { Terminal, TerminalConstructor } from "./xterm.ts";

/** How many columns a screen has when nobody knows. */
export const DEFAULT_RENDER_COLS = 200;

/** How many rows a screen has when nobody knows. */
export const DEFAULT_RENDER_ROWS = 60;

const COLS_MIN = 2;
const INSERT_MODE = 4;
const NEW_LINE_MODE = 20;

let loading: Promise<TerminalConstructor> | undefined;

function terminalConstructor(): Promise<TerminalConstructor> {
  loading ??= import("./xterm.ts").then((loaded) => loaded.loadTerminal());
  return loading;
}

/**
 * Feeds `output` to a fresh terminal and returns its last screen: rows without the blanks at
 * their ends, and without the empty rows at the end of the screen, each with a line end. What
 * scrolled off the top is lost. Bytes that are no UTF-8 are skipped.
 *
 * @param output what was written to the terminal; everything at once.
 * @param cols columns, 2 or more.
 * @param rows rows, 1 or more.
 * @returns `""` when the screen is empty.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const output = new TextEncoder().encode("hello\r\nworld");
 * assertEquals(await renderTerminal(output, 80, 24), "hello\nworld\n");
 * ```
 */
export async function renderTerminal(
  output: Uint8Array,
  cols: number = DEFAULT_RENDER_COLS,
  rows: number = DEFAULT_RENDER_ROWS,
): Promise<string> {
  if (output.length === 0) return "";
  const constructor = await terminalConstructor();
  const terminal = newTerminal(constructor, Math.max(cols, COLS_MIN), rows);
  try {
    await new Promise<void>((resolve) => terminal.write(output, resolve));
    return screenText(terminal);
  } finally {
    terminal.dispose();
  }
}

function newTerminal(constructor: TerminalConstructor, cols: number, rows: number): Terminal {
  const terminal = new constructor({
    cols,
    rows,
    scrollback: 0,
    logLevel: "off",
    allowProposedApi: true,
  });
  terminal.unicode.register(ONE_CELL_EACH);
  terminal.unicode.activeVersion = ONE_CELL_EACH.version;
  terminal.parser.registerCsiHandler({ final: "h" }, (params) => {
    if (!params.includes(INSERT_MODE)) return false;
    if (params.includes(NEW_LINE_MODE)) terminal.options.convertEol = true;
    return true;
  });
  terminal.parser.registerEscHandler({ final: "c" }, () => {
    terminal.options.convertEol = false;
    return false;
  });
  return terminal;
}

/** The width stands from bit 1 of the properties; bit 0 would join a character to the last. */
const ONE_CELL_EACH = {
  version: "one-cell-each",
  wcwidth: (): 1 => 1,
  charProperties: (): number => 1 << 1,
};

function screenText(terminal: Terminal): string {
  const screen = terminal.buffer.active;
  const lines: string[] = [];
  for (let row = 0; row < terminal.rows; row++) {
    const text = screen.getLine(screen.baseY + row)?.translateToString(false) ?? "";
    lines.push(text.slice(0, blankStartOf(text)));
  }
  while (lines.at(-1) === "") lines.pop();
  return lines.map((line) => line + "\n").join("");
}

function blankStartOf(text: string): number {
  let end = text.length;
  while (end > 0 && text[end - 1] === " ") end--;
  return end;
}
