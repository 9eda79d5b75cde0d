/**
 * Messaging, in this process or through the daemon: to a command both are the same. What does the
 * work is loaded when it is needed.
 *
 * @module
 */

import type { Messaging } from "../../messaging/internal_mod.ts";
import type { Session } from "../session.ts";
import { socketPath } from "./home.ts";
import type { OnConnection } from "./in_process.ts";
import { meshPlace } from "./mesh_place.ts";

/** Opens the mesh in this process, whether there is a daemon or not; the caller disposes of it. */
export async function openInProcess(
  session: Session,
  onConnection?: OnConnection,
): Promise<Messaging> {
  const { openService } = await import("./in_process.ts");
  return await openService(session, onConnection);
}

/**
 * Has the daemon do the work when one answers that has the same mesh, and else does it in this
 * process. The caller disposes of it.
 */
export async function openMessaging(session: Session): Promise<Messaging> {
  const daemon = await openDaemon();
  if (daemon?.engine === meshPlace(session).engine) return daemon.messaging;
  await daemon?.messaging[Symbol.asyncDispose]();
  return await openInProcess(session);
}

/**
 * Runs `work`, which waits for something; should the daemon end meanwhile, it is run again with the
 * next one, or without. What was read counts as read, so nothing comes twice, and nothing is missed.
 */
export async function whileWaiting<T>(
  session: Session,
  work: (messaging: Messaging) => Promise<T>,
): Promise<T> {
  for (;;) {
    await using messaging = await openMessaging(session);
    try {
      return await work(messaging);
    } catch (error) {
      if (!isNotRunning(error)) throw error;
    }
  }
}

/** A daemon that answers. */
export interface RunningDaemon {
  /** What it is asked through; whoever opened it disposes of it. */
  readonly messaging: Messaging;
  /** Where its mesh is, as {@linkcode meshPlace} has it. */
  readonly engine: string | undefined;
}

/** Opens the daemon, whichever mesh it has; undefined when none answers. */
export async function openDaemon(): Promise<RunningDaemon | undefined> {
  const path = socketPath();
  // Without a daemon, which is often, nothing more is loaded.
  if (!isThere(path)) return undefined;
  const { ipcClient } = await import("./ipc.ts");
  const messaging = ipcClient(path);
  try {
    const { url } = await messaging.call("Status", {});
    return { messaging, engine: url };
  } catch (error) {
    await messaging[Symbol.asyncDispose]();
    if (isNotRunning(error)) return undefined;
    throw error;
  }
}

function isNotRunning(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "E_DAEMON_NOT_RUNNING";
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
