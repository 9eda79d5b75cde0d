/**
 * An output stream of the program: standard output or standard error, and what is
 * at its other end.
 *
 * People get indented, coloured JSON; programs get one compact line. Everything is
 * written at once: nothing a command printed is lost when the program ends.
 *
 * @module
 */

import { IoError, prettyJson } from "../pool/mod.ts";

/** When to colour. */
export type ColorChoice = "auto" | "always" | "never";

/** Where bytes go: the part of `Deno.stdout` that is used here. */
export interface ByteSink {
  /** Writes some of `bytes` and returns how many. */
  writeSync(bytes: Uint8Array): number;
}

/** What is known of a stream and of its other end. */
export interface ScreenFacts {
  /** Which standard stream it is. Default `output`. */
  readonly stream?: "output" | "error";
  /** A person is reading. */
  readonly isTerminal: boolean;
  /** What `--color` says. */
  readonly colorChoice: ColorChoice;
  /** The environment asks for no colour (`NO_COLOR`); `--color always` wins over it. */
  readonly noColor: boolean;
  /** How many columns a terminal has. */
  readonly columns?: () => number;
}

/** Nobody reads standard output any more: whoever did has seen enough. */
export class ReaderGone extends Error {
  /** `cause` is what the system said. */
  constructor(cause: unknown) {
    super("nobody reads standard output any more", { cause });
    this.name = "ReaderGone";
  }
}

/** One output stream. */
export class Screen {
  /** A person is reading. */
  readonly isTerminal: boolean;
  /** Text may be coloured. */
  readonly color: boolean;
  /** JSON is laid out for people. */
  readonly indent: boolean;
  readonly #stream: "output" | "error";
  readonly #sink: ByteSink;
  readonly #columns: (() => number) | undefined;
  readonly #encoder = new TextEncoder();

  /** The stream that writes to `sink`. */
  constructor(sink: ByteSink, facts: ScreenFacts) {
    this.#stream = facts.stream ?? "output";
    this.#sink = sink;
    this.isTerminal = facts.isTerminal;
    this.#columns = facts.isTerminal ? facts.columns : undefined;
    const always = facts.colorChoice === "always";
    this.color = always || facts.colorChoice === "auto" && facts.isTerminal && !facts.noColor;
    this.indent = facts.isTerminal || always;
  }

  /** How many columns a person sees; undefined when nobody does, or nobody knows. */
  get columns(): number | undefined {
    return this.#columns?.();
  }

  /**
   * Writes text, as it is.
   *
   * @throws {IoError} when the stream does not take it.
   * @throws {ReaderGone} when it is standard output, and nobody reads it any more.
   */
  write(text: string): void {
    this.writeBytes(this.#encoder.encode(text));
  }

  /** Writes bytes, as they are, and returns when all of them are written. */
  writeBytes(bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.length) {
      written += this.#writeSome(written === 0 ? bytes : bytes.subarray(written));
    }
  }

  #writeSome(bytes: Uint8Array): number {
    try {
      return this.#sink.writeSync(bytes);
    } catch (cause) {
      const isOutput = this.#stream === "output";
      if (isOutput && cause instanceof Deno.errors.BrokenPipe) throw new ReaderGone(cause);
      throw new IoError(`can't write standard ${this.#stream}`, {
        cause,
        hint: `Check where standard ${this.#stream} leads to: it may be a file on a full disk.`,
      });
    }
  }

  /** Writes JSON text: one compact line, or indented when a person is reading. */
  writeJson(json: string): void {
    this.write((this.indent ? prettyJson(json, { color: this.color }) : json) + "\n");
  }
}

/**
 * Makes text safe for a line of a terminal: control characters are spelled as
 * escapes, so that a name or a tag can neither break a table nor steer the terminal.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(printable("a\tb"), "a\\u0009b");
 * ```
 */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (control) => {
    return "\\u" + control.charCodeAt(0).toString(16).padStart(4, "0");
  });
}
