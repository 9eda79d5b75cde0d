/**
 * Taking the writer lock, for a bounded time.
 *
 * @module
 */

import { BusyError } from "./errors.ts";
import { platform } from "./platform.ts";

/** Tries in a row before a waiting writer sleeps: about as long as an append takes. */
const LOCK_SPINS = 5;
/** The first sleep between two tries, and the longest. */
const SLEEP_MIN_MS = 0.05;
const SLEEP_MAX_MS = 2;
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

/** The writer lock of one who appends. */
export class WriterLock {
  readonly #lockable: Lockable;
  readonly #timeoutMs: number;
  #hasSlept = false;

  /** The lock of `lockable`, for which to wait for at most `timeoutMs`. */
  constructor(lockable: Lockable, timeoutMs: number) {
    this.#lockable = lockable;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Takes the lock. Waiting for it blocks the thread: what it waits for is another process,
   * and takes microseconds unless that one is stopped.
   *
   * @throws {BusyError} when the lock is not to be had in time.
   */
  take(): void {
    for (let spin = 0; spin < LOCK_SPINS; spin++) if (this.#lockable.tryLock()) return;
    const deadline = performance.now() + this.#timeoutMs;
    let sleepMs = SLEEP_MIN_MS;
    while (performance.now() < deadline) {
      Atomics.wait(sleeper, 0, 0, sleepMs);
      this.#hasSlept = this.#lockable.tryLock();
      if (this.#hasSlept) return;
      sleepMs = Math.min(2 * sleepMs, SLEEP_MAX_MS);
    }
    throw new BusyError(`another process held the pool for ${this.#timeoutMs} ms`, {
      path: this.#lockable.path,
      hint:
        `A writer may be stopped while it holds the pool. Find it (${platform().holderTool}) and continue or end it, then try again.`,
    });
  }

  /** Gives the lock back. */
  release(): void {
    this.#lockable.unlock();
    // Where many want the lock, most of the waiting is for a holder that was taken off its
    // core. Who rests at once does not come to the end of its time with the lock in hand.
    if (this.#hasSlept) Atomics.wait(sleeper, 0, 0, REST_MS);
    this.#hasSlept = false;
  }

  /** Runs `work` with the lock. */
  hold<T>(work: () => T): T {
    this.take();
    try {
      return work();
    } finally {
      this.release();
    }
  }
}
