/**
 * Waking up when a file changes. One `Deno.watchFs` serves all listeners on a
 * directory: each watcher is an inotify instance, of which a user has 128.
 *
 * Nobody may rely on a wake-up: file systems exist that never report, and watching
 * may be impossible. Listeners look for themselves now and then.
 *
 * @module
 */

import { directoryOf, nameOf } from "./path.ts";
import { platform } from "./platform.ts";

interface DirectoryWatch {
  watcher: Deno.FsWatcher;
  listeners: Map<string, Set<() => void>>;
  /** Called with the name of any file that may have changed. */
  listenersToAll: Set<(name: string) => void>;
}

const watches = new Map<string, DirectoryWatch>();

/** A listener on one file. */
export interface FileWatch {
  /** Stops listening. */
  close(): void;
}

/**
 * Calls `onChange` when the file at `path` may have changed, until the watch is
 * closed. Returns undefined when the system has no watcher to give.
 */
export function watchFile(path: string, onChange: () => void): FileWatch | undefined {
  const { directory, name } = locateOnDisk(path);
  const watch = watches.get(directory) ?? startWatch(directory);
  if (watch === undefined) return undefined;
  const listeners = watch.listeners.get(name) ?? new Set();
  watch.listeners.set(name, listeners.add(onChange));
  return {
    close() {
      if (!listeners.delete(onChange) || listeners.size > 0) return;
      watch.listeners.delete(name);
      stopUnused(directory, watch);
    },
  };
}

/**
 * Calls `onChange` with the name of any file in a directory that may have changed, until the watch
 * is closed. Returns undefined when the system has no watcher to give.
 */
export function watchDirectory(
  path: string,
  onChange: (name: string) => void,
): FileWatch | undefined {
  const directory = realPath(path);
  const watch = watches.get(directory) ?? startWatch(directory);
  if (watch === undefined) return undefined;
  watch.listenersToAll.add(onChange);
  return {
    close() {
      watch.listenersToAll.delete(onChange);
      stopUnused(directory, watch);
    },
  };
}

/** Events come from the directory that really holds the file. */
function locateOnDisk(path: string): { directory: string; name: string } {
  const real = realPath(path);
  return { directory: directoryOf(real) || ".", name: folded(nameOf(real)) };
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // The watch on the path as given is as good as we get.
    return path;
  }
}

/** A name as it is compared: events may spell it otherwise than who opened the file. */
function folded(name: string): string {
  return platform().foldsNames ? name.normalize().toLowerCase() : name;
}

function startWatch(directory: string): DirectoryWatch | undefined {
  let watcher: Deno.FsWatcher;
  try {
    watcher = Deno.watchFs(directory, { recursive: false });
  } catch {
    return undefined;
  }
  const watch: DirectoryWatch = { watcher, listeners: new Map(), listenersToAll: new Set() };
  watches.set(directory, watch);
  dispatch(watch).finally(() => {
    if (watches.get(directory) === watch) watches.delete(directory);
  });
  return watch;
}

function stopUnused(directory: string, watch: DirectoryWatch): void {
  if (watch.listeners.size === 0 && watch.listenersToAll.size === 0) stopWatch(directory, watch);
}

function stopWatch(directory: string, watch: DirectoryWatch): void {
  // A watcher that died was forgotten already, and may have been replaced.
  if (watches.get(directory) !== watch) return;
  watches.delete(directory);
  watch.watcher.close();
}

async function dispatch({ watcher, listeners, listenersToAll }: DirectoryWatch): Promise<void> {
  try {
    for await (const event of watcher) {
      // Reading is an event as well: to answer it would be to read for ever.
      if (event.kind === "access") continue;
      for (const path of event.paths) {
        const name = nameOf(path);
        const called = listeners.get(folded(name));
        if (called !== undefined) { for (const onChange of called) onChange(); }
        for (const onChange of listenersToAll) onChange(name);
      }
    }
  } catch {
    // The watcher died, for example with its directory; polling goes on.
  }
}
