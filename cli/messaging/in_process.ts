/**
 * Messaging in this process, on the pools that the settings lead to.
 *
 * @module
 */

import {
  localClient,
  type Messaging,
  MessagingService,
  SHARED_PREFIX,
} from "../../messaging/internal_mod.ts";
import type { PoolClient } from "../../pool/mod.ts";
import type { RemoteCall } from "../remote_client.ts";
import { printable } from "../screen.ts";
import type { Session } from "../session.ts";
import { messagingHome } from "./home.ts";
import { engineOf, meshId, type MeshPlace, meshPlace } from "./mesh_place.ts";

/** Told when a connection to a server is made, lost, made again and given up. */
export type OnConnection = NonNullable<RemoteCall["onConnection"]>;

/** Opens the mesh; the caller disposes of it. */
export async function openService(
  session: Session,
  onConnection?: OnConnection,
): Promise<Messaging> {
  const place = meshPlace(session);
  return await MessagingService.open({
    client: await clientOf(session, place, onConnection),
    prefix: place.kind === "directory" ? "" : SHARED_PREFIX,
    home: messagingHome(),
    createdBy: Deno.env.get("USER") || Deno.env.get("LOGNAME") || "",
    engine: engineOf(place),
    meshId: await meshId(session),
    onWarning: (text) => session.stderr.write(`warning: ${printable(text)}\n`),
  });
}

async function clientOf(
  session: Session,
  place: MeshPlace,
  onConnection?: OnConnection,
): Promise<PoolClient> {
  if (place.kind === "directory") {
    const client = localClient(place.engine);
    session.closeAtEnd(client);
    return client;
  }
  const { connectTo } = await import("../remote_client.ts");
  return await connectTo(session, place.server, {
    cmd: "messaging",
    flags: {},
    reference: place.engine,
    onConnection,
  });
}
