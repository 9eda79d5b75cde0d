/**
 * One line on a terminal that tells a person how far something has come, and goes away
 * when it is done.
 *
 * @module
 */

import { printable, type Screen } from "./screen.ts";

/** Work that is done before this shows nothing. */
const SHOWN_AFTER_MS = 1000;
/** The longest the line is out of date. */
const REDRAWN_AFTER_MS = 100;

const CLEAR_LINE = "\r\x1b[K";

/** Shows how far work has come. Whoever else writes to the terminal hides it before. */
export class ProgressLine<Progress extends unknown[]> implements Disposable {
  readonly #screen: Screen;
  readonly #textOf: (...progress: Progress) => string;
  readonly #nowMs: () => number;
  #dueMs: number;
  #text = "";
  #isShown = false;

  /**
   * Writes to `screen` what `textOf` makes of the progress; nothing when it is no
   * terminal. `nowMs` is the time in milliseconds, from any start.
   */
  constructor(
    screen: Screen,
    textOf: (...progress: Progress) => string,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#screen = screen;
    this.#textOf = textOf;
    this.#nowMs = nowMs;
    this.#dueMs = nowMs() + SHOWN_AFTER_MS;
  }

  /** Takes note of the progress, and shows it if it is time to. Cheap to call often. */
  update(...progress: Progress): void {
    if (!this.#screen.isTerminal) return;
    const nowMs = this.#nowMs();
    if (nowMs >= this.#dueMs) {
      this.#dueMs = nowMs + REDRAWN_AFTER_MS;
      this.#text = this.#textOf(...progress);
      this.hide();
    }
    if (this.#isShown || this.#text === "") return;
    this.#screen.write(this.#text);
    this.#isShown = true;
  }

  /** Clears the line, so that something else can be written. */
  hide(): void {
    if (this.#isShown) this.#screen.write(CLEAR_LINE);
    this.#isShown = false;
  }

  /** Clears the line for good. */
  [Symbol.dispose](): void {
    this.hide();
  }
}

/** Says of `what` which share of it is done. */
export function percentOf(what: string): (done: number, total: number) => string {
  const subject = printable(what);
  return (done, total) =>
    `${subject}: ${Math.floor(100 * Math.min(1, done / Math.max(1, total)))}%`;
}
