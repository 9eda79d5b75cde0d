/**
 * Sources, pipes and their messages, in the pools of one engine.
 *
 * @module
 */

export { localClient } from "./local_client.ts";
export { contentOf, NOTHING, type PipeContent } from "./pipe_content.ts";
export { PipePools } from "./pipe_pools.ts";
export { MeshStore, SHARED_PREFIX, type StoreOptions } from "./store.ts";
