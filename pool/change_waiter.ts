/**
 * Waiting for a file to change: woken by the file system where it reports changes,
 * and looking now and then in any case.
 *
 * @module
 */

import { platform } from "./platform.ts";
import { type FileWatch, watchFile } from "./watch.ts";

/** How often to look when the system reports each write at once. */
const WATCHED_POLL_MS = 500;
/** How often to look when it does not. */
const UNWATCHED_POLL_MS = 20;
/** How often to look where reports of writes are late or missing, after a time without news. */
const RESTING_POLL_MS = 100;
const RESTING_AFTER_MS = 5000;

/** Waits for changes of one file. */
export class ChangeWaiter {
  readonly #path: string;
  #watch: FileWatch | undefined;
  readonly #reportsWrites = platform().reportsWrites;
  #pollMs = WATCHED_POLL_MS;
  #newsAtMs = performance.now();
  #started = false;
  #closed = false;
  #changed = false;
  #wake: (() => void) | undefined;

  /** Waits for changes of the file at `path`. Watching begins with the first wait. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Forgets the changes reported so far. Call it before looking at the file. */
  reset(): void {
    this.#changed = false;
  }

  /**
   * Waits until the file may have changed, it is time to look anyway, `maxMs` have
   * passed, or the waiter is closed. The first call returns at once: what came before
   * the watch began is seen by looking once more.
   */
  async wait(maxMs: number): Promise<void> {
    if (this.#closed) return;
    if (!this.#started) {
      this.#start();
    } else if (!this.#changed) {
      // All who wait in a process look at the same moments: each wakes it up otherwise.
      const nowMs = performance.now();
      const pollMs = this.#reportsWrites ? this.#pollMs : unreportedPollMs(nowMs - this.#newsAtMs);
      await this.#sleep(Math.max(0, Math.min(pollMs - nowMs % pollMs, maxMs)));
    }
  }

  /** To be told that there was news after a wait: with no report of it, reports aren't trusted. */
  foundNews(): void {
    this.#pollMs = this.#changed ? WATCHED_POLL_MS : UNWATCHED_POLL_MS;
    if (!this.#reportsWrites) this.#newsAtMs = performance.now();
  }

  /** Stops watching, and ends a wait. */
  close(): void {
    this.#closed = true;
    this.#watch?.close();
    this.#wake?.();
  }

  #start(): void {
    this.#started = true;
    this.#changed = true;
    this.#watch = watchFile(this.#path, () => {
      this.#changed = true;
      this.#wake?.();
    });
    if (this.#watch === undefined) this.#pollMs = UNWATCHED_POLL_MS;
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

/** A laptop that follows a quiet pool is not to be woken up 50 times a second. */
function unreportedPollMs(quietMs: number): number {
  return quietMs < RESTING_AFTER_MS ? UNWATCHED_POLL_MS : RESTING_POLL_MS;
}
