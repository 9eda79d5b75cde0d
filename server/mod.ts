/**
 * Pools over HTTP: the face of this folder.
 *
 * @module
 */

export * from "./config.ts";
export { type RunningServer, startServer } from "./serve.ts";
export { baseUrl, planServe, type PreparedServe, prepareServe } from "./serve_config.ts";
export { type ServeOptions, type ServePlan } from "./serve_config.ts";
export { hostAndPort } from "./bind_address.ts";
export type { Certificate } from "./certificate.ts";
export { type Artifacts, type InitOptions, initServe } from "./init.ts";
