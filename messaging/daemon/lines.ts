/**
 * Lines out of a stream of bytes, however those were cut into pieces on their way. A line is bytes:
 * what it says is for others to find out.
 *
 * @module
 */

import { newError } from "../contracts/mod.ts";

const LINE_FEED = 10;

/** Cuts bytes into lines. */
export class LineCutter {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #partBytes = 0;

  /** Lines may have `maxBytes` bytes, their line end aside. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes in `bytes`, which may be overwritten afterwards.
   *
   * @returns the lines that they complete, without their line feeds.
   * @throws {MessagingError} `E_PROTOCOL` when a line is too long.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   *
   * const cutter = new LineCutter(1024);
   * const text = new TextEncoder().encode("one\ntwo");
   * assertEquals(cutter.push(text), [new TextEncoder().encode("one")]);
   * ```
   */
  push(bytes: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, start);
      this.#keep(bytes.slice(start, end === -1 ? bytes.length : end));
      if (end === -1) return lines;
      lines.push(this.#take());
      start = end + 1;
    }
  }

  /** Whether the beginning of a line is there, and not its end. */
  get hasPart(): boolean {
    return this.#partBytes > 0;
  }

  #keep(part: Uint8Array): void {
    this.#partBytes += part.length;
    if (this.#partBytes > this.#maxBytes) {
      throw newError("E_PROTOCOL", `a line may have ${this.#maxBytes} bytes`);
    }
    if (part.length > 0) this.#parts.push(part);
  }

  #take(): Uint8Array {
    const line = new Uint8Array(this.#partBytes);
    let at = 0;
    for (const part of this.#parts) {
      line.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#partBytes = 0;
    return line;
  }
}

/**
 * The text of a line.
 *
 * @throws {MessagingError} `E_PROTOCOL` when it is not UTF-8.
 */
export function lineText(line: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
  } catch (cause) {
    throw newError("E_PROTOCOL", "the line is not UTF-8", { cause });
  }
}
