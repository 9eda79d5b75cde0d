/**
 * Finding where a JSON value ends in text that comes in pieces.
 *
 * Only strings and brackets are looked at. Whether the text in between is JSON is for
 * `JSON.parse` to say, and it says no whenever the end was not the true one.
 *
 * @module
 */

const START = /[^ \t\r\n]/g;
const WORD_END = /[ \t\r\n{}[\],:"]/g;
const IN_CONTAINER = /["{}[\]]/g;
const IN_STRING = /["\\]/g;

/**
 * Finds the end of one value after another.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const scanner = new ValueScanner();
 * assertEquals(scanner.scan('{"a":', 0), undefined);
 * assertEquals(scanner.scan("[1]} 2", 0), 4);
 * ```
 */
export class ValueScanner {
  #within: "nothing" | "container" | "string" | "word" = "nothing";
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** A value has begun and not ended. */
  get isWithinValue(): boolean {
    return this.#within !== "nothing";
  }

  /** The text so far ends inside a string, where no line may end. */
  get isWithinString(): boolean {
    return this.#inString;
  }

  /** A number or `true`, `false`, `null` has begun: the end of the input ends it, too. */
  get isWithinWord(): boolean {
    return this.#within === "word";
  }

  /** Forgets the value that has begun. */
  reset(): void {
    this.#within = "nothing";
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
  }

  /**
   * Goes on at `from` in `text`, the piece that follows the last one.
   *
   * @returns where the value ends in `text`, undefined when it goes on in the next piece
   * or has not begun.
   */
  scan(text: string, from: number): number | undefined {
    let at = from;
    if (this.#within === "nothing") {
      const start = valueStart(text, at);
      if (start === -1) return undefined;
      at = this.#begin(text, start);
    }
    const end = this.#within === "word" ? find(WORD_END, text, at) : this.#structureEnd(text, at);
    if (end === -1) return undefined;
    this.reset();
    return end;
  }

  #begin(text: string, start: number): number {
    const first = text[start];
    if (first === "{" || first === "[") {
      this.#within = "container";
      return start;
    }
    this.#within = first === '"' ? "string" : "word";
    this.#inString = first === '"';
    // A mark that can't begin a value is a word of its own, and no JSON.
    return start + 1;
  }

  #structureEnd(text: string, from: number): number {
    for (let at = from; at < text.length;) {
      if (this.#escaped) {
        this.#escaped = false;
        at++;
        continue;
      }
      const found = find(this.#inString ? IN_STRING : IN_CONTAINER, text, at);
      if (found === -1) return -1;
      at = found + 1;
      if (this.#mark(text[found])) return at;
    }
    return -1;
  }

  /** Takes note of a mark; true when the value ends with it. */
  #mark(mark: string): boolean {
    if (mark === "\\") {
      this.#escaped = true;
      return false;
    }
    if (mark === '"') this.#inString = !this.#inString;
    else this.#depth += mark === "{" || mark === "[" ? 1 : -1;
    return !this.#inString && this.#depth === 0;
  }
}

/** Where in `text` the first value at `from` or later begins; -1 for nowhere. */
export function valueStart(text: string, from: number): number {
  return find(START, text, from);
}

/** Where in `text`, at `from` or later, a character of `pattern` is; -1 for nowhere. */
function find(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex - 1 : -1;
}
