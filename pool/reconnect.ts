/**
 * What a tail over a network tells when it has lost its server.
 *
 * @module
 */

import type { PlasmiteError } from "./errors.ts";

/** An attempt to go on. */
export interface Reconnect {
  /** The pool that is followed. */
  pool: string;
  /** Which attempt since something was received, from 1. */
  attempt: number;
  /** How long it waits before this attempt, in milliseconds. */
  delayMs: number;
  /** Why the connection was lost, or why the attempt before failed. */
  error: PlasmiteError;
}
