/**
 * Where messaging keeps what belongs to its user: the state of sessions, and the daemon's files.
 *
 * @module
 */

import { homeDirectory } from "../../client.ts";

/** The directory: `PLS_HOME`, else `~/.plasmite`. It need not be there. */
export function messagingHome(): string {
  const asked = Deno.env.get("PLS_HOME");
  if (asked) return asked;
  const home = homeDirectory((name) => Deno.env.get(name));
  return home === undefined ? ".plasmite" : `${home}/.plasmite`;
}

/** Where the daemon answers: `PLS_IPC_SOCKET`, else `daemon.sock` in {@linkcode messagingHome}. */
export function socketPath(): string {
  return Deno.env.get("PLS_IPC_SOCKET") || `${messagingHome()}/daemon.sock`;
}
