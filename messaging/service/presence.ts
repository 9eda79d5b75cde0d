/**
 * Who is there: the newest heartbeat of each source that has any.
 *
 * @module
 */

import type { WhoEntry, WhoReply } from "../contracts/mod.ts";
import { contentsOf } from "./contents.ts";
import type { Context } from "./context.ts";

const HEARTBEAT_PIPE = "heartbeat";

/** The newest heartbeats, by handle. */
export async function who(context: Context): Promise<WhoReply> {
  const { sources } = await context.store.refresh();
  const pipes = sources.flatMap(({ pipes }) => pipes.get(HEARTBEAT_PIPE) ?? []);
  const contents = await contentsOf(context, pipes);
  const entries = sources.flatMap(({ handle, by, pipes }) => {
    const pipe = pipes.get(HEARTBEAT_PIPE);
    const { last, lastAt } = (pipe && contents.get(pipe)) ?? {};
    if (last === undefined || lastAt === undefined) return [];
    const entry: WhoEntry = { handle, payload: last.payload, arrived_at: lastAt };
    return [by === "" ? entry : { ...entry, owner: by }];
  });
  return { entries: entries.sort((a, b) => a.handle < b.handle ? -1 : 1) };
}
