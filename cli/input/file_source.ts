/**
 * Where input comes from: a file, or standard input.
 *
 * @module
 */

import { IoError } from "../../pool/mod.ts";
import type { ByteSource } from "../session.ts";

/** Input that counts what is read of it. Its failures are `Io`, whatever the system says. */
export class FileSource implements ByteSource, Disposable {
  /** How many bytes there are; undefined unless it is a regular file. */
  readonly sizeBytes?: number;
  /** How many bytes were read. */
  readBytes = 0;
  readonly #source: ByteSource;
  readonly #path?: string;
  readonly #opened?: Deno.FsFile;

  /**
   * Opens the file at `path`; without one, or for `-`, it is standard input.
   *
   * @throws {IoError} when it can't be opened.
   */
  constructor(path: string | undefined, stdin: ByteSource) {
    this.#path = path === "-" ? undefined : path;
    if (this.#path === undefined) {
      this.#source = stdin;
      return;
    }
    const opened = this.#asIo(() => Deno.openSync(this.#path!));
    const { isFile, size } = this.#asIo(() => opened.statSync());
    this.#source = this.#opened = opened;
    if (isFile) this.sizeBytes = size;
  }

  /** Fills some of `bytes` and returns how many, or null at the end. */
  readSync(bytes: Uint8Array): number | null {
    const count = this.#asIo(() => this.#source.readSync(bytes));
    this.readBytes += count ?? 0;
    return count;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#opened?.close();
  }

  #asIo<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      const path = this.#path;
      throw new IoError(`can't read ${path === undefined ? "standard input" : "the file"}`, {
        path,
        cause,
        hint: "Check that it exists, is not a directory and may be read.",
      });
    }
  }
}
