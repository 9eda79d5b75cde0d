/**
 * Subscriptions of protocol revision 2026-07-28, which are requests that stay open.
 *
 * @module
 */

import { poolName } from "../requests.ts";
import { SUBSCRIPTIONS_MAX } from "./mcp_server.ts";
import { nameIn } from "./resources.ts";

/** The method of such a request. */
export const LISTEN = "subscriptions/listen";

/**
 * The pools that the parameters of such a request name, without what is no pool's URI; undefined
 * when they are too many.
 */
export function poolsListenedTo(params: unknown): string[] | undefined {
  const { notifications } = (params ?? {}) as {
    notifications?: { resourceSubscriptions?: unknown };
  };
  const uris = notifications?.resourceSubscriptions;
  if (!Array.isArray(uris)) return [];
  if (uris.length > SUBSCRIPTIONS_MAX) return undefined;
  return uris.flatMap((uri) => {
    try {
      return [poolName(nameIn(String(uri)))];
    } catch {
      return [];
    }
  });
}
