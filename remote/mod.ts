/**
 * Pools on someone else's `pls serve`, over HTTP: the same methods as for a pool in a file,
 * each of which returns a promise.
 *
 * Tails reconnect by themselves and resume by sequence number; filters run on the server. It
 * needs `--allow-net` for the server, and nothing else.
 *
 * @example Send messages to a server, and follow them
 * ```ts ignore
 * import { connect } from "@plasmite/pool/remote";
 *
 * await using client = connect("http://127.0.0.1:9700"); // where `pls serve` answers
 * const pool = await client.pool("work"); // opens it, or creates it
 * await pool.append({ task: "resize", id: 1 }, ["img"]);
 *
 * for await (const message of pool.tail({ tags: ["img"], maxMessages: 1 })) {
 *   console.log(message.seq, message.tags, message.data);
 * }
 * ```
 *
 * @module
 */

export { connect, RemoteClient } from "./client.ts";
export type { ConnectOptions } from "./options.ts";
export { RemotePool } from "./pool.ts";
export { parseRemoteReference, parseServerUrl, type RemoteReference } from "./reference.ts";
export type { Reconnect } from "../pool/mod.ts";
