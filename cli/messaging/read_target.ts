/**
 * From what is typed to the request that reads it.
 *
 * @module
 */

import {
  type ListRow,
  type Messaging,
  parseReadTarget,
  type ReadRequest,
} from "../../messaging/internal_mod.ts";
import { effectiveHandle, environmentHandle } from "./current_handle.ts";
import { sessionId } from "./session_id.ts";

/**
 * The request for a target.
 *
 * @throws {MessagingError} when it is no target, or `inbox` while there is no current source.
 */
export async function readRequest(messaging: Messaging, target: string): Promise<ReadRequest> {
  const parsed = parseReadTarget(target);
  switch (parsed.kind) {
    case "own-inbox":
      return collaredRequest(await effectiveHandle(messaging), "inbox");
    case "collared":
      return collaredRequest(parsed.handle, parsed.name);
    case "leaf":
      return { ...collaredRequest("", ""), bare_target: parsed.name };
  }
}

/** The request for the pipe of a row. */
export function rowRequest({ manifold, handle, name }: ListRow): ReadRequest {
  if (handle !== "") return { ...collaredRequest(handle, name), manifold };
  return { ...collaredRequest("", ""), bare_target: name, manifold };
}

function collaredRequest(handle: string, channel: string): ReadRequest {
  return { handle, channel, session: sessionId(), sender: environmentHandle() || undefined };
}
