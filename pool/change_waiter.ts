/**
 * Waiting for a file to change: woken by the file system where it reports changes,
 * and looking now and then in any case.
 *
 * @module
 */

import { type FileWatch, watchFile } from "./watch.ts";

/** How often to look when the file system reports changes. */
const WATCHED_POLL_MS = 500;
/** How often to look when it does not. */
const UNWATCHED_POLL_MS = 20;

/** Waits for changes of one file. */
export class ChangeWaiter {
  readonly #path: string;
  #watch: FileWatch | undefined;
  #pollMs = WATCHED_POLL_MS;
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
      const untilLookMs = this.#pollMs - performance.now() % this.#pollMs;
      await this.#sleep(Math.max(0, Math.min(untilLookMs, maxMs)));
    }
  }

  /** To be told that there was news after a wait: with no report of it, reports aren't trusted. */
  foundNews(): void {
    this.#pollMs = this.#changed ? WATCHED_POLL_MS : UNWATCHED_POLL_MS;
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
