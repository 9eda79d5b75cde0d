/**
 * Paths of pool files and names of pools, by the rules of the system.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import { platform } from "./platform.ts";

/** The directory of a path with its separator, or `""`. */
export function directoryOf(path: string): string {
  return path.slice(0, startOfName(path));
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(startOfName(path));
}

function startOfName(path: string): number {
  const slash = path.lastIndexOf("/");
  if (!platform().hasDrives) return slash + 1;
  // `C:name` is in the current directory of drive C.
  return Math.max(slash, path.lastIndexOf("\\"), path.lastIndexOf(":")) + 1;
}

/**
 * Whether a reference to a pool is a path, and not a name in the directory of pools: it
 * has a separator in it.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { isPoolPath } from "@plasmite/pool";
 *
 * assert(isPoolPath("./work.plasmite"));
 * assert(!isPoolPath("work"));
 * ```
 */
export function isPoolPath(reference: string): boolean {
  return reference.includes("/") || platform().hasDrives && reference.includes("\\");
}

/** What Windows takes for a device, whatever ending it has. */
const DEVICE_NAME = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³]) *(\.|$)/i;
/** How long the name of a file can be, and what is behind that of a pool in its lock file's. */
const NAME_UNITS_MAX = 255;
const NAME_ENDING = ".plasmite.lock";
/** What can't be in the name of a file on Windows, beside control characters. */
const RESERVED = '<>:"|?*';

/**
 * Checks that a file can have the name of a pool. Windows would take `NUL` for a device,
 * and what follows a colon for the name of a hidden part of another file.
 *
 * @throws {UsageError} when it can't.
 */
export function checkPoolName(name: string): void {
  if (!platform().hasDrives) return;
  const reason = reasonAgainst(name);
  if (reason === undefined) return;
  throw new UsageError(`not a name for a pool on Windows: ${JSON.stringify(name)}`, {
    hint: `Choose another one: ${reason}.`,
  });
}

function reasonAgainst(name: string): string | undefined {
  const character = Array.from(name).find((c) => c < " " || RESERVED.includes(c));
  if (character !== undefined) {
    return `${JSON.stringify(character)} can't be in the name of a file`;
  }
  if (DEVICE_NAME.test(name)) return "it is the name of a device";
  const longest = NAME_UNITS_MAX - NAME_ENDING.length;
  return name.length > longest ? `it is longer than ${longest} characters` : undefined;
}
