/**
 * Pools in files on this machine: the face of this folder.
 *
 * @module
 */

export * from "./errors.ts";
export * from "./interface.ts";
export {
  createPoolFile,
  deletePoolFile,
  listPoolFiles,
  POOL_SUFFIX,
  type PoolListing,
} from "./files.ts";
export { poolInfoJson } from "./info.ts";
export { JsonText, prettyJson, type PrettyJsonOptions } from "./json_text.ts";
export { DEFAULT_POOL_BYTES, MAX_POOL_BYTES, MIN_POOL_BYTES, type PoolOptions } from "./layout.ts";
export { type Envelope, Message } from "./message.ts";
export { DEFAULT_LOCK_TIMEOUT_MS, type OpenOptions, Pool } from "./pool.ts";
export { parseSince } from "./since.ts";
export { compileWhere, type MessagePredicate } from "./where.ts";
