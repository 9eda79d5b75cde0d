/**
 * Subscriptions as a tree: the pipes that a pattern matches stand below it.
 *
 * @module
 */

import {
  formatPipePath,
  formatTime,
  isGlob,
  type ListRow,
  listRows,
  parseTime,
  relativeTime,
  type SubsListReply,
} from "../../messaging/internal_mod.ts";
import type { Screen } from "../screen.ts";
import { renderTable, type Row } from "../table.ts";
import { widthOf } from "./list_output.ts";

const HEADER = ["PIPE", "UNREAD", "BUFFERED", "LAST", "PAYLOAD", "CREATOR"];

/**
 * The table of subscriptions, in their order, with its line ends; `""` without any.
 *
 * @param iso Show times in UTC instead of how long ago they were.
 */
export function subscriptionsTable(reply: SubsListReply, screen: Screen, iso: boolean): string {
  const { sources, uncollared_pipes = [], subscriptions = [] } = reply;
  if (subscriptions.length === 0) return "";
  const pipes = listRows(sources, uncollared_pipes);
  const rows = subscriptions.flatMap((subscription): Row[] => {
    const matching = pipes.filter(({ info }) => info.matched_by?.includes(subscription));
    if (!isGlob(subscription, { percent: true })) {
      const [pipe] = matching;
      return [pipe === undefined ? [subscription] : [subscription, ...cellsOf(pipe, iso)]];
    }
    return [[subscription], ...branches(matching, iso)];
  });
  return renderTable(HEADER, rows, widthOf(screen));
}

function branches(pipes: readonly ListRow[], iso: boolean): Row[] {
  if (pipes.length === 0) return [["└─ (no matches)"]];
  return pipes.map((pipe, i) => {
    const branch = i === pipes.length - 1 ? "└─ " : "├─ ";
    return [branch + pathOf(pipe), ...cellsOf(pipe, iso)];
  });
}

/** As `pls ls` has it. */
function pathOf({ manifold, handle, name }: ListRow): string {
  return formatPipePath(manifold, handle, name);
}

/** All but the first. */
function cellsOf({ creator, info }: ListRow, iso: boolean): Row {
  const lastMs = parseTime(info.last_at ?? "");
  const last = lastMs === undefined
    ? undefined
    : iso
    ? formatTime(lastMs)
    : relativeTime(lastMs, Date.now());
  return [info.unread, info.total, last, info.preview, creator];
}
