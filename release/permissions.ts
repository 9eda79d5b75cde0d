/**
 * What `pls` may do, and which commands need it: baked into executables, and given to `pls`
 * when it is run from source or from a bundle.
 *
 * @module
 */

/** One thing that `pls` is allowed. */
export interface Permission {
  /** As a flag of Deno. */
  readonly flag: string;
  /** The commands that need it, in words. */
  readonly neededBy: string;
}

/** Variables that `pls` reads; the rest of the environment stays out of its sight. */
const VARIABLES = [
  "HOME",
  "USERPROFILE",
  "PLS_CONFIG",
  "PLS_DIR",
  "PLS_SIZE",
  "PLS_COLOR",
  "PLASMITE_SERVE_READY_FILE",
];

/** All that it is allowed; it is never asked for more. */
export const PERMISSIONS: readonly Permission[] = [
  {
    flag: "--allow-read",
    neededBy: "all: pools, input files and the configuration can be anywhere",
  },
  { flag: "--allow-write", neededBy: "all that change pools; doctor, pool export, serve init" },
  { flag: `--allow-env=${VARIABLES.join(",")}`, neededBy: "all, for settings; serve" },
  { flag: "--allow-net", neededBy: "serve, and whatever is given a pool as a URL" },
  { flag: "--allow-run", neededBy: "tap, which starts the command it is given" },
  { flag: "--allow-sys=hostname,networkInterfaces", neededBy: "serve and serve init, for names" },
];

/** The flags of Deno that say so. */
export const PERMISSION_FLAGS: readonly string[] = [
  "--no-prompt",
  ...PERMISSIONS.map(({ flag }) => flag),
];
