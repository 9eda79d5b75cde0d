/**
 * Subscriptions of protocol revision 2026-07-28, which are requests that stay open.
 *
 * @module
 */

import { SUBSCRIPTIONS_MAX } from "./mcp_server.ts";
import { nameIn } from "./resources.ts";

/** The method of such a request. */
export const LISTEN = "subscriptions/listen";

/** The pools that the parameters of such a request name; what is no pool's URI is left out. */
export function poolsListenedTo(params: unknown): string[] {
  const { notifications } = (params ?? {}) as {
    notifications?: { resourceSubscriptions?: unknown };
  };
  const uris = notifications?.resourceSubscriptions;
  if (!Array.isArray(uris)) return [];
  return uris.slice(0, SUBSCRIPTIONS_MAX).flatMap((uri) => {
    try {
      return [nameIn(String(uri))];
    } catch {
      return [];
    }
  });
}
