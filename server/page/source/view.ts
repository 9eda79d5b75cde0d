/**
 * What a view of the page is, and what it may tell the frame around it.
 *
 * @module
 */

import { ServerError } from "./server_error.ts";
import type { Session } from "./session.ts";
import type { Shortcut } from "./shortcuts.ts";

/** One view: the pools, or one pool. */
export interface View {
  /** What is in the page. */
  readonly root: HTMLElement;
  /** Its keys. */
  readonly shortcuts: readonly Shortcut[];
  /** Lets go of connections and timers. */
  close(): void;
}

/** How good the connection is. */
export type Connection = "connecting" | "live" | "held" | "waiting" | "stopped";

/** The frame around a view. */
export interface Frame {
  /** What this page may do. */
  readonly session: Session;
  /** Shows how good the connection is; `why` is its tooltip. */
  setConnection(connection: Connection, why?: string): void;
  /** Goes to another view. */
  go(path: string): void;
  /** Shows why nothing more can be done here, with a button to try again. */
  giveUp(error: unknown): void;
}

/** Whether messages may be read. */
export function canRead(session: Session): boolean {
  return session.access !== "write-only";
}

/** Whether messages may be fed, pools created and deleted. */
export function canWrite(session: Session): boolean {
  return session.access !== "read-only";
}

/** Whether the reader closed the question for the token, so that asking again is no help. */
export function isRefused(error: unknown): boolean {
  return error instanceof ServerError && error.status === 401;
}

/** The address of the view of one pool. */
export function poolPath(pool: string): string {
  return `/ui/pools/${encodeURIComponent(pool)}`;
}
