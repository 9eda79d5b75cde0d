/**
 * One line on a terminal that says how far a long run is. It is never left behind.
 *
 * @module
 */

import type { Screen } from "../screen.ts";

/** Shorter runs show nothing. */
const SHOWN_AFTER_MS = 1000;

/** The longest the line is out of date. */
const REDRAWN_AFTER_MS = 100;

const CLEAR_LINE = "\r\x1b[K";

/** How far a run is. */
export interface ProgressState {
  /** Messages appended. */
  readonly messages: number;
  /** Bytes of the input read. */
  readonly readBytes: number;
}

/** Shows how far a run is. Whoever else writes to the terminal hides it before. */
export class ProgressLine implements Disposable {
  readonly #screen: Screen;
  readonly #totalBytes: number;
  readonly #nowMs: () => number;
  #dueMs: number;
  #text = "";
  #isShown = false;

  /**
   * Writes to `screen` about an input of `totalBytes`, from now on.
   *
   * @param nowMs The time in milliseconds, from any start.
   */
  constructor(screen: Screen, totalBytes: number, nowMs: () => number = () => performance.now()) {
    this.#screen = screen;
    this.#totalBytes = totalBytes;
    this.#nowMs = nowMs;
    this.#dueMs = nowMs() + SHOWN_AFTER_MS;
  }

  /** Takes note of the state, and shows the line if it is time to. */
  update(state: ProgressState): void {
    const nowMs = this.#nowMs();
    if (nowMs >= this.#dueMs) {
      this.#dueMs = nowMs + REDRAWN_AFTER_MS;
      this.#text = progressText(state, this.#totalBytes);
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

/** The line, short enough for a narrow terminal. */
export function progressText(state: ProgressState, totalBytes: number): string {
  const percent = Math.floor(100 * Math.min(1, state.readBytes / Math.max(1, totalBytes)));
  return `${percent} % read, ${state.messages.toLocaleString("en-US")} messages fed`;
}
