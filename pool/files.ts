/**
 * Pool files as a whole: creating, listing and deleting them.
 *
 * @module
 */

import {
  AlreadyExistsError,
  fromSystemError,
  IoError,
  NotFoundError,
  PlasmiteError,
  UsageError,
} from "./errors.ts";
import type { PoolListing } from "./interface.ts";
import { viewOf } from "./binary.ts";
import {
  encodeIdentity,
  HEADER_BYTES,
  type Identity,
  planLayout,
  type PoolOptions,
} from "./layout.ts";
import { encodeState, INITIAL_STATE, STATE_BYTES, stateOffset } from "./state.ts";
import { checksum } from "./checksum.ts";
import { discard, draftPath, removeStaleDrafts, writeAll, writeNewFile } from "./new_file.ts";
import { removeLockFile } from "./file_lock.ts";
import { directoryOf } from "./path.ts";
import { platform } from "./platform.ts";
import { syncDirectoryOf } from "./flush.ts";
import { Pool, withWriter } from "./pool.ts";
import { now } from "./timestamp.ts";
import type { PoolWriter } from "./writer.ts";
import { systemCode } from "./system_code.ts";

/** Ending of the name of a pool file. */
export const POOL_SUFFIX = ".plasmite";

/**
 * Creates the pool file at `path`, and directories above it that are missing. It
 * appears whole or not at all.
 *
 * @throws {AlreadyExistsError} when there is one.
 * @throws {UsageError} when a size or limit is out of range.
 */
export function createPoolFile(path: string, options: PoolOptions = {}): void {
  const layout = planLayout(options);
  const maxAgeMs = wholeNumber("maxAgeMs", options.maxAgeMs);
  const maxMessages = wholeNumber("maxMessages", options.maxMessages);
  const header = newHeader({ layout, ...newId(), created: now(), maxAgeMs, maxMessages });
  const directory = directoryOf(path);
  makeDirectory(directory);
  removeStaleDrafts(directory);
  try {
    placeFile(path, header, layout.fileBytes);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw fromSystemError(error, path);
    throw new AlreadyExistsError("the pool exists already", {
      path,
      hint: "Choose a different name, or remove the pool first with `pls pool delete`.",
    });
  }
}

/** The header of an empty pool. */
export function newHeader(identity: Identity): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(encodeIdentity(identity));
  // Both slots hold a state from the beginning, so that a torn one can be told.
  for (const generation of [0, 1]) {
    const slot = header.subarray(stateOffset(generation)).subarray(0, STATE_BYTES);
    encodeState({ ...INITIAL_STATE, generation }, identity.seed, slot, viewOf(slot));
  }
  return header;
}

function wholeNumber(name: string, value = 0): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new UsageError(`${name} must be a whole number, 0 or more`);
}

/** A random UUID, and the seed it gives. */
export function newId(): Pick<Identity, "id" | "seed"> {
  const id = crypto.getRandomValues(new Uint8Array(16));
  id[6] = (id[6] & 0x0f) | 0x40;
  id[8] = (id[8] & 0x3f) | 0x80;
  return { id, seed: checksum(id, 0, id.length, 0) };
}

function makeDirectory(directory: string): void {
  try {
    if (directory !== "") Deno.mkdirSync(directory, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw fromSystemError(error, directory);
    throw new IoError("the path of the pool directory is not that of a directory", {
      path: directory,
      cause: error,
      hint: "A file is there, or a symbolic link that leads nowhere: remove it, or choose " +
        "another directory.",
    });
  }
}

/**
 * Writes the file under another name and links it into place: a link, other than a
 * rename, fails when the name is taken.
 */
function placeFile(path: string, header: Uint8Array, fileBytes: number): void {
  const draft = draftPath(directoryOf(path));
  try {
    writeNew(draft, header, fileBytes);
    Deno.linkSync(draft, path);
  } catch (error) {
    // FAT and some network file systems have no links. EISDIR is what Windows says of FAT.
    if (!isUnsupported(error)) throw error;
    writeNew(path, header, fileBytes);
  } finally {
    discard(draft);
  }
}

/** Writes a pool file of `fileBytes` at `path`, where none may be, and puts it on storage. */
export function writeNew(path: string, header: Uint8Array, fileBytes: number): void {
  writeNewFile(path, (file) => {
    file.truncateSync(fileBytes);
    writeAll(file, header);
  });
}

function isUnsupported(error: unknown): boolean {
  return error instanceof Deno.errors.NotSupported ||
    ["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP", "EISDIR"].includes(systemCode(error) ?? "");
}

/**
 * Removes the pool file at `path`, and `path` itself when it is a symbolic link. Whoever
 * has the pool open is told: appends fail, tails end.
 *
 * @throws {NotFoundError} when there is none.
 * @throws {BusyError} when a writer holds it for too long.
 */
export function deletePoolFile(path: string, lockTimeoutMs?: number): void {
  try {
    unlinkPool(path, lockTimeoutMs);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw fromSystemError(error, path);
    throw new IoError("the pool can't be removed: permission denied", {
      path,
      cause: error,
      hint: "Removing a pool takes write access to its directory.",
    });
  }
}

/** Removes the pool at `path`, and the link when it is one. */
function unlinkPool(path: string, lockTimeoutMs?: number): void {
  const { isSymlink } = Deno.lstatSync(path);
  try {
    const realPath = isSymlink ? Deno.realPathSync(path) : path;
    const remove = (writer: PoolWriter) => writer.delete(() => removeForGood(realPath));
    withWriter(realPath, remove, lockTimeoutMs);
    if (!isSymlink) return;
  } catch (error) {
    if (!canStillGo(error)) throw error;
  }
  // Behind a link, only what certainly is a pool goes with it.
  Deno.removeSync(path);
}

/** So that no power cut brings the file back with the mark of a deletion. */
function removeForGood(path: string): void {
  Deno.removeSync(path);
  // Before it, somebody could make the pool anew with a lock that is about to go.
  if (platform().locksAreMandatory) removeLockFile(path);
  syncDirectoryOf(path);
}

/** A file that is damaged, of another version or not ours to write, and a link to nowhere. */
function canStillGo(error: unknown): boolean {
  if (error instanceof PlasmiteError) {
    return ["Corrupt", "Usage", "Permission"].includes(error.kind);
  }
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop;
}

/**
 * The pools in a directory, sorted by name; none when the directory does not exist.
 * A pool that can't be read is listed with the error, one that was deleted is not.
 *
 * @throws {IoError} when the directory can't be read.
 */
export function listPoolFiles(directory: string): PoolListing[] {
  try {
    return poolFileNames(directory)
      .map((name) => listPool(`${directory}/${name}`, name.slice(0, -POOL_SUFFIX.length)))
      .filter((listing) => !isGone(listing));
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}

/**
 * The names of the pool files in a directory, sorted by those of the pools.
 *
 * @throws {NotFoundError} when the directory does not exist.
 * @throws {IoError} when it can't be read.
 */
export function poolFileNames(directory: string): string[] {
  try {
    const files = Array.from(Deno.readDirSync(directory), (entry) => entry.name)
      .filter((name) => name.endsWith(POOL_SUFFIX) && name !== POOL_SUFFIX);
    // By the names of the pools: with the suffix, `a-b` would come before `a`.
    const names = files.map((name) => name.slice(0, -POOL_SUFFIX.length)).sort();
    return names.map((name) => name + POOL_SUFFIX);
  } catch (error) {
    throw fromSystemError(error, directory);
  }
}

/** Whether a pool was deleted, now or long ago, or is the end of a link that leads nowhere. */
function isGone({ name, error }: PoolListing): boolean {
  // A name that is no UTF-8 is read with this character in it, and so can't be opened.
  return error instanceof NotFoundError && !name.includes("\ufffd");
}

function listPool(path: string, name: string): PoolListing {
  let mtime: Date | null = null;
  try {
    mtime = Deno.statSync(path).mtime;
    using pool = new Pool(path, { name });
    return { name, path, mtime, info: pool.info() };
  } catch (error) {
    return { name, path, mtime, error: fromSystemError(error, path) };
  }
}
