/**
 * Which process is the daemon of a home: the one that holds the lock on the file `daemon.lock`
 * there, for as long as it lives. The file `daemon.pid` only says its number, and that with the lock
 * where it answers: what a daemon that was killed has left there, or another program, means nothing
 * without the lock.
 *
 * @module
 */

import { pause } from "../../pool/internal_mod.ts";
import { replaceFile } from "../home/mod.ts";

/** How often a lock is tried that somebody may hold for the moment it takes to look at it. */
const ATTEMPTS = 5;
const ATTEMPT_PAUSE_MS = 20;

/** Where the files of the daemon are, in the directory `home`. */
export function daemonFiles(home: string): {
  lock: string;
  pid: string;
  log: string;
  lifecycle: string;
} {
  return {
    lock: `${home}/daemon.lock`,
    pid: `${home}/daemon.pid`,
    log: `${home}/daemon.log`,
    lifecycle: `${home}/diagnostics-lifecycle.jsonl`,
  };
}

/** What a process says of itself. */
export interface Claimant {
  /** Its process id. */
  readonly pid: number;
  /** Where it will answer. */
  readonly socketPath: string;
}

/** The claim of this process to be the daemon of a home. */
export class DaemonClaim implements Disposable {
  readonly #lock: Deno.FsFile;
  readonly #pidPath: string;

  private constructor(lock: Deno.FsFile, pidPath: string) {
    this.#lock = lock;
    this.#pidPath = pidPath;
  }

  /**
   * Takes the claim, and says so in `daemon.pid`; undefined when another process has it. The
   * directory is made when it is missing.
   */
  static async take(
    home: string,
    { pid, socketPath }: Claimant,
  ): Promise<DaemonClaim | undefined> {
    Deno.mkdirSync(home, { recursive: true, mode: 0o700 });
    const { lock: lockPath, pid: pidPath } = daemonFiles(home);
    const lock = Deno.openSync(lockPath, { create: true, write: true, mode: 0o600 });
    for (let attempt = 1; !lock.tryLockSync(true); attempt++) {
      if (attempt === ATTEMPTS) {
        lock.close();
        return undefined;
      }
      await pause(ATTEMPT_PAUSE_MS);
    }
    lock.truncateSync();
    lock.writeSync(new TextEncoder().encode(`${socketPath}\n`));
    // A crash here leaves a number without the lock, which nobody believes.
    replaceFile(pidPath, `${pid}\n`);
    return new DaemonClaim(lock, pidPath);
  }

  /** Gives it up. */
  [Symbol.dispose](): void {
    try {
      Deno.removeSync(this.#pidPath);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    } finally {
      this.#lock.close();
    }
  }
}

/** Whether a process is the daemon of `home`. */
export function isClaimed(home: string): boolean {
  let lock: Deno.FsFile;
  try {
    lock = Deno.openSync(daemonFiles(home).lock, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  try {
    return !lock.tryLockSync(false);
  } finally {
    lock.close();
  }
}

/** The process that is the daemon of `home`; undefined when there is none, or it says nothing. */
export function claimedPid(home: string): number | undefined {
  const path = daemonFiles(home).pid;
  const pid = readPid(path);
  // The number of a process that has ended may be that of another one by now: it has to be the same
  // before it is known that a daemon is there, and behind that.
  return pid !== undefined && isClaimed(home) && readPid(path) === pid ? pid : undefined;
}

/** Where the daemon of `home` answers, or one before it did; undefined when nothing is said. */
export function claimedSocket(home: string): string | undefined {
  return readLine(daemonFiles(home).lock) || undefined;
}

function readPid(path: string): number | undefined {
  const text = readLine(path);
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

function readLine(path: string): string {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
