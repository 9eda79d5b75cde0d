/**
 * Starting and stopping a daemon that is another process.
 *
 * However many start one at the same time, one begins to run, and all are told which. Only a process
 * that is the daemon of the home is ever stopped: see {@linkcode claimedPid}.
 *
 * @module
 */

import { newError } from "../contracts/mod.ts";
import { claimedPid, daemonFiles, isClaimed } from "./claim.ts";
import { IpcClient } from "./ipc_client.ts";
import { sleep } from "./timing.ts";

/** How long a daemon may take to answer, and to end. */
const PATIENCE_MS = 5000;

const LOOK_EVERY_MS = 20;

/** A log that has grown beyond this is begun anew, in bytes. */
const LOG_MAX_BYTES = 2 ** 20;

/** The most that is told of the log of a daemon that did not begin, in characters. */
const LOG_SHOWN_LENGTH = 500;

/** Which daemon. */
export interface DaemonPlace {
  /** The directory of its files. */
  readonly home: string;
  /** Where it answers. */
  readonly socketPath: string;
}

/** How a daemon is started. */
export interface StartOptions extends DaemonPlace {
  /** The program that runs it, with its arguments. */
  readonly command: readonly [string, ...string[]];
}

/** A daemon that runs. */
export interface StartedDaemon {
  /** Its process. */
  readonly pid: number;
  /** It was there before. */
  readonly wasRunning: boolean;
}

/**
 * Finds out which daemon answers at a socket.
 *
 * @returns its process; undefined when none answers.
 */
export async function answeringPid(
  socketPath: string,
  deadlineMs: number = PATIENCE_MS,
): Promise<number | undefined> {
  const client = new IpcClient(socketPath, { deadlineMs });
  try {
    return (await client.call("Status", {})).daemon_pid;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  } finally {
    await client[Symbol.asyncDispose]();
  }
}

/**
 * Starts a daemon unless one answers; it outlives this process, its terminal, and its session.
 *
 * @throws {MessagingError} `E_INTERNAL` when it ended again, and `E_DAEMON_TIMEOUT` when it did not
 * answer in time; then it may yet.
 */
export async function startDaemon(options: StartOptions): Promise<StartedDaemon> {
  const { home, socketPath } = options;
  const running = await answeringPid(socketPath);
  if (running !== undefined) return { pid: running, wasRunning: true };
  const { log } = daemonFiles(home);
  Deno.mkdirSync(home, { recursive: true, mode: 0o700 });
  const logStart = trimmedLogSize(log);
  const child = spawnDetached(options.command, log);
  let ended: Deno.CommandStatus | undefined;
  child.status.then((status) => ended = status);
  for (const deadline = performance.now() + PATIENCE_MS;;) {
    const hadEnded = ended;
    const leftMs = deadline - performance.now();
    const pid = await answeringPid(socketPath, Math.max(1, leftMs));
    if (pid === child.pid) return { pid, wasRunning: false };
    if (pid !== undefined) {
      // Another one was faster. Should that be stopped soon, ours must not take its place.
      child.ref();
      endGently(child.pid);
      await child.status;
      return { pid, wasRunning: true };
    }
    // It gives way to another one, which is about to answer.
    if (hadEnded !== undefined && !isClaimed(home)) {
      throw newEnded(hadEnded, log, logStart);
    }
    if (leftMs <= 0) throw newNotAnswering(child.pid, log);
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * Stops the daemon of a home: what it works on it finishes.
 *
 * @returns its process; undefined when there was none.
 * @throws {MessagingError} `E_DAEMON_TIMEOUT` when it did not end in time.
 */
export async function stopDaemon(home: string): Promise<number | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  let told: number | undefined;
  while (isClaimed(home)) {
    const pid = claimedPid(home);
    // Another one that is begun meanwhile is none of ours.
    if (told !== undefined && pid !== undefined && pid !== told) return told;
    if (told === undefined && pid !== undefined && endGently(pid)) told = pid;
    if (performance.now() >= deadline) throw newNotStopping(told);
    await sleep(LOOK_EVERY_MS);
  }
  return told;
}

/** Whether there was such a process. */
function endGently(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGTERM");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Starts a program in a session of its own, with everything it writes behind what is in `log`. */
function spawnDetached(command: readonly string[], log: string): Deno.ChildProcess {
  // Only a shell can have a program write to a file.
  const script = 'log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1';
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", script, "sh", log, ...command],
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  child.unref();
  return child;
}

/** Where what is written from now on begins in the log. */
function trimmedLogSize(log: string): number {
  using file = Deno.openSync(log, { create: true, append: true, mode: 0o600 });
  const { size } = file.statSync();
  if (size <= LOG_MAX_BYTES) return size;
  file.truncateSync();
  return 0;
}

function newEnded({ code }: Deno.CommandStatus, log: string, logStart: number) {
  return newError("E_INTERNAL", `the daemon ended before it answered, with exit code ${code}`, {
    hint: `${log} says: ${writtenSince(log, logStart) || "nothing"}`,
  });
}

function writtenSince(log: string, start: number): string {
  try {
    const text = new TextDecoder().decode(Deno.readFileSync(log).subarray(start)).trim();
    return text.length <= LOG_SHOWN_LENGTH ? text : `…${text.slice(-LOG_SHOWN_LENGTH)}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function newNotAnswering(pid: number, log: string) {
  return newError(
    "E_DAEMON_TIMEOUT",
    `the daemon was started, pid=${pid}, and did not answer within ${PATIENCE_MS / 1000} s`,
    { hint: `It may do so in a moment: see \`pls daemon status\`, and ${log}.` },
  );
}

function newNotStopping(pid: number | undefined) {
  const seconds = PATIENCE_MS / 1000;
  return pid === undefined
    ? newError("E_DAEMON_TIMEOUT", `the daemon did not say its process within ${seconds} s`)
    : newError("E_DAEMON_TIMEOUT", `the daemon, pid=${pid}, did not end within ${seconds} s`, {
      hint: `Try again, or end it with \`kill -9 ${pid}\`: nothing that was acknowledged is lost.`,
    });
}
