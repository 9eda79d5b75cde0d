/**
 * Taking the writer lock, for a bounded time.
 *
 * @module
 */

import { BusyError } from "./errors.ts";

/** Tries in a row before a waiting writer sleeps: about as long as an append takes. */
const LOCK_SPINS = 5;
/** Longest sleep between two tries. */
const LOCK_SLEEP_MAX_MS = 2;
/** How long a writer rests that had to sleep for the lock. */
const REST_MS = 0.05;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** What has a writer lock. */
export interface Lockable {
  /** Where it is, for errors. */
  readonly path: string;
  /** Takes the lock if it is free. */
  tryLock(): boolean;
  /** Gives it back. */
  unlock(): void;
}

/**
 * Runs `work` with the writer lock, for which it waits for at most `timeoutMs`. It blocks
 * the thread: what it waits for is another process, and takes microseconds unless that one
 * is stopped.
 *
 * @throws {BusyError} when the lock is not to be had in time.
 */
export function withLock<T>(lockable: Lockable, timeoutMs: number, work: () => T): T {
  const hasSlept = acquire(lockable, timeoutMs);
  try {
    return work();
  } finally {
    lockable.unlock();
    // Where many want the lock, most of the waiting is for a holder that was taken off its
    // core. Who rests at once does not come to the end of its time with the lock in hand.
    if (hasSlept) Atomics.wait(sleeper, 0, 0, REST_MS);
  }
}

/** Takes the lock; true when it had to sleep for it. */
function acquire(lockable: Lockable, timeoutMs: number): boolean {
  for (let spin = 0; spin < LOCK_SPINS; spin++) if (lockable.tryLock()) return false;
  const deadline = performance.now() + timeoutMs;
  let sleepMs = 0.05;
  while (performance.now() < deadline) {
    Atomics.wait(sleeper, 0, 0, sleepMs);
    if (lockable.tryLock()) return true;
    sleepMs = Math.min(2 * sleepMs, LOCK_SLEEP_MAX_MS);
  }
  throw new BusyError(`another process held the pool for ${timeoutMs} ms`, {
    path: lockable.path,
    hint:
      "A writer may be stopped while it holds the pool. Find it (`fuser` or `lsof` on the file) and continue or end it, then try again.",
  });
}
