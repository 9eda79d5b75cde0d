/**
 * The script on the PATH that starts an installed `pls`.
 *
 * @module
 */

import { shellWord } from "../cli/shell_word.ts";

/** Stands in every script of ours, so that no other file is taken for one. */
const MARK = "Made by `deno task install` of pls";

/**
 * Tells the process, which is this one still, its session id: see `cli/messaging/session_id.ts`.
 * Where there is no /proc nothing is told.
 */
const TELL_SESSION = "{ read -r pid _ _ _ _ sid _ </proc/self/stat; } 2>/dev/null && " +
  'export PLS_SID="$pid:$sid"\n';

/** What a script starts. */
export interface Launch {
  /** Deno's path. */
  deno: string;
  /** Its flags. */
  flags: readonly string[];
  /** The module that it runs. */
  main: string;
}

/**
 * The script for `os`: for a POSIX shell, or for Windows' command interpreter.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 *
 * const launch = { deno: "/opt/a b/deno", flags: ["--allow-read"], main: "/opt/a b/cli.js" };
 * assertStringIncludes(launcherScript(launch, "linux"), `'/opt/a b/cli.js' "$@"`);
 * ```
 */
export function launcherScript({ deno, flags, main }: Launch, os = Deno.build.os): string {
  // Neither a configuration nearby nor a look for updates is to change or to slow it.
  const run = ["run", "--quiet", "--no-config", "--no-lock", ...flags];
  if (os === "windows") {
    const words = [deno, ...run, main].map((word) => `"${word.replaceAll("%", "%%")}"`);
    return [
      "@echo off",
      `rem ${MARK}`,
      "setlocal",
      "set DENO_NO_UPDATE_CHECK=1",
      `${words.join(" ")} %*`,
      "",
    ]
      .join("\r\n");
  }
  const words = [deno, ...run, main].map(shellWord).join(" ");
  return `#!/bin/sh\n# ${MARK}\n${TELL_SESSION}DENO_NO_UPDATE_CHECK=1 exec ${words} "$@"\n`;
}

/** Whether `text` is a script that {@linkcode launcherScript} made. */
export function isLauncher(text: string): boolean {
  return text.includes(MARK);
}
