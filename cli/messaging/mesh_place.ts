/**
 * Where the mesh is that a call works with: a directory beside the pools, or NATS.
 *
 * @module
 */

import type { Engine } from "../../messaging/internal_mod.ts";
import { UsageError } from "../../pool/mod.ts";
import { isNats, type RemoteServer, remoteServer, shownReference } from "../remote_reference.ts";
import type { Session } from "../session.ts";

/** A directory of pools, or a server that has them. */
export type MeshPlace =
  | {
    readonly kind: "directory";
    /** Its absolute path, by which it is shown and told from others. */
    readonly engine: string;
  }
  | {
    readonly kind: "server";
    /** The URL of the server without a password, by which it is shown and told from others. */
    readonly engine: string;
    /** The server. */
    readonly server: RemoteServer;
  };

/**
 * The place of the mesh: where the setting `mesh` says, else the directory `mesh` in that of the
 * pools.
 *
 * @throws {UsageError} when the setting is neither a URL of NATS nor a remote that is there.
 */
export function meshPlace(session: Session): MeshPlace {
  const { value, source, from } = session.settings.mesh;
  if (value === undefined) {
    return { kind: "directory", engine: `${absolute(session.client.dir)}/mesh` };
  }
  const server = remoteServer(session, value);
  if (server !== undefined && isNats(server)) {
    return { kind: "server", engine: shownReference(server.url), server };
  }
  throw new UsageError(`${from ?? source}: no NATS server: ${shownReference(value)}`, {
    hint: "Give a URL such as nats://n1.example:4222, or the name of a remote of " +
      "`pls config` that has one.",
  });
}

/** A place, as messaging is told of it. */
export function engineOf({ kind, engine }: MeshPlace): Engine {
  return { place: engine, isServer: kind === "server" };
}

/**
 * What tells a mesh, and who works with it, from others: of a server, its URL and the credentials as
 * a digest. A daemon is used by callers of the same alone.
 *
 * @throws {UsageError} when the setting is wrong, or credentials can't be read.
 */
export async function meshId(session: Session): Promise<string> {
  const place = meshPlace(session);
  if (place.kind === "directory") return place.engine;
  const { natsCredentials, remoteAccess } = await import("../remote_flags.ts");
  const { url, remote } = place.server;
  const { credentials = "", nkeySeed = "" } = natsCredentials({}, remote);
  const { token = "" } = remoteAccess({}, remote);
  const bytes = new TextEncoder().encode(JSON.stringify([url, credentials, nkeySeed, token]));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The place as the setting has it, right or wrong, for people to see. */
export function shownMesh(session: Session): string {
  const { value } = session.settings.mesh;
  return value === undefined ? meshPlace(session).engine : shownReference(value);
}

function absolute(path: string): string {
  return /^([/\\]|[a-z]:[/\\])/i.test(path) ? path : `${Deno.cwd()}/${path}`;
}
