/**
 * What one call of the program works with: its streams and its pool directory.
 * Commands touch the world through it, so that a test can hand them another.
 *
 * @module
 */

import { Client } from "../client.ts";
import type { Screen } from "./screen.ts";

/** Where bytes come from: a file, or the part of `Deno.stdin` that is used here. */
export interface ByteSource {
  /** Fills some of `bytes` and returns how many, or null at the end. */
  readSync(bytes: Uint8Array): number | null;
}

/** Standard input. */
export interface StandardInput extends ByteSource {
  /** A person is typing. */
  isTerminal(): boolean;
}

/** What a session is made of. */
export interface SessionOptions {
  /** Standard input. */
  stdin: StandardInput;
  /** Where results go. */
  stdout: Screen;
  /** Where errors and notices go. */
  stderr: Screen;
  /** The pool directory asked for; without one, the library's default. */
  dir?: string;
}

/** One call of the program. */
export class Session implements Disposable {
  /** Standard input. */
  readonly stdin: StandardInput;
  /** Where results go. */
  readonly stdout: Screen;
  /** Where errors and notices go. */
  readonly stderr: Screen;
  readonly #dir?: string;
  #client?: Client;

  /** A call that uses these streams and this directory. */
  constructor(options: SessionOptions) {
    this.stdin = options.stdin;
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.#dir = options.dir;
  }

  /** The pools of the directory; made when first asked for, as not every command needs it. */
  get client(): Client {
    this.#client ??= new Client({ dir: this.#dir });
    return this.#client;
  }

  /** Gives up the pools that were opened. */
  [Symbol.dispose](): void {
    this.#client?.close();
  }
}
