/**
 * Calls of `pls` on a terminal: `script` of util-linux makes one.
 *
 * @module
 */

import { type Place, Running } from "./pls.ts";

/** There is no `script` here to make a terminal with. */
export const noTerminal = !hasScript();

/**
 * Starts `deno` with `args` on a terminal that echoes nothing of what is typed. What
 * it prints, standard error included, are lines of `stdout`.
 */
export function startOnTerminal(place: Place, args: readonly string[]): Running {
  const words = [Deno.execPath(), ...args];
  const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const command = new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", `stty -echo -onlcr; exec ${line}`, "/dev/null"],
    cwd: place.dir,
    env: { PLS_DIR: place.pools, NO_COLOR: "1", SHELL: "/bin/sh" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  return new Running(command.spawn());
}

function hasScript(): boolean {
  try {
    const { stdout } = new Deno.Command("script", { args: ["--version"] }).outputSync();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
}
