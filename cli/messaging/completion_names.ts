/**
 * Names of sources and pipes, for a shell to complete.
 *
 * @module
 */

import { formatPipePath } from "../../messaging/internal_mod.ts";
import type { Session } from "../session.ts";
import { meshPlace } from "./mesh_place.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

/**
 * The handles there are, or the targets: handles and pipes. Sorted; none when they can't be had.
 *
 * @param what What is to be completed.
 */
export async function messagingNames(
  session: Session,
  what: "handles" | "targets",
): Promise<string[]> {
  try {
    // Asking must not make a mesh.
    if (!isThere(session)) return [];
    await using messaging = await openMessaging(session);
    const { sources, uncollared_pipes = [] } = await messaging.call("List", {
      session: sessionId(),
    });
    const handles = sources.map(({ handle }) => handle);
    if (what === "handles") return handles.sort();
    const pipes = sources.flatMap(({ handle, pipe_infos: infos = [] }) =>
      infos.map(({ pipe }) => formatPipePath("", handle, pipe))
    );
    // A pipe of no source goes by its name alone, at its namespace.
    const uncollared = uncollared_pipes.map(({ name }) => name);
    return [...new Set([...handles, ...pipes, ...uncollared])].sort();
  } catch {
    // In the middle of typing is no time for an error: there is nothing to offer then.
    return [];
  }
}

function isThere(session: Session): boolean {
  const place = meshPlace(session);
  return place.kind === "server" || Deno.lstatSync(place.engine).isDirectory;
}
