/**
 * Messaging, in this process or through the daemon: to a command both are the same. What does the
 * work is loaded when it is needed.
 *
 * @module
 */

import type {
  CallName,
  Calls,
  Messaging,
  ReadEvent,
  ReadRequest,
} from "../../messaging/internal_mod.ts";
import { pause } from "../../pool/internal_mod.ts";
import type { Session } from "../session.ts";
import { socketPath } from "./home.ts";
import type { OnConnection } from "./in_process.ts";
import { meshId } from "./mesh_place.ts";

/** How long to wait before the first next try of what waits, and before every one, at most. */
const FIRST_PAUSE_MS = 50;
const PAUSE_MAX_MS = 1000;

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
  // One that is suspended keeps nobody from the mesh.
  const daemon = await openDaemon().catch((error) => {
    if (!hasCode(error, "E_DAEMON_TIMEOUT")) throw error;
  });
  if (daemon?.meshId !== undefined && daemon.meshId === await meshId(session)) {
    return new ReadingHere(daemon.messaging, session);
  }
  await daemon?.messaging[Symbol.asyncDispose]();
  return await openInProcess(session);
}

/**
 * Asks the daemon, and reads in this process: only that knows what it could print. What a daemon has
 * written to the socket of a reader that is killed, or can't write, would count as read.
 */
class ReadingHere implements Messaging {
  readonly #daemon: Messaging;
  readonly #session: Session;
  #here: Promise<Messaging> | undefined;

  constructor(daemon: Messaging, session: Session) {
    this.#daemon = daemon;
    this.#session = session;
  }

  call<Name extends CallName>(
    name: Name,
    request: Calls[Name][0],
    signal?: AbortSignal,
  ): Promise<Calls[Name][1]> {
    return this.#daemon.call(name, request, signal);
  }

  async *read(request: ReadRequest, signal?: AbortSignal): AsyncGenerator<ReadEvent[]> {
    this.#here ??= openInProcess(this.#session);
    yield* (await this.#here).read(request, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    const here = await this.#here?.catch(() => undefined);
    await here?.[Symbol.asyncDispose]();
  }
}

/** How long a daemon may take to say what it is, in milliseconds. */
const PATIENCE_MS = 2000;

/**
 * Runs `work`, which waits for something; should the daemon end meanwhile, it is run again with the
 * next one, or without. What was read counts as read, so nothing comes twice, and nothing is missed.
 * A daemon that ends it twice without anything done is not asked again. `work` calls `onPrinted`
 * whenever something was.
 */
export async function whileWaiting<T>(
  session: Session,
  work: (messaging: Messaging, onPrinted: () => void) => Promise<T>,
): Promise<T> {
  let failures = 0;
  for (;;) {
    await using messaging = await (failures < 2 ? openMessaging : openInProcess)(session);
    try {
      return await work(messaging, () => failures = 0);
    } catch (error) {
      if (!isNotRunning(error)) throw error;
    }
    await pause(Math.min(FIRST_PAUSE_MS * 2 ** failures++, PAUSE_MAX_MS));
  }
}

/** A daemon that answers. */
export interface RunningDaemon {
  /** What it is asked through; whoever opened it disposes of it. */
  readonly messaging: Messaging;
  /** Which mesh it has, and as whom, as {@linkcode meshId} has it; undefined while it has none. */
  readonly meshId: string | undefined;
}

/**
 * Opens the daemon, whichever mesh it has; undefined when there is none.
 *
 * @throws {MessagingError} `E_DAEMON_TIMEOUT` when it does not say what it is.
 */
export async function openDaemon(): Promise<RunningDaemon | undefined> {
  const path = socketPath();
  // Without a daemon, which is often, nothing more is loaded.
  if (!isThere(path)) return undefined;
  const { ipcClient } = await import("./ipc.ts");
  await using asking = ipcClient(path, { deadlineMs: PATIENCE_MS });
  try {
    const { mesh_id } = await asking.call("Status", {});
    return { messaging: ipcClient(path), meshId: mesh_id };
  } catch (error) {
    if (isNotRunning(error)) return undefined;
    throw error;
  }
}

function isNotRunning(error: unknown): boolean {
  return hasCode(error, "E_DAEMON_NOT_RUNNING");
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
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
