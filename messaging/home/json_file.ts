/**
 * Small JSON files that several processes change: read anew on every use, changed by one at a time,
 * and replaced as a whole, so that a reader or a crash never finds half of one.
 *
 * @module
 */

import { BusyError } from "../../pool/mod.ts";

/** How long to wait for whoever changes a file, and how often to look, in milliseconds. */
const PATIENCE_MS = 5000;
const LOOK_MS = 10;

/** What a file says; undefined when it is not there, or is no JSON object. */
export function readJsonObject(path: string): Record<string, unknown> | undefined {
  const text = readIfThere(path);
  return text === undefined ? undefined : parseObject(text);
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Replaces what a file says by what `change` makes of it, while nobody else does. The directory is
 * made when it is missing. What is no JSON object, written by hand or by a disk that failed, is kept
 * beside it as `NAME.damaged`.
 *
 * @param change Gets what {@linkcode readJsonObject} gives, or an empty object; gives undefined for
 * a file that is to stay as it is.
 * @throws {BusyError} when somebody else changes it for more than 5 seconds.
 */
export async function changeJsonObject(
  path: string,
  change: (value: Record<string, unknown>) => Record<string, unknown> | undefined,
): Promise<void> {
  Deno.mkdirSync(directoryOf(path), { recursive: true, mode: 0o700 });
  // The file itself is replaced, so the lock is on one that stays.
  using lock = Deno.openSync(`${path}.lock`, { create: true, write: true, mode: 0o600 });
  await take(lock, path);
  const text = readIfThere(path);
  const value = text === undefined ? undefined : parseObject(text);
  const changed = change(value ?? {});
  if (changed === undefined) return;
  if (text !== undefined && value === undefined) Deno.renameSync(path, `${path}.damaged`);
  // Under the lock there is one at a time: what somebody who was killed has left is written over.
  replaceFile(path, JSON.stringify(changed) + "\n", `${path}.tmp`);
}

async function take(lock: Deno.FsFile, path: string): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; !lock.tryLockSync(true);) {
    if (performance.now() >= deadline) {
      throw new BusyError(`another process has held ${path} for ${PATIENCE_MS / 1000} s`, {
        path,
        hint: `Is one suspended? \`fuser ${path}.lock\` says which.`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Puts a file with this text where `path` leads, whatever is there, in one step. */
export function replaceFile(path: string, text: string, draft = `${path}.${Deno.pid}.tmp`): void {
  Deno.writeTextFileSync(draft, text, { mode: 0o600 });
  Deno.renameSync(draft, path);
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"), 1));
}
