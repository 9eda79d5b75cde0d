/**
 * The command line by which this program starts itself once more, as the daemon: an executable by
 * its path, and what Deno runs by Deno, with the permissions that a daemon needs.
 *
 * @module
 */

import type { Settings } from "../settings.ts";

/** Variables that the daemon reads. */
const VARIABLES = [
  ...["HOME", "USERPROFILE", "USER", "LOGNAME"],
  ...["PLS_CONFIG", "PLS_DIR", "PLS_SIZE", "PLS_COLOR"],
  ...["PLS_HOME", "PLS_IPC_SOCKET", "PLS_MESH"],
];

/** How this program was started. */
export interface OwnProgram {
  /** The program that runs: this one, or Deno. */
  readonly path: string;
  /** The URL of the module that Deno runs. */
  readonly mainModule: string;
  /** Deno and the module are in one executable. */
  readonly isStandalone: boolean;
}

/** This program, as it was started. */
function thisProgram(): OwnProgram {
  return {
    path: Deno.execPath(),
    mainModule: Deno.mainModule,
    isStandalone: Deno.build.standalone,
  };
}

/**
 * The command line of a daemon with the same settings. The environment goes to it by itself.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const program = { path: "/bin/pls", mainModule: "file:///pls/cli.js", isStandalone: true };
 * const settings = { dir: { value: "/work", source: "flag" } } as const;
 * assertEquals(daemonCommand(settings, program), [
 *   "/bin/pls",
 *   ...["--dir", "/work"],
 *   ...["daemon", "start", "--foreground"],
 * ]);
 * ```
 */
export function daemonCommand(
  { dir }: Pick<Settings, "dir">,
  { path, mainModule, isStandalone }: OwnProgram = thisProgram(),
): [string, ...string[]] {
  const own = dir.source === "flag" && dir.value !== undefined ? ["--dir", dir.value] : [];
  const words = [...own, "daemon", "start", "--foreground"];
  if (isStandalone) return [path, ...words];
  // A bundle is complete: a configuration near it is somebody else's.
  const config = mainModule.endsWith(".js") ? ["--no-config", "--no-lock"] : [];
  return [path, "run", "--quiet", "--no-prompt", ...config, ...PERMISSIONS, mainModule, ...words];
}

const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  `--allow-env=${VARIABLES.join(",")}`,
];
