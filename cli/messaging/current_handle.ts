/**
 * Who a command acts as.
 *
 * @module
 */

import { type Messaging, newError, printHandleWarning } from "../../messaging/internal_mod.ts";
import type { Session } from "../session.ts";
import { sessionId } from "./session_id.ts";

/** The variable `PLS_CURRENT_HANDLE`, for this call alone; `""` when it is not set. */
export function environmentHandle(): string {
  return Deno.env.get("PLS_CURRENT_HANDLE") ?? "";
}

/**
 * The handle in force: that of the environment, which need not exist, else the current source of
 * the session.
 *
 * @throws {MessagingError} `E_NO_CURRENT_SOURCE` when there is neither.
 */
export async function effectiveHandle(messaging: Messaging): Promise<string> {
  const asked = environmentHandle();
  if (asked !== "") return asked;
  const { current } = await messaging.call("Status", { session: sessionId() });
  if (!current) throw newError("E_NO_CURRENT_SOURCE");
  return current;
}

/** Tells whoever changed the current source of the session that the environment goes on to win. */
export function warnOfEnvironment({ stderr }: Session, change: "updated" | "cleared"): void {
  const asked = environmentHandle();
  if (asked !== "") stderr.write(printHandleWarning(asked, change));
}
