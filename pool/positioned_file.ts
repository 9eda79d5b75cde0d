/**
 * Reading and writing at a place of a file in one call of the system, where a
 * `Deno.FsFile` takes two. `node:fs` can do that, but loading any `node:` module costs a
 * process about 20 ms: it is for files that are used for long.
 *
 * @module
 */

import { isSameFile } from "./file_identity.ts";
import { platform } from "./platform.ts";

type NodeFs = ReturnType<typeof loadFs>;

/** A second handle of an open file. */
export class PositionedFile {
  readonly #fs: NodeFs;
  readonly #descriptor: number;

  private constructor(fs: NodeFs, descriptor: number) {
    this.#fs = fs;
    this.#descriptor = descriptor;
  }

  /**
   * Opens the file at `path` once more; undefined when it is not `file` any more, or can't
   * be opened, or when the system can't tell for certain.
   */
  static open(
    path: string,
    file: Deno.FsFile,
    options: { write: boolean },
  ): PositionedFile | undefined {
    if (!platform().hasExactFileIds) return undefined;
    const fs = loadFs();
    let descriptor: number;
    try {
      descriptor = fs.openSync(path, options.write ? "r+" : "r");
    } catch {
      return undefined;
    }
    if (isSameFile(file.statSync(), fs.fstatSync(descriptor))) {
      return new PositionedFile(fs, descriptor);
    }
    fs.closeSync(descriptor);
    return undefined;
  }

  /** Fills `bytes` from `offset` on; false when the file ends before. */
  readAt(bytes: Uint8Array, offset: number): boolean {
    for (let done = 0; done < bytes.length;) {
      const left = bytes.length - done;
      const count = this.#fs.readSync(this.#descriptor, bytes, done, left, offset + done);
      if (count === 0) return false;
      done += count;
    }
    return true;
  }

  /** Writes all of `bytes` at `offset`. */
  writeAt(bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length;) {
      const left = bytes.length - done;
      done += this.#fs.writeSync(this.#descriptor, bytes, done, left, offset + done);
    }
  }

  /** Closes the handle. */
  close(): void {
    this.#fs.closeSync(this.#descriptor);
  }
}

/** A static import would make every start of the program pay for it. */
function loadFs() {
  return globalThis.process.getBuiltinModule("node:fs");
}
