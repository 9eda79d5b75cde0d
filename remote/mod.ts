/**
 * Pools on someone else's `pls serve`, over HTTP: the same methods as for a pool in a file,
 * each of which returns a promise.
 *
 * Tails reconnect by themselves and resume by sequence number; filters run on the server.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@plasmite/pool/remote";
 *
 * await using client = connect("http://127.0.0.1:9700");
 * const pool = await client.openPool("work");
 * const sent = await pool.append({ task: "resize" }, ["img"]);
 * console.log((await pool.get(sent.seq)).data);
 * ```
 *
 * @module
 */

export { connect, RemoteClient } from "./client.ts";
export type { ConnectOptions, Reconnect } from "./options.ts";
export { RemotePool } from "./pool.ts";
export { parseRemoteReference, parseServerUrl, type RemoteReference } from "./reference.ts";
