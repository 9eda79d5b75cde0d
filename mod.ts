/**
 * Pools: bounded, persistent ring buffers of JSON messages, one file each, that many
 * processes write and read without a daemon.
 *
 * @example
 * ```ts
 * import { Client } from "@plasmite/pool";
 *
 * using client = new Client({ dir: Deno.makeTempDirSync() });
 * using pool = client.pool("work");
 * pool.append({ task: "resize", id: 1 }, ["img"]);
 *
 * for await (const message of pool.tail({ tags: ["img"], maxMessages: 1 })) {
 *   console.log(message.seq, message.tags, message.data);
 * }
 * ```
 *
 * @module
 */

export { Client, type ClientOptions } from "./client.ts";
export * from "./pool/mod.ts";
