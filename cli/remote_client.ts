/**
 * From a reference to the place that has its pool: the directory of this machine, or a
 * server. What connects to servers is loaded when a reference leads to one.
 *
 * @module
 */

import type { PoolClient } from "../pool/mod.ts";
import { type Notice, writeNotice } from "./notices.ts";
import { refuseRemoteFlags, remoteAccess, type RemoteFlags } from "./remote_flags.ts";
import { type RemoteServer, remoteTarget } from "./remote_reference.ts";
import type { Session } from "./session.ts";

/** Who wants to get at a pool. */
export interface RemoteCall {
  /** The flags that say how to reach a server. */
  readonly flags: RemoteFlags;
  /** The command, as notices name it. */
  readonly cmd: string;
  /** The reference, as typed. */
  readonly reference: string;
}

/** A place with pools, and what the pool that was asked for is called there. */
export interface FoundPlace {
  /** The place. */
  readonly client: PoolClient;
  /** What to ask it for. */
  readonly reference: string;
  /** It is a server. */
  readonly isRemote: boolean;
}

/**
 * Finds the place of a pool.
 *
 * @throws {UsageError} when the reference or a flag makes no sense.
 */
export async function findPlace(session: Session, call: RemoteCall): Promise<FoundPlace> {
  const target = remoteTarget(session, call.reference);
  if (target === undefined) {
    refuseRemoteFlags(call.flags);
    return { client: session.client, reference: call.reference, isRemote: false };
  }
  if (target.pool !== undefined) {
    const client = await connectTo(session, target, call);
    return { client, reference: target.pool, isRemote: true };
  }
  const { parseRemoteReference } = await import("../remote/mod.ts");
  const { server } = parseRemoteReference(target.url);
  const client = await connectTo(session, { url: server }, call);
  return { client, reference: target.url, isRemote: true };
}

/** Connects to a server; the session ends the connection. */
export async function connectTo(
  session: Session,
  { url, remote }: RemoteServer,
  { flags, cmd, reference: pool }: RemoteCall,
): Promise<PoolClient> {
  const { connect } = await import("../remote/mod.ts");
  const access = remoteAccess(flags, remote);
  const client = connect(url, {
    ...access,
    onReconnect: ({ attempt, delayMs, error }) => {
      const { message, kind } = error;
      const seconds = (delayMs / 1000).toFixed(1);
      writeNotice(
        session.stderr,
        {
          kind: "reconnect",
          cmd,
          pool,
          message: `${message}; trying again in ${seconds} s`,
          details: { attempt, delay_ms: delayMs, error_kind: kind, server: client.server },
        } satisfies Notice,
      );
    },
  });
  session.closeAtEnd(client);
  if (access.tlsSkipVerify && client.server.startsWith("https:")) {
    session.stderr.write(`warning: the certificate of ${client.server} is not verified\n`);
  }
  return client;
}
