/**
 * What it takes to reach a NATS server, and what a pool there needs beside a name.
 *
 * @module
 */

import type { PoolOptions, Reconnect } from "../pool/mod.ts";

/** What happened to the connection of a client. */
export interface ConnectionEvent {
  /** It was made, lost, made again after that, or given up for good. */
  type: "connect" | "disconnect" | "reconnect" | "closed";
  /** Where it leads to, or why it was given up, as far as that is known. */
  reason?: string;
}

/** How to connect. */
export interface ConnectOptions {
  /** The text of a credentials file: a JWT and the seed of its user's key, as `nsc` makes them. */
  credentials?: string;
  /** The seed of an nkey: text that begins with `SU`. */
  nkeySeed?: string;
  /** A token; excludes a user in the URL. */
  token?: string;
  /** Certificates to trust instead of the system's: the text of a PEM file. Implies TLS. */
  tlsCa?: string;
  /**
   * Take any certificate: whoever sits in between can read and change everything, credentials
   * included. Default false.
   */
  tlsSkipVerify?: boolean;
  /** What new pools get unless the call that creates them says otherwise. */
  newPools?: NatsPoolOptions;
  /** Closes the client when aborted. */
  signal?: AbortSignal;
  /** Told when a tail has lost its connection and is about to try again. */
  onReconnect?: (reconnect: Reconnect) => void;
  /** Told when the connection is made, lost, made again and given up. */
  onConnection?: (event: ConnectionEvent) => void;
}

/** Sizes and limits fixed when a pool is created. `indexCapacity` means nothing here. */
export interface NatsPoolOptions extends PoolOptions {
  /** How many servers keep a copy: 1, 3 or 5, of a cluster with as many. Default 1. */
  replicas?: number;
}
