/**
 * What is kept for sessions in the home of messaging, a directory: which source and namespace each
 * has, how far it has read, and what it is subscribed to. Formats:
 *
 * - `current.json`: session to handle
 * - `namespace.json`: session to manifold
 * - `cursors/SESSION.json`: key of a pipe to `{ seq, created }`, see {@linkcode Cursor}
 * - `subs/SESSION.json`: `{ session, targets }`, these sorted
 *
 * SESSION is the name of a session as {@linkcode fileNameOf} writes it.
 *
 * @module
 */

import { type FileWatch, watchDirectory } from "../../pool/internal_mod.ts";
import { changeJsonObject, readJsonObject } from "./json_file.ts";

/** How far a session has read a pipe. */
export interface Cursor {
  /** The number of the last message that was delivered. */
  readonly seq: number;
  /** When what holds the messages was created, RFC 3339: numbers mean nothing in another one. */
  readonly created: string;
}

/** The session that no name says. */
export const DEFAULT_SESSION = "default";

/** A directory with the state of sessions. It need not be there before something is kept. */
export class Home {
  /** The directory. */
  readonly path: string;

  /** The home at `path`. */
  constructor(path: string) {
    this.path = path;
  }

  /** The file that holds the current sources. */
  get currentPath(): string {
    return `${this.path}/current.json`;
  }

  /** The current source of a session; `""` when it has none. */
  current(session: string): string {
    return textOf(readJsonObject(this.currentPath), session);
  }

  /** Makes a source the current one of a session. */
  async setCurrent(session: string, handle: string): Promise<void> {
    await changeJsonObject(this.currentPath, (all) => ({ ...all, [named(session)]: handle }));
  }

  /** Leaves a session without a current source. */
  async clearCurrent(session: string): Promise<void> {
    await changeJsonObject(
      this.currentPath,
      (all) => without(all, (name) => name === named(session)),
    );
  }

  /** Leaves every session whose current source is `handle` without one. */
  async clearHandle(handle: string): Promise<void> {
    await changeJsonObject(this.currentPath, (all) => without(all, (_, value) => value === handle));
  }

  /** The namespace of a session; `""` is the root. */
  namespace(session: string): string {
    return textOf(readJsonObject(this.#namespacePath), session);
  }

  /** Puts a session into a namespace; `""` is the root. */
  async setNamespace(session: string, namespace: string): Promise<void> {
    await changeJsonObject(this.#namespacePath, (all) => {
      return namespace === ""
        ? without(all, (name) => name === named(session))
        : { ...all, [named(session)]: namespace };
    });
  }

  /** How far a session has read each pipe, by the keys of those. */
  cursors(session: string): Map<string, Cursor> {
    const entries = Object.entries(readJsonObject(this.#sessionPath("cursors", session)) ?? {});
    return new Map(entries.flatMap(([key, value]) => {
      const cursor = cursorOf(value);
      return cursor === undefined ? [] : [[key, cursor]];
    }));
  }

  /** Moves a cursor on, never back. */
  async advance(session: string, key: string, cursor: Cursor): Promise<void> {
    await changeJsonObject(this.#sessionPath("cursors", session), (all) => {
      const old = cursorOf(all[key]);
      if (old?.created === cursor.created && old.seq >= cursor.seq) return undefined;
      return { ...all, [key]: cursor };
    });
  }

  /** What a session has subscribed to: targets and patterns, sorted. */
  subscriptions(session: string): string[] {
    return targetsOf(readJsonObject(this.#sessionPath("subs", session)));
  }

  /** Changes what a session is subscribed to; returns that, sorted. */
  async changeSubscriptions(
    session: string,
    change: (targets: Set<string>) => void,
  ): Promise<string[]> {
    let sorted: string[] = [];
    await changeJsonObject(this.#sessionPath("subs", session), (all) => {
      const targets = new Set(targetsOf(all));
      change(targets);
      sorted = [...targets].sort();
      return { session: named(session), targets: sorted };
    });
    return sorted;
  }

  /**
   * Calls `onChange` when any session may have changed what it is subscribed to, until the watch is
   * closed. Where the system has no watcher to give, nobody is told.
   */
  watchSubscriptions(onChange: () => void): FileWatch | undefined {
    const folder = `${this.path}/subs`;
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return watchDirectory(folder, onChange);
  }

  /** Every session that has subscribed to something. */
  *subscribedSessions(): Generator<string> {
    let entries: Iterable<Deno.DirEntry>;
    try {
      entries = [...Deno.readDirSync(`${this.path}/subs`)];
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw error;
    }
    for (const { name } of entries) {
      if (!name.endsWith(".json")) continue;
      const session = readJsonObject(`${this.path}/subs/${name}`)?.session;
      if (typeof session === "string") yield session;
    }
  }

  get #namespacePath(): string {
    return `${this.path}/namespace.json`;
  }

  #sessionPath(folder: string, session: string): string {
    return `${this.path}/${folder}/${fileNameOf(named(session))}.json`;
  }
}

function named(session: string): string {
  return session === "" ? DEFAULT_SESSION : session;
}

/** Letters of a file name: all file systems take so many, with what temporary files add. */
const FILE_NAME_LENGTH = 150;

/**
 * What the files of a session are called, different for each: what not all file systems have in
 * names, or take for the same letter, is written as `%XX`; of a long name there is the beginning and
 * a checksum.
 */
export function fileNameOf(session: string): string {
  // As JSON, it has no halves of characters.
  const text = JSON.stringify(session).slice(1, -1);
  const name = encodeURIComponent(text).replace(/%..|[A-Z*]/g, (found) => {
    return found.length > 1 ? found.toLowerCase() : `%${found.charCodeAt(0).toString(16)}`;
  });
  if (name.length <= FILE_NAME_LENGTH) return name;
  const { createHash } = globalThis.process.getBuiltinModule("node:crypto");
  const sum = createHash("sha256").update(text).digest("hex").slice(0, 32);
  return `${name.slice(0, FILE_NAME_LENGTH - sum.length - 1)}~${sum}`;
}

function textOf(all: Record<string, unknown> | undefined, session: string): string {
  const name = named(session);
  const value = all !== undefined && Object.hasOwn(all, name) ? all[name] : undefined;
  return typeof value === "string" ? value : "";
}

function without(
  all: Record<string, unknown>,
  isOut: (name: string, value: unknown) => boolean,
): Record<string, unknown> | undefined {
  const left = Object.entries(all).filter(([name, value]) => !isOut(name, value));
  return left.length === Object.keys(all).length ? undefined : Object.fromEntries(left);
}

function cursorOf(value: unknown): Cursor | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { seq, created } = value as Partial<Record<keyof Cursor, unknown>>;
  return Number.isSafeInteger(seq) && typeof created === "string"
    ? { seq: seq as number, created }
    : undefined;
}

function targetsOf(all: Record<string, unknown> | undefined): string[] {
  const targets = all?.targets;
  return Array.isArray(targets) ? targets.filter((one) => typeof one === "string") : [];
}
