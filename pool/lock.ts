/**
 * Taking the writer lock, for a bounded time.
 *
 * @module
 */

import { BusyError } from "./errors.ts";

/**
 * Tries in a row before a waiting writer sleeps, and after each sleep: as long as one or
 * two appends of others take, so that who wakes up seldom sleeps again.
 */
const LOCK_SPINS = 20;
/** Longest sleep between two tries. */
const LOCK_SLEEP_MAX_MS = 2;

/** What has a writer lock. */
export interface Lockable {
  /** Where it is, for errors. */
  readonly path: string;
  /** Takes the lock if it is free. */
  tryLock(): boolean;
}

/**
 * Takes the writer lock, waiting for at most `timeoutMs`. It blocks the thread: what it
 * waits for is another process, and takes microseconds unless that one is stopped.
 *
 * @throws {BusyError} when it is not to be had in time.
 */
export function acquireLock(lockable: Lockable, timeoutMs: number): void {
  if (spinForLock(lockable)) return;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + timeoutMs;
  let sleepMs = 0.05;
  while (performance.now() < deadline) {
    Atomics.wait(sleeper, 0, 0, sleepMs);
    if (spinForLock(lockable)) return;
    sleepMs = Math.min(2 * sleepMs, LOCK_SLEEP_MAX_MS);
  }
  throw new BusyError(`another process held the pool for ${timeoutMs} ms`, {
    path: lockable.path,
    hint:
      "A writer may be stopped while it holds the pool. Find it (`fuser` or `lsof` on the file) and continue or end it, then try again.",
  });
}

function spinForLock(lockable: Lockable): boolean {
  for (let spin = 0; spin < LOCK_SPINS; spin++) if (lockable.tryLock()) return true;
  return false;
}
