/**
 * From a reference to the place that has its pool: the directory of this machine, or a
 * server of one kind or another. What connects to servers is loaded when a reference leads to
 * one.
 *
 * @module
 */

import type { ConnectOptions as NatsConnectOptions, NatsAddress, NatsClient } from "../nats/mod.ts";
import type { PoolClient } from "../pool/mod.ts";
import type { Reconnect } from "../remote/mod.ts";
import type { Remote } from "./config_file.ts";
import { type Notice, writeNotice } from "./notices.ts";
import {
  natsCredentials,
  refuseNatsFlags,
  refuseRemoteFlags,
  type RemoteAccess,
  remoteAccess,
  type RemoteFlags,
} from "./remote_flags.ts";
import { isNats, type RemoteServer, remoteTarget, shownReference } from "./remote_reference.ts";
import type { Session } from "./session.ts";

/** Who wants to get at a pool. */
export interface RemoteCall {
  /** The flags that say how to reach a server. */
  readonly flags: RemoteFlags;
  /** The command, as notices name it. */
  readonly cmd: string;
  /** The reference, as typed. */
  readonly reference: string;
  /** How many servers of a cluster keep a copy of what is created. */
  readonly replicas?: number;
  /** Told when a connection to NATS is made, lost, made again and given up. */
  readonly onConnection?: NatsConnectOptions["onConnection"];
}

/** A place with pools, and what the pool that was asked for is called there. */
export interface FoundPlace {
  /** The place. */
  readonly client: PoolClient;
  /** What to ask it for. */
  readonly reference: string;
  /** What has the pools: the directory of this machine, a `pls serve`, or NATS. */
  readonly engine: "file" | "http" | "nats";
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
    return { client: session.client, reference: call.reference, engine: "file" };
  }
  const engine = isNats(target) ? "nats" : "http";
  if (target.pool !== undefined) {
    const client = await connectTo(session, target, call);
    return { client, reference: target.pool, engine };
  }
  if (engine === "nats") {
    const { parseNatsReference } = await import("../nats/internal_mod.ts");
    const { address, pool } = parseNatsReference(target.url);
    const client = await connectToNats(session, { address }, call);
    return { client, reference: `${client.server}/${encodeURIComponent(pool)}`, engine };
  }
  const { parseRemoteReference } = await import("../remote/mod.ts");
  const { server } = parseRemoteReference(target.url);
  const client = await connectTo(session, { url: server }, call);
  return { client, reference: target.url, engine };
}

/** Connects to a server; the session ends the connection. */
export async function connectTo(
  session: Session,
  server: RemoteServer,
  call: RemoteCall,
): Promise<PoolClient> {
  if (isNats(server)) {
    const { parseNatsUrl } = await import("../nats/mod.ts");
    const address = parseNatsUrl(server.url);
    return await connectToNats(session, { address, remote: server.remote }, call);
  }
  refuseNatsFlags(call.flags);
  const { connect } = await import("../remote/mod.ts");
  const access = remoteAccess(call.flags, server.remote);
  const client = connect(server.url, {
    ...access,
    onReconnect: (reconnect) => tellOfReconnect(session, call, client.server, reconnect),
  });
  session.closeAtEnd(client);
  warnOfAnyCertificate(session, client.server, access);
  return client;
}

async function connectToNats(
  session: Session,
  { address, remote }: { address: NatsAddress; remote?: Remote },
  call: RemoteCall,
): Promise<NatsClient> {
  const { connect } = await import("../nats/mod.ts");
  const access = remoteAccess(call.flags, remote);
  const client = connect(address, {
    ...access,
    ...natsCredentials(call.flags, remote),
    newPools: { sizeBytes: session.settings.size.value, replicas: call.replicas },
    onReconnect: (reconnect) => tellOfReconnect(session, call, client.server, reconnect),
    onConnection: call.onConnection,
  });
  session.closeAtEnd(client);
  warnOfAnyCertificate(session, client.server, access);
  return client;
}

function tellOfReconnect(
  { stderr }: Session,
  { cmd, reference }: RemoteCall,
  server: string,
  { attempt, delayMs, error: { message, kind } }: Reconnect,
): void {
  const seconds = (delayMs / 1000).toFixed(1);
  const notice: Notice = {
    kind: "reconnect",
    cmd,
    pool: shownReference(reference),
    message: `${message}; trying again in ${seconds} s`,
    details: { attempt, delay_ms: delayMs, error_kind: kind, server },
  };
  writeNotice(stderr, notice);
}

function warnOfAnyCertificate(
  { stderr }: Session,
  server: string,
  { tlsSkipVerify }: RemoteAccess,
): void {
  if (!tlsSkipVerify || server.startsWith("http:")) return;
  stderr.write(`warning: the certificate of ${server} is not verified\n`);
}
