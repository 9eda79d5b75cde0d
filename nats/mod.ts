/**
 * Pools on NATS JetStream, for when one machine is not enough: the same methods as for a pool in a
 * file, each of which returns a promise. A pool is a stream; docs/scaling.md tells what that means.
 *
 * Appends are sent many at a time and stored once each; tails get over lost connections and
 * changes of leader. It needs `--allow-net` for the servers, and nothing else.
 *
 * @example Send messages over NATS, and follow them
 * ```ts ignore
 * import { connect } from "@plasmite/pool/nats";
 *
 * await using client = connect("nats://127.0.0.1:4222"); // where `nats-server -js` answers
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

export { connect, NatsClient } from "./client.ts";
export type { ConnectionEvent, ConnectOptions, NatsPoolOptions } from "./options.ts";
export { NatsPool } from "./pool.ts";
export { type NatsAddress, parseNatsUrl } from "./reference.ts";
export type { Reconnect } from "../pool/mod.ts";
