/**
 * A line that tells a person how far something has come, and goes away when it is done.
 *
 * @module
 */

import { printable, type Screen } from "./screen.ts";

/** Work that is done before this does not need a line. */
const FIRST_AFTER_MS = 300;
const INTERVAL_MS = 100;

/** One line on a terminal, written over again and again; nothing on what is none. */
export class ProgressLine implements Disposable {
  readonly #screen: Screen;
  readonly #what: string;
  readonly #clock: () => number;
  #nextMs: number;
  #isShown = false;

  /** Tells `screen` how far `what` has come. `clock` gives milliseconds. */
  constructor(screen: Screen, what: string, clock = () => performance.now()) {
    this.#screen = screen;
    this.#what = printable(what);
    this.#clock = clock;
    this.#nextMs = clock() + FIRST_AFTER_MS;
  }

  /** So much of it is done. Cheap enough to be called for every few kilobytes. */
  update(done: number, total: number): void {
    if (!this.#screen.isTerminal) return;
    const nowMs = this.#clock();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + INTERVAL_MS;
    this.#isShown = true;
    this.#screen.write(`\r${this.#what}: ${Math.floor(100 * done / total)}%\x1b[K`);
  }

  /** Removes the line. */
  [Symbol.dispose](): void {
    if (this.#isShown) this.#screen.write("\r\x1b[K");
  }
}
