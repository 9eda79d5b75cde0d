/**
 * What the registry of a mesh says: one operation in each of its messages.
 *
 * @module
 */

import type { SourceKind } from "../contracts/mod.ts";

/** How long messages stay in a pipe; 0 stands for no limit. The first limit that is hit counts. */
export interface Retention {
  /** Seconds. */
  readonly ttlSeconds: number;
  /** Messages. */
  readonly maxMsgs: number;
  /** Bytes of storage. */
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
