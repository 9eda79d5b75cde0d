/**
 * Telling whether two looks at a file were at the same one.
 *
 * @module
 */

import { platform } from "./platform.ts";

/** What a look at a file tells about which one it is. */
export type FileIdentity = Pick<Deno.FileInfo, "ino" | "dev" | "nlink">;

/** Whether `there`, found by a path, is the open file `here`. */
export function isSameFile(here: FileIdentity, there: FileIdentity): boolean {
  if (here.ino !== there.ino || here.dev !== there.dev) return false;
  // Numbers above 2^53 are rounded: a replacement could seem to have the one of the old file,
  // which has lost its last name by then.
  return platform().hasExactFileIds || here.nlink !== 0;
}

/** Whether `path` names the open file `file`. */
export function isFileAt(file: Deno.FsFile, path: string): boolean {
  const here = file.statSync();
  try {
    return isSameFile(here, Deno.statSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // What was removed on Windows refuses to be looked at until all have closed it.
    const isOnItsWay = error instanceof Deno.errors.PermissionDenied &&
      !platform().replacesOpenFiles;
    if (isOnItsWay) return false;
    throw error;
  }
}
