/**
 * The daemon itself: claims its home, serves until it is told to stop, and leaves nothing behind but
 * its diagnostics.
 *
 * @module
 */

import { aborted } from "../../pool/internal_mod.ts";
import { type MessagingError, newError } from "../contracts/mod.ts";
import type { Engine, Messaging } from "../service/mod.ts";
import { inHome } from "../home/mod.ts";
import { DaemonClaim, daemonFiles } from "./claim.ts";
import { DaemonMessaging } from "./daemon_messaging.ts";
import { type ConnectionEvent, Diagnostics } from "./diagnostics.ts";
import { IpcServer } from "./ipc_server.ts";
import { within } from "./timing.ts";

/** How long calls get to finish once the daemon is to stop: less than whoever stops it waits. */
const GRACE_MS = 3000;

/** How long the mesh gets to close behind that: a server may be away, or slow. */
const CLOSING_MS = 1000;

/** How often it is looked whether the socket is still there, in milliseconds. */
const SOCKET_LOOK_MS = 1000;

/** What a daemon is and serves. */
export interface DaemonOptions {
  /** The directory of its files; made when it is missing. */
  readonly home: string;
  /** Where it answers. */
  readonly socketPath: string;
  /** The version of the program. */
  readonly version: string;
  /** What the mesh is kept in. */
  readonly engine: Engine;
  /** Opens the mesh, and from then on tells what happens to the connection, if there is one. */
  readonly open: (onConnection: (event: ConnectionEvent) => void) => Promise<Messaging>;
  /** Stops it. */
  readonly stop: AbortSignal;
  /** The time: milliseconds since 1970. Default that of the system. */
  readonly now?: () => number;
  /** Called once it answers. */
  readonly onReady?: () => void;
}

/**
 * Runs the daemon until it is stopped, or its socket is removed.
 *
 * A server that is away is no reason not to begin: calls fail until it is back.
 *
 * @returns whether it ran: false when the home has a daemon already.
 * @throws {MessagingError} when the home can't be used, or the socket not be made; and what opening the mesh fails with.
 */
export async function runDaemon(options: DaemonOptions): Promise<boolean> {
  const { home, now = Date.now } = options;
  const claimant = { pid: Deno.pid, socketPath: options.socketPath };
  using claim = await inHome(() => DaemonClaim.take(home, claimant));
  if (claim === undefined) return false;
  const diagnostics = new Diagnostics({ path: daemonFiles(home).lifecycle, now });
  const messaging = new DaemonMessaging({
    pid: Deno.pid,
    version: options.version,
    engine: options.engine,
    diagnostics,
    open: () => options.open((event) => diagnostics.connectionChanged(event)),
  });
  try {
    await serve(options, messaging, diagnostics);
  } finally {
    await within(CLOSING_MS, messaging[Symbol.asyncDispose]());
  }
  if (isThere(home)) diagnostics.stopped();
  return true;
}

async function serve(
  { socketPath, stop, onReady }: DaemonOptions,
  messaging: DaemonMessaging,
  diagnostics: Diagnostics,
): Promise<void> {
  const server = await IpcServer.listen({ path: socketPath, messaging });
  // Nobody could ask a daemon without a socket, or find it to stop it.
  const lost = new AbortController();
  const timer = setInterval(() => server.place === "ours" || lost.abort(), SOCKET_LOOK_MS);
  const ends = AbortSignal.any([stop, lost.signal]);
  try {
    diagnostics.started();
    await Promise.race([messaging.begin(), aborted(ends)]);
    onReady?.();
    await aborted(ends);
  } finally {
    clearInterval(timer);
    await server.shutdown(GRACE_MS);
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What is said where there can't be a daemon. */
export function newNoDaemonHere(): MessagingError {
  return newError("E_NOT_IMPLEMENTED", "there is no daemon on Windows", {
    hint: "None is needed: messaging works without one.",
  });
}
