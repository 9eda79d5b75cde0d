/**
 * Files that are made beside a pool: for their owner alone, and gone again when they can't
 * be written whole.
 *
 * @module
 */

import { PermissionError } from "./errors.ts";

/** Names of drafts, and of nothing else. */
const DRAFT_NAME = /^\.plasmite\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/;
/** Nobody takes that long over a draft, whatever the size of the pool. */
const STALE_AFTER_MS = 24 * 60 * 60 * 1000;
/** The mode of every file that is made. */
export const OWNER_MODE = 0o600;

/**
 * Has `fill` write the file at `path`, where none may be, and puts it on storage. Nothing
 * is left of it when that fails.
 */
export function writeNewFile(path: string, fill: (file: Deno.FsFile) => void): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: OWNER_MODE });
  try {
    const { mode } = file.statSync();
    // A umask can take away from the owner as well. FAT and Windows, which have no modes,
    // never do.
    if (mode !== null && (mode & OWNER_MODE) !== OWNER_MODE) Deno.chmodSync(path, OWNER_MODE);
    fill(file);
    // A name must not outlive a power cut that its content does not.
    file.syncDataSync();
  } catch (error) {
    discard(path);
    throw error;
  }
}

/** Writes all of `bytes` to `file`, which may take them in parts. */
export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

/**
 * A path for a file in the making, in a directory given with its separator. It does not hold
 * the name of the pool, which may be as long as names can be.
 */
export function draftPath(directory: string): string {
  return `${directory}.plasmite.${crypto.randomUUID()}.tmp`;
}

/** Removes from a directory, if it can, the drafts of makers that were killed. */
export function removeStaleDrafts(directory: string): void {
  try {
    const deadline = Date.now() - STALE_AFTER_MS;
    for (const { name } of Deno.readDirSync(directory || ".")) {
      if (!DRAFT_NAME.test(name)) continue;
      const { mtime } = Deno.lstatSync(directory + name);
      if (mtime !== null && mtime.getTime() < deadline) discard(directory + name);
    }
  } catch {
    // Drafts take space and nothing else: whoever makes the next pool tries again.
  }
}

/** Removes a file that nobody needs. Whether that works is of no account. */
export function discard(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // The failure that led here says more than this one.
  }
}

/**
 * Gives the file at `path` to the owner and the group of `model`.
 *
 * @throws {PermissionError} when this process may not.
 */
export function keepOwner(path: string, model: Deno.FileInfo): void {
  const { uid, gid } = Deno.statSync(path);
  if (uid === model.uid && gid === model.gid) return;
  try {
    Deno.chownSync(path, model.uid, model.gid);
  } catch (cause) {
    throw new PermissionError("a repaired pool can't be given to the pool's owner and group", {
      cause,
      hint: "Repair it as its owner, or as root. Nothing was changed.",
    });
  }
}
