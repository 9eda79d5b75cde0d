/**
 * What the registry of a mesh says: one operation in each of its messages.
 *
 * @module
 */

import { AUTO_PIPES, isHandle, isManifold, isSegment, type SourceKind } from "../contracts/mod.ts";

/** How long messages stay in a pipe; 0 stands for no limit. The first limit that is hit counts. */
export interface Retention {
  /** Seconds. */
  readonly ttlSeconds: number;
  /** Messages. */
  readonly maxMsgs: number;
  /** Bytes of storage: 8 KiB to 1 GiB; what is less or more, or 0, counts as these. */
  readonly maxBytes: number;
}

/** What holds for pipes of which nothing else is said. */
export const DEFAULT_RETENTION: Retention = {
  ttlSeconds: 86_400,
  maxMsgs: 5000,
  maxBytes: 16 * 2 ** 20,
};

/** Where a pipe is. */
export interface PipeAddress {
  /** Its manifold, or that of its source; `""` is the root. */
  readonly manifold: string;
  /** The handle of its source; `""` for an uncollared pipe. */
  readonly handle: string;
  /** Its name. */
  readonly name: string;
}

/** Gives the mesh an id; only the first one counts. */
export interface Found {
  readonly op: "found";
  /** A UUID. */
  readonly account: string;
}

/** Creates a source with the pipes of its kind. */
export interface CreateSource {
  readonly op: "create-source";
  readonly manifold: string;
  readonly handle: string;
  readonly kind: SourceKind;
  /** Who creates it; `""` when that is not known. */
  readonly by: string;
}

/** Removes a source with all its pipes. */
export interface DestroySource {
  readonly op: "destroy-source";
  readonly manifold: string;
  readonly handle: string;
}

/** Creates a pipe. */
export interface CreatePipe extends PipeAddress {
  readonly op: "create-pipe";
  readonly retention: Retention;
  /** Who creates it; `""` when that is not known. */
  readonly by: string;
}

/** Removes a pipe; one that comes with its source stays listed. */
export interface DestroyPipe extends PipeAddress {
  readonly op: "destroy-pipe";
}

/** What changes a registry. */
export type Operation = Found | CreateSource | DestroySource | CreatePipe | DestroyPipe;

/** A pipe as a snapshot has it. */
export interface SnapshotPipe {
  readonly name: string;
  /** It was created on its own. */
  readonly isUser: boolean;
  readonly by: string;
  /** The number of the operation that made what holds its messages; 0 when that is gone. */
  readonly generation: number;
  readonly retention: Retention;
}

/** What a snapshot is made of. */
export type SnapshotRecord =
  | { readonly account: string }
  | {
    readonly manifold: string;
    readonly handle: string;
    readonly kind: SourceKind;
    readonly by: string;
    /** Some of its pipes; more are in other records with the same manifold and handle. */
    readonly pipes: readonly SnapshotPipe[];
  }
  | { readonly manifold: string; readonly pipe: SnapshotPipe };

/**
 * All that the operations up to number `at` have made, so that those may be given up. It is in
 * several parts where it is long.
 */
export interface SnapshotPart {
  readonly op: "snapshot";
  /** Tells it from others. */
  readonly id: string;
  readonly at: number;
  /** Which part it is, from 0, and how many there are. */
  readonly part: number;
  readonly parts: number;
  readonly records: readonly SnapshotRecord[];
}

/**
 * What a message says; undefined when it is none of a registry, names what can't be named, or is of
 * a newer version. Everybody passes over the same.
 */
export function operationOf(data: unknown): Operation | SnapshotPart | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const found = data as Record<string, unknown>;
  const has = (check: (text: string) => boolean, ...names: string[]) =>
    names.every((name) => typeof found[name] === "string" && check(found[name]));
  const isCount = (...names: string[]) => names.every((name) => Number.isSafeInteger(found[name]));
  const isSource = () => has(isManifold, "manifold") && has(isHandle, "handle");
  const isPipe = () =>
    has(isManifold, "manifold") && has(isHandleOrNone, "handle") && has(isSegment, "name");
  const isOperation = {
    "found": () => has(isPlain, "account"),
    "create-source": () =>
      isSource() && has(isPlain, "by") && Object.hasOwn(AUTO_PIPES, String(found.kind)),
    "destroy-source": isSource,
    "create-pipe": () => isPipe() && has(isPlain, "by") && isRetention(found.retention),
    "destroy-pipe": isPipe,
    "snapshot": () =>
      has(isPlain, "id") && isCount("at", "part", "parts") && Array.isArray(found.records),
  }[String(found.op)];
  return isOperation?.() ? data as Operation | SnapshotPart : undefined;
}

function isHandleOrNone(text: string): boolean {
  return text === "" || isHandle(text);
}

/** Whether a text has nothing in it that would steer a terminal. */
export function isPlain(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

function isRetention(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { ttlSeconds, maxMsgs, maxBytes } = value as Partial<Record<keyof Retention, unknown>>;
  return [ttlSeconds, maxMsgs, maxBytes].every((limit) => Number.isSafeInteger(limit));
}
