/**
 * What it takes to reach a server.
 *
 * @module
 */

import type { Reconnect } from "../pool/mod.ts";

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
