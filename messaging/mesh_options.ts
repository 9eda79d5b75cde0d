/**
 * What the methods of a mesh take and give.
 *
 * @module
 */

import type { PoolClient } from "../pool/mod.ts";
import type { SourceKind } from "./contracts/mod.ts";

/** Which mesh, and who works in it. */
export interface MeshOptions {
  /**
   * Where pipes are kept, such as `connect("nats://127.0.0.1:4222")` of `@plasmite/pool/nats`; it
   * stays open. Default: the files that `pls` uses, in the directory `dir`.
   */
  client?: PoolClient;
  /** The directory of the mesh, without `client`. Default `~/.plasmite/pools/mesh`. */
  dir?: string;
  /** The directory where it is kept how far sessions have read. Default `~/.plasmite`. */
  home?: string;
  /** Which cursors count, and whose current source and namespace. Default `default`. */
  session?: string;
  /** Whoever creates sources and pipes, as others see it. Default nobody. */
  createdBy?: string;
}

/** How to create a source. */
export interface SourceOptions {
  /** What it is. Default `message`. */
  kind?: SourceKind;
  /** Where it is. Default the namespace of the session, which is the root unless it was set. */
  manifold?: string;
}

/** What goes with a message. */
export interface SendOptions {
  /** Its header line; may not begin with `ack:`. */
  subject?: string;
  /** The id of the message that it answers. */
  inReplyTo?: string;
  /** Ask for a receipt, which comes to the inbox of the sender. */
  requestAck?: boolean;
  /** The handle it is sent as. Default the session's current source. */
  sender?: string;
}

/** What was sent. */
export interface Sent {
  /** Its id, a UUID. */
  readonly id: string;
  /** Where it went to, such as `nina.inbox`. */
  readonly path: string;
  /** How many bytes of UTF-8 its payload has. */
  readonly bytes: number;
}

/** How to read. */
export interface ReadOptions {
  /** Go on with what comes, until `signal` ends it. */
  follow?: boolean;
  /** Leave the cursor where it is. */
  peek?: boolean;
  /** Begin with the oldest message there is, and leave the cursor where it is. */
  all?: boolean;
  /** Ends the reading. */
  signal?: AbortSignal;
}
