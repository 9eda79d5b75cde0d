/**
 * Messaging between programs: sources with inboxes, pipes, cursors, receipts and presence, kept in
 * pools. It needs no server where all are on one machine, and works over NATS where they are not.
 *
 * Layouts, codes and types that `pls` shares with other programs are in
 * `@plasmite/pool/messaging/contracts`.
 *
 * @example Send, and read what is unread
 * ```ts
 * import { Mesh } from "@plasmite/pool/messaging";
 *
 * const dir = Deno.makeTempDirSync();
 * await using mesh = await Mesh.open({ dir: `${dir}/mesh`, home: `${dir}/home` });
 * await mesh.createSource("nina");
 * await mesh.send("nina", "build is green", { subject: "ci" });
 * for await (const { subject, payload } of mesh.read("inbox")) console.log(subject, payload);
 * ```
 *
 * @module
 */

export {
  type Envelope,
  type Heartbeat,
  type ListRow,
  type Liveness,
  MessagingError,
  type MessagingErrorDetails,
  type PipeInfo,
  type ReadMessage,
  type SourceKind,
  type WhoRow,
  type WireError,
} from "./contracts/mod.ts";
export { Mesh } from "./mesh.ts";
export type { MeshOptions, ReadOptions, SendOptions, Sent, SourceOptions } from "./mesh_options.ts";
export type { PoolClient } from "../pool/mod.ts";
export type { Retention } from "./registry/mod.ts";
