/**
 * What clients may subscribe to, and subscriptions of protocol revision 2026-07-28, which are
 * requests that stay open.
 *
 * @module
 */

import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { poolName } from "../requests.ts";
import { nameIn } from "./resources.ts";

/** The most resources that one connection, session or stream may subscribe to. */
export const SUBSCRIPTIONS_MAX = 64;

/** What is told of one subscription more than there may be. */
export function tooMany(): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InvalidRequest,
    `no more than ${SUBSCRIPTIONS_MAX} pools can be subscribed to: unsubscribe from others first`,
  );
}

/** What is told of a request whose id another one has: answers by id, one would get none. */
export const SAME_ID_TWICE = {
  code: ProtocolErrorCode.InvalidRequest,
  message: "a request with this id is under way: give each its own",
} as const;

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
