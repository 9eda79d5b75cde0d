/**
 * How far a session has read a pipe, and what is behind that.
 *
 * @module
 */

import { formatPipePath } from "../contracts/mod.ts";
import type { Cursor } from "../home/mod.ts";
import type { PipeAddress } from "../registry/mod.ts";
import type { PipeContent } from "../store/mod.ts";

/** What the cursor of a pipe is kept as. Sources of one handle can be at several manifolds. */
export function cursorKey(account: string, { manifold, handle, name }: PipeAddress): string {
  const path = `${account}.${formatPipePath(manifold, handle, name)}`;
  return handle === "" ? `uncollared:${path}` : path;
}

/**
 * The number of the last message that was delivered of those that are there now; 0 when none was.
 * A cursor of what was there before under the same name says nothing.
 */
export function deliveredSeq(
  cursor: Cursor | undefined,
  { created, lastSeq }: Pick<PipeContent, "created" | "lastSeq">,
): number {
  const isOfThis = cursor?.created === created && cursor.seq <= lastSeq;
  return isOfThis ? cursor.seq : 0;
}

/** How many messages are behind the cursor. */
export function unreadCount(cursor: Cursor | undefined, content: PipeContent): number {
  if (content.total === 0) return 0;
  const fromSeq = Math.max(deliveredSeq(cursor, content) + 1, content.oldestSeq);
  return Math.max(0, content.lastSeq - fromSeq + 1);
}
