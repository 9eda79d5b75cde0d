/**
 * A value that goes on over several lines, until it is whole or can't become so.
 *
 * It is held only up to a limit. After that it is still followed to its end, so that
 * what comes then is recognised.
 *
 * @module
 */

import { isLongerThan } from "./utf8.ts";
import { ValueScanner } from "./value_scanner.ts";

/**
 * What a line made of the value: it goes on; it ends here, whole or broken; it has
 * become too long, which is told once.
 */
export type OpenValueProgress = "open" | "ended" | "too long";

/** Collects the lines of one value. */
export class OpenValue {
  readonly #maxBytes: number;
  readonly #scanner = new ValueScanner();
  #lines: string[] = [];
  #length = 0;
  #isEmpty = true;
  #isHeld = true;
  #opener = "";
  #lastMark = "";

  /** Holds at most `maxBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** No line was added. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** The text is there, not dropped. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** The lines so far. */
  get text(): string {
    return this.#lines.join("\n");
  }

  /** The character that the value begins with. */
  get opener(): string {
    return this.#opener;
  }

  /** The last character so far that is no white space. */
  get lastMark(): string {
    return this.#lastMark;
  }

  /** Adds the next line. */
  add(line: string): OpenValueProgress {
    this.#isEmpty = false;
    const marks = line.trim();
    this.#opener ||= marks.slice(0, 1);
    this.#lastMark = marks.at(-1) ?? this.#lastMark;
    // Neither a word nor, in valid JSON, a string goes on behind the end of its line.
    const ends = this.#scanner.scan(line, 0) !== undefined || this.#scanner.isWithinWord ||
      this.#scanner.isWithinString;
    if (ends) this.#scanner.reset();
    if (this.#isHeld && this.#isTooLongWith(line, ends)) return "too long";
    return ends ? "ended" : "open";
  }

  /** Gives up the text, and follows the value to its end. */
  drop(): void {
    this.#lines = [];
    this.#isHeld = false;
    // It was the last line that made it too long.
    if (!this.#scanner.isWithinValue) this.reset();
  }

  /** Starts anew. */
  reset(): void {
    this.#scanner.reset();
    this.#lines = [];
    this.#length = 0;
    this.#isEmpty = true;
    this.#isHeld = true;
    this.#opener = "";
    this.#lastMark = "";
  }

  #isTooLongWith(line: string, ends: boolean): boolean {
    this.#lines.push(line);
    this.#length += line.length + 1;
    if (3 * this.#length <= this.#maxBytes) return false;
    // Measured exactly once, when it ends; until then it takes at least this much.
    if (!ends) return this.#length - 1 > this.#maxBytes;
    return isLongerThan(this.#maxBytes, this.text);
  }
}
