/**
 * Several files that belong together, for their owner alone: either all of them are made, or
 * everything is as it was.
 *
 * @module
 */

import { dirname } from "@std/path/dirname";
import { fromSystemError, platform, UsageError } from "../pool/mod.ts";

/** A file to be made. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

const OWNER_MODE = 0o600;

/**
 * Says which of `paths` are taken.
 *
 * @throws {UsageError} when a directory is in the way, which nothing replaces.
 */
export function takenPaths(paths: readonly string[]): string[] {
  return paths.filter((path) => {
    const info = lookAt(path);
    if (info?.isDirectory) {
      throw new UsageError("a directory has the name of a file to be made", {
        path,
        hint: "Choose another path.",
      });
    }
    return info !== undefined;
  });
}

/**
 * Makes `files`, and the directories they go into. With `replace`, files that are there are
 * given up, once all the new ones are made.
 *
 * @throws {AlreadyExistsError} when one is there, without `replace`.
 * @throws {PermissionError} when the system does not allow it.
 * @throws {IoError} when the system fails to.
 */
export function makeFiles(files: readonly NewFile[], { replace }: { replace: boolean }): void {
  const undo: (() => void)[] = [];
  const setAside: string[] = [];
  try {
    for (const { path, text } of files) {
      guarded(path, () => {
        Deno.mkdirSync(dirname(path), { recursive: true });
        if (replace && lookAt(path) !== undefined) {
          const aside = `${path}.${crypto.randomUUID()}.old`;
          Deno.renameSync(path, aside);
          setAside.push(aside);
          undo.push(() => Deno.renameSync(aside, path));
        }
        writeSecret(path, text, undo);
      });
    }
  } catch (error) {
    for (const step of undo.reverse()) attempt(step);
    throw error;
  }
  for (const path of setAside) guarded(path, () => Deno.removeSync(path));
}

function writeSecret(path: string, text: string, undo: (() => void)[]): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: OWNER_MODE });
  undo.push(() => Deno.removeSync(path));
  // A umask can take away from the owner as well.
  if (platform().hasModes) Deno.chmodSync(path, OWNER_MODE);
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  file.syncSync();
}

function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw fromSystemError(error, path);
  }
}

function guarded(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw fromSystemError(error, path);
  }
}

function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The failure that led here says more than this one.
  }
}
