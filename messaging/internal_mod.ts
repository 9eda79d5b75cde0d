/**
 * What commands use of messaging, and users have no use for: the inner face of this folder, beside
 * that of `daemon/`. It comes with no promise of stability.
 *
 * @module
 */

export * from "./contracts/mod.ts";
export { DEFAULT_SESSION } from "./home/mod.ts";
export { DEFAULT_RETENTION, type Retention } from "./registry/mod.ts";
export {
  type CallName,
  type Calls,
  type Engine,
  type Messaging,
  MessagingService,
  type ServiceOptions,
} from "./service/mod.ts";
export { localClient, SHARED_PREFIX } from "./store/mod.ts";
