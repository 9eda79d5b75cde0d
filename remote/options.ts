/**
 * What it takes to reach a server.
 *
 * @module
 */

import type { PlasmiteError } from "../pool/mod.ts";

/** An attempt to get back to a server that went away. */
export interface Reconnect {
  /** The pool that is followed. */
  pool: string;
  /** Which attempt since the connection was lost, from 1. */
  attempt: number;
  /** How long it waits before this attempt, in milliseconds. */
  delayMs: number;
  /** Why the connection was lost, or why the attempt before failed. */
  error: PlasmiteError;
}

/** How to connect. */
export interface ConnectOptions {
  /** Bearer token of the server. */
  token?: string;
  /** Certificates to trust beside the system's: the text of a PEM file. */
  tlsCa?: string;
  /**
   * Take any certificate: whoever sits in between can read and change everything, the
   * token included. Default false.
   */
  tlsSkipVerify?: boolean;
  /** Closes the client when aborted. */
  signal?: AbortSignal;
  /** Told before each attempt of a tail to get back to the server. */
  onReconnect?: (reconnect: Reconnect) => void;
}
