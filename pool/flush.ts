/**
 * Putting messages on storage that are in the pool already.
 *
 * @module
 */

import { fromSystemError, IoError } from "./errors.ts";
import { directoryOf } from "./path.ts";
import type { PoolWriter } from "./writer.ts";

/** Messages that were appended. */
export interface AppendedRange {
  /** The pool file. */
  path: string;
  /** Number of the first one. */
  firstSeq: number;
  /** Number of the last one. */
  lastSeq: number;
}

/**
 * Returns when what `writer` appended is on storage.
 *
 * @throws {IoError} when that is not known. It says that the messages are in the pool:
 * whoever took it for a failed append would append them twice.
 */
export function flushAppended(
  writer: PoolWriter,
  { path, firstSeq, lastSeq }: AppendedRange,
): void {
  try {
    writer.sync();
  } catch (error) {
    const { cause } = fromSystemError(error, path);
    const which = firstSeq === lastSeq
      ? `message ${firstSeq}`
      : `messages ${firstSeq} to ${lastSeq}`;
    throw new IoError(`appended as ${which}, but not known to be on storage`, {
      path,
      seq: firstSeq,
      cause,
      hint: "Readers have what was appended: do not append it again. It may be lost in a power " +
        "cut. Check the health of the file system.",
    });
  }
}

/** Puts the entries of the directory that holds `path` on storage, where systems allow it. */
export function syncDirectoryOf(path: string): void {
  try {
    using directory = Deno.openSync(directoryOf(path) || ".", { read: true });
    directory.syncSync();
  } catch {
    // Windows syncs no directory, and keeps a journal of their entries.
  }
}
