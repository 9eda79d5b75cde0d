/**
 * Pools: bounded, persistent ring buffers of JSON messages, one file each, that many
 * processes write and read without a daemon. `deno add jsr:@plasmite/pool` adds it to a project;
 * it needs `--allow-read` and `--allow-write` for the directory of the pools, and nothing else.
 *
 * @example Send messages, and follow them
 * ```ts
 * import { Client } from "@plasmite/pool";
 *
 * using client = new Client({ dir: Deno.makeTempDirSync() }); // default: ~/.plasmite/pools
 * using pool = client.pool("work"); // opens it, or creates it
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
