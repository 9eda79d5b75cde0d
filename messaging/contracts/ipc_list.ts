/**
 * What the daemon is asked and what it answers: listings, and subscriptions, which are
 * listings of what a session watches.
 *
 * @module
 */

import type { SessionRequest } from "./ipc.ts";

/** Parameters of `List`. */
export type ListRequest = SessionRequest;

/** Parameters of `ListWatch`. */
export interface ListWatchRequest extends SessionRequest {
  /** Globs, of which one has to match; everything when there are none. */
  patterns?: string[];
}

/** A pipe, with what is in it for the session. */
export interface PipeInfo {
  /** Its name; of an uncollared pipe, that behind its manifold: `ops.lobby`. */
  pipe: string;
  /** How many messages it holds. */
  total: number;
  /** How many of them come after the cursor. */
  unread: number;
  /** The sequence number of the last message. */
  last_seq?: number;
  /** When the last message came: RFC 3339 with a fraction. */
  last_at?: string | null;
  /** One short line of the last payload. */
  preview?: string;
  /** The last payload. */
  payload?: string;
  /** Who created it; of a pipe that came with its source, that of the source counts. */
  created_by?: string;
  /** The patterns it is subscribed by, in the replies to `SubsList` and `SubsWait`. */
  matched_by?: string[];
}

/** A source with its pipes. */
export interface Source {
  /** Its handle. */
  handle: string;
  /** Where it is. */
  manifold?: string;
  /** What it is: a {@linkcode SourceKind}. */
  kind?: string;
  /** The names of pipes that were created on it. */
  pipes?: string[];
  /** All its pipes, by name. */
  pipe_infos?: PipeInfo[];
  /** Who created it. */
  created_by?: string;
  /** Kept for older programs. */
  last_broadcast_at?: string | null;
  /** Kept for older programs. */
  last_broadcast_payload?: string | null;
}

/** A pipe of no source. */
export interface UncollaredPipe {
  /** Where it is. */
  manifold?: string;
  /** Its name. */
  name: string;
  /** What is in it. */
  info: PipeInfo;
}

/** The reply to `List` and `ListWatch`. */
export interface ListReply {
  /** By manifold, then handle. */
  sources: Source[];
  /** By manifold, then name. */
  uncollared_pipes?: UncollaredPipe[];
}

/** Parameters of `SubsList`. */
export type SubsListRequest = SessionRequest;

/** Parameters of `SubsWait`, which replies when something subscribed is unread. */
export type SubsWaitRequest = SessionRequest;

/** The reply to `SubsList`, and to `SubsWait`, which holds only what is unread. */
export interface SubsListReply extends ListReply {
  /** The targets and patterns that are subscribed, sorted. */
  subscriptions?: string[];
}

/** Parameters of `SubsAdd`. */
export interface SubsAddRequest extends SessionRequest {
  /** Targets and patterns. */
  targets: string[];
}

/** The reply to `SubsAdd`. */
export interface SubsAddReply {
  /** All that is subscribed now, sorted. */
  subs: string[];
}

/** Parameters of `SubsRemove`. */
export interface SubsRemoveRequest extends SubsAddRequest {
  /** Remove the own inbox as well. */
  force?: boolean;
}

/** What became of a target that was to be removed. */
export interface SubsRemoveOutcome {
  /** The target. */
  target: string;
  /** It was subscribed, and is no more. */
  removed: boolean;
  /** A pattern that still matches it. */
  covered_by_pattern?: string;
}

/** The reply to `SubsRemove`. */
export interface SubsRemoveReply {
  /** All that is subscribed now, sorted. */
  subs: string[];
  /** What became of each target. */
  outcomes?: SubsRemoveOutcome[];
}
