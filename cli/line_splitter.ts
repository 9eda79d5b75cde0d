/**
 * From bytes as a program writes them to lines of text, however the bytes were cut
 * into pieces on their way.
 *
 * Nothing is dropped: bytes that are not UTF-8 become U+FFFD, and a line that is too
 * long to be kept in one piece comes in parts.
 *
 * @module
 */

const LINE_FEED = 10;
const FIRST_BUFFER_BYTES = 64 * 1024;

/** A line, or a part of one. */
export interface Line {
  /** The text, without the line feed and the carriage returns before it. */
  readonly text: string;
  /** The line goes on in the next part. */
  readonly partial: boolean;
}

/** Cuts a stream of bytes into lines. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #filled = 0;

  /** Lines of more than `maxLineBytes` bytes, 4 or more, come in parts. */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /**
   * Takes in `bytes` and returns the lines that they complete.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   *
   * const splitter = new LineSplitter(1024);
   * const bytes = new TextEncoder().encode("one\r\ntwo");
   * assertEquals(splitter.push(bytes), [{ text: "one", partial: false }]);
   * assertEquals(splitter.end(), [{ text: "two", partial: false }]);
   * ```
   */
  push(bytes: Uint8Array): Line[] {
    const lineFeed = bytes.lastIndexOf(LINE_FEED);
    const complete = lineFeed === -1 ? 0 : this.#filled + lineFeed + 1;
    this.#keep(bytes);
    const lines = this.#linesOf(this.#buffer.subarray(0, complete));
    const partsEnd = complete + this.#parts(this.#buffer.subarray(complete, this.#filled), lines);
    this.#buffer.copyWithin(0, partsEnd, this.#filled);
    this.#filled -= partsEnd;
    return lines;
  }

  /** The last line, if it has no line feed. */
  end(): Line[] {
    const rest = this.#buffer.subarray(0, this.#filled);
    this.#filled = 0;
    return rest.length === 0 ? [] : [this.#line(rest)];
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#filled + bytes.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#filled);
    this.#filled = needed;
  }

  /** The lines of `block`, which ends with a line feed or is empty. */
  #linesOf(block: Uint8Array): Line[] {
    if (block.length === 0) return [];
    // No line of it can be too long: decoded together, they cost a tenth.
    if (block.length <= this.#maxLineBytes) {
      const texts = this.#decoder.decode(block).split("\n");
      texts.pop();
      return texts.map((text) => ({ text: withoutReturns(text), partial: false }));
    }
    const lines: Line[] = [];
    for (let start = 0, end = 0; start < block.length; start = end + 1) {
      end = block.indexOf(LINE_FEED, start);
      const line = block.subarray(start, end);
      lines.push(this.#line(line.subarray(this.#parts(line, lines))));
    }
    return lines;
  }

  /** Adds the parts that come before the last one of `line`; returns how many bytes they are. */
  #parts(line: Uint8Array, lines: Line[]): number {
    let start = 0;
    while (line.length - start > this.#maxLineBytes) {
      const end = start + characterBoundary(line.subarray(start), this.#maxLineBytes);
      lines.push({ text: this.#decoder.decode(line.subarray(start, end)), partial: true });
      start = end;
    }
    return start;
  }

  #line(bytes: Uint8Array): Line {
    return { text: withoutReturns(this.#decoder.decode(bytes)), partial: false };
  }
}

function withoutReturns(text: string): string {
  return text.endsWith("\r") ? text.replace(/\r+$/, "") : text;
}

/** The last place up to `at` that is not inside of a character. */
function characterBoundary(bytes: Uint8Array, at: number): number {
  for (let boundary = at; boundary > at - 4; boundary--) {
    if ((bytes[boundary] & 0xc0) !== 0x80) return boundary;
  }
  // Not UTF-8.
  return at;
}
