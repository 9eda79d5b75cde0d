/**
 * Starting and stopping a daemon that is another process.
 *
 * However many start one at the same time, one begins to run, and all are told which. Only a process
 * that is the daemon of the home is ever stopped: see {@linkcode claimedPid}.
 *
 * @module
 */

import { pause } from "../../pool/internal_mod.ts";
import { newError } from "../contracts/mod.ts";
import { inHome } from "../home/mod.ts";
import { claimedPid, claimedSocket, daemonFiles, isClaimed } from "./claim.ts";
import { DetachedProgram, endGently } from "./detached_program.ts";
import { IpcClient } from "./ipc_client.ts";

/** How long a daemon may take to answer, and to end. */
const PATIENCE_MS = 5000;

const LOOK_EVERY_MS = 20;

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
 * Starts a daemon unless there is one; it outlives this process, its terminal, and its session.
 *
 * @throws {MessagingError} `E_INTERNAL` when it ended again, or the home can't be used;
 * `E_DAEMON_NOT_RUNNING` when the one that is there answers at another socket; and
 * `E_DAEMON_TIMEOUT` when it, or the one that is there, did not answer in time; it may yet.
 */
export function startDaemon(options: StartOptions): Promise<StartedDaemon> {
  return inHome(() => start(options));
}

async function start(options: StartOptions): Promise<StartedDaemon> {
  const { home, socketPath } = options;
  let child: DetachedProgram | undefined;
  for (const deadline = performance.now() + PATIENCE_MS;;) {
    // Whether it has ended is known before it is asked whether it answers.
    const exitCode = child?.exitCode;
    const leftMs = deadline - performance.now();
    const pid = await answeringPid(socketPath, Math.max(1, leftMs));
    if (pid !== undefined && pid === child?.pid) return { pid, wasRunning: false };
    if (pid !== undefined) {
      // Another one was faster. Should that be stopped soon, ours must not take its place.
      await child?.end();
      return { pid, wasRunning: true };
    }
    if (!isClaimed(home)) {
      if (exitCode !== undefined) throw newEnded(exitCode, child?.logged() ?? "");
      child ??= new DetachedProgram(options.command, home);
    } else await refuseElsewhere(options, leftMs);
    if (leftMs <= 0) {
      const claimed = claimedPid(home);
      if (claimed !== undefined && claimed !== child?.pid) await child?.end();
      throw newNotAnswering(claimed ?? child?.pid, daemonFiles(home).log);
    }
    await pause(LOOK_EVERY_MS);
  }
}

/**
 * Stops the daemon of a home: what it works on it finishes.
 *
 * @returns its process; undefined when there was none.
 * @throws {MessagingError} `E_DAEMON_TIMEOUT` when it did not end in time; `E_INTERNAL` when the home
 * can't be used.
 */
export function stopDaemon(home: string): Promise<number | undefined> {
  return inHome(() => stop(home));
}

async function stop(home: string): Promise<number | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  let told: number | undefined;
  while (isClaimed(home)) {
    const pid = claimedPid(home);
    // Another one that is begun meanwhile is none of ours.
    if (told !== undefined && pid !== undefined && pid !== told) return told;
    if (told === undefined && pid !== undefined && endGently(pid)) told = pid;
    if (performance.now() >= deadline) throw newNotStopping(told);
    await pause(LOOK_EVERY_MS);
  }
  return told;
}

/** Fails when the daemon of the home is another one's at another socket. */
async function refuseElsewhere({ home, socketPath }: DaemonPlace, leftMs: number): Promise<void> {
  const other = claimedSocket(home);
  if (other === undefined || other === socketPath) return;
  const pid = await answeringPid(other, Math.max(1, leftMs));
  if (pid === undefined || pid !== claimedPid(home)) return;
  const message = `the daemon of this home, pid=${pid}, answers at ${other}, not at ${socketPath}`;
  throw newError("E_DAEMON_NOT_RUNNING", message, {
    hint: "Give PLS_IPC_SOCKET the same value everywhere, or run `pls daemon restart`.",
  });
}

function newEnded(exitCode: number, log: string) {
  return newError("E_INTERNAL", `the daemon ended before it answered, with exit code ${exitCode}`, {
    hint: `In ${log}`,
  });
}

function newNotAnswering(pid: number | undefined, log: string) {
  const which = pid === undefined ? "the daemon" : `the daemon, pid=${pid},`;
  return newError("E_DAEMON_TIMEOUT", `${which} did not answer within ${PATIENCE_MS / 1000} s`, {
    hint: `It may do so in a moment: see \`pls daemon status\`, and ${log}. ` +
      "Or run `pls daemon restart`.",
  });
}

function newNotStopping(pid: number | undefined) {
  const seconds = PATIENCE_MS / 1000;
  return pid === undefined
    ? newError("E_DAEMON_TIMEOUT", `the daemon did not say its process within ${seconds} s`)
    : newError("E_DAEMON_TIMEOUT", `the daemon, pid=${pid}, did not end within ${seconds} s`, {
      hint: `Try again, or end it with \`kill -9 ${pid}\`: nothing that was acknowledged is lost.`,
    });
}
