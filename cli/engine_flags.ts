/**
 * The flags of commands that put HTTP or MCP in front of pools which need not be files.
 *
 * @module
 */

import { type PoolClient, UsageError } from "../pool/mod.ts";
import type { Flags } from "./command.ts";
import { connectTo } from "./remote_client.ts";
import { NATS_FLAGS, type RemoteFlags } from "./remote_flags.ts";
import { isNats, remoteServer, shownReference } from "./remote_reference.ts";
import type { Session } from "./session.ts";

/** Where the pools are, if not in the pool directory. */
export const ENGINE_FLAGS = {
  engine: {
    kind: "text",
    placeholder: "URL",
    byDefault: "the pool directory",
    help: "Use the pools of NATS, at nats://HOST or tls://HOST, or a remote of the configuration.",
  },
  replicas: {
    kind: "integer",
    placeholder: "N",
    requires: "engine",
    byDefault: "1",
    help: "How many servers of the cluster keep a copy of a pool that is created: 1, 3 or 5.",
  },
  "nats-creds": { ...NATS_FLAGS["nats-creds"], requires: "engine" },
  "nats-nkey": { ...NATS_FLAGS["nats-nkey"], requires: "engine" },
  "tls-ca": {
    kind: "path",
    placeholder: "PATH",
    requires: "engine",
    help: "PEM file with certificates to trust when connecting to NATS.",
  },
} as const satisfies Flags;

/** The values of {@linkcode ENGINE_FLAGS}. */
export interface EngineFlags extends Pick<RemoteFlags, "nats-creds" | "nats-nkey" | "tls-ca"> {
  readonly engine?: string;
  readonly replicas?: number;
}

/**
 * The pools of NATS that `flags` name; undefined when those of a directory are meant. The session
 * gives up the connection.
 *
 * @throws {UsageError} when the engine is no NATS server.
 */
export async function engineClient(
  session: Session,
  cmd: string,
  flags: EngineFlags,
): Promise<PoolClient | undefined> {
  const { engine, replicas } = flags;
  if (engine === undefined) return undefined;
  const server = remoteServer(session, engine);
  if (server === undefined || !isNats(server)) {
    throw new UsageError(
      `not the URL of a NATS server: ${JSON.stringify(shownReference(engine))}`,
      {
        hint: "Write for example --engine nats://n1.example:4222.",
      },
    );
  }
  const client = await connectTo(session, server, { cmd, flags, reference: engine, replicas });
  // Whoever starts a server wants to know at once that it can't do anything.
  await client.listPools();
  return client;
}
