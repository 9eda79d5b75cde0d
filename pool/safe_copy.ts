/**
 * Keeping a copy of a file that is about to be replaced.
 *
 * @module
 */

import type { PoolFile } from "./file.ts";
import { writeAll, writeNewFile } from "./new_file.ts";

const CHUNK_BYTES = 1024 * 1024;
/** Copies of one file made in one millisecond, at most. */
const NAMES_TRIED_MAX = 100;

/**
 * Copies `file` to a new file beside `path` and puts the copy on storage. Parts that hold
 * only zeros take no disk.
 *
 * @returns the path of the copy: that of the file with the time and `.bak` behind it.
 */
export function keepCopy(path: string, file: PoolFile): string {
  const time = new Date().toISOString().replaceAll(/[-:.]/g, "");
  for (let number = 1;; number++) {
    const copyPath = `${path}.${time}${number === 1 ? "" : `-${number}`}.bak`;
    try {
      writeNewFile(copyPath, (copy) => copyBytes(file, copy));
      return copyPath;
    } catch (error) {
      const isTaken = error instanceof Deno.errors.AlreadyExists;
      if (!isTaken || number === NAMES_TRIED_MAX) throw error;
    }
  }
}

function copyBytes(file: PoolFile, copy: Deno.FsFile): void {
  const bytes = new Uint8Array(CHUNK_BYTES);
  const size = file.size();
  copy.truncateSync(size);
  for (let offset = 0; offset < size; offset += CHUNK_BYTES) {
    const chunk = bytes.subarray(0, Math.min(CHUNK_BYTES, size - offset));
    file.readAt(chunk, offset);
    if (chunk.every((byte) => byte === 0)) continue;
    copy.seekSync(offset, Deno.SeekMode.Start);
    writeAll(copy, chunk);
  }
}
