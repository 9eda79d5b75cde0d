/**
 * The way to xterm.js. Its package names a module that it does not have, which bundlers take:
 * so the module that it has is named here.
 *
 * @module
 */

import type { Terminal as XtermTerminal } from "@xterm/headless";

/** A terminal without a window. */
export type Terminal = XtermTerminal;

/** Makes terminals. */
export type TerminalConstructor = typeof XtermTerminal;

/** Loads the package, which takes tens of milliseconds. */
export async function loadTerminal(): Promise<TerminalConstructor> {
  const loaded: unknown = await import("@xterm/headless/lib-headless/xterm-headless.mjs");
  return (loaded as { Terminal: TerminalConstructor }).Terminal;
}
