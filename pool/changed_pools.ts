/**
 * Which pools of a directory change, without opening any of them: one watcher for all, and a look
 * at the times of the files now and then, as wake-ups may fail to come.
 *
 * @module
 */

import { fromSystemError } from "./errors.ts";
import { POOL_SUFFIX, poolFileNames } from "./files.ts";
import { platform } from "./platform.ts";
import { watchDirectory } from "./watch.ts";

/** How often to look where each write is reported, and where that can't be counted on. */
const WATCHED_LOOK_MS = 1000;
const UNWATCHED_LOOK_MS = 100;

/**
 * Gives the names of pools that were created or may have changed, in sets, until `signal` ends it.
 * The first set is empty, and says that from now on nothing is missed.
 *
 * @throws {NotFoundError} when the directory is not there.
 */
export async function* changedPools(
  directory: string,
  signal: AbortSignal,
): AsyncGenerator<ReadonlySet<string>, void, void> {
  let changed = new Set<string>();
  let wake = () => {};
  const onAbort = () => wake();
  const watch = watchDirectory(directory, (file) => {
    if (!file.endsWith(POOL_SUFFIX)) return;
    changed.add(file.slice(0, -POOL_SUFFIX.length));
    wake();
  });
  signal.addEventListener("abort", onAbort);
  const isReported = watch !== undefined && platform().reportsWrites;
  const lookMs = isReported ? WATCHED_LOOK_MS : UNWATCHED_LOOK_MS;
  try {
    const seen = new Map<string, number>();
    look(directory, seen);
    yield new Set();
    while (!signal.aborted) {
      if (changed.size === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, lookMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        if (signal.aborted) return;
      }
      const names = changed;
      changed = new Set();
      if (names.size === 0) { for (const name of look(directory, seen)) names.add(name); }
      if (names.size > 0) yield names;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    watch?.close();
  }
}

/** The names of pools whose files are others than `seen` says; brings that up to date. */
function look(directory: string, seen: Map<string, number>): string[] {
  const changed: string[] = [];
  for (const file of poolFileNames(directory)) {
    const path = `${directory}/${file}`;
    try {
      const time = Deno.statSync(path).mtime?.getTime() ?? 0;
      if (seen.get(path) !== time) changed.push(file.slice(0, -POOL_SUFFIX.length));
      seen.set(path, time);
    } catch (error) {
      // Deleted since it was listed.
      if (!(error instanceof Deno.errors.NotFound)) throw fromSystemError(error, path);
    }
  }
  return changed;
}
