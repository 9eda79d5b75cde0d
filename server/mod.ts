/**
 * Pools over HTTP, as `pls serve` has them, for clients in any language.
 *
 * It needs `--allow-net`, and `--allow-read` and `--allow-write` for the directory of the pools.
 *
 * @example Serve a directory of pools
 * ```ts
 * import { Client } from "@plasmite/pool";
 * import { DEFAULT_LIMITS, startServer } from "@plasmite/pool/server";
 *
 * using client = new Client({ dir: Deno.makeTempDirSync() });
 * client.pool("work").append({ task: "resize" });
 *
 * const server = await startServer(client, {
 *   hostname: "127.0.0.1",
 *   port: 0,
 *   access: "read-only",
 *   corsOrigins: [],
 *   limits: DEFAULT_LIMITS,
 * });
 * const answer = await fetch(`http://127.0.0.1:${server.port}/v0/pools/work/messages/1`);
 * console.log((await answer.json()).message.data); // { task: "resize" }
 * await server.shutdown(1000);
 * ```
 *
 * @module
 */

export * from "./config.ts";
export { type RunningServer, startServer } from "./serve.ts";
export { baseUrl, planServe, type PreparedServe, prepareServe } from "./serve_config.ts";
export { type ServeOptions, type ServePlan } from "./serve_config.ts";
export { type BindAddress, hostAndPort } from "./bind_address.ts";
export type { Certificate, CertificateFacts } from "./certificate.ts";
export { type Artifacts, type InitOptions, initServe } from "./init.ts";
export { mcpOnStdio } from "./mcp/mod.ts";
