/**
 * What a tail is asked for in a query.
 *
 * @module
 */

import { parseSince, type TailOptions, UsageError } from "../pool/mod.ts";
import type { Query } from "./requests.ts";

/** How many jq expressions a request may give. */
const WHERE_MAX = 16;

/** Keys that select messages, and what they mean. */
export const SELECTION_KEYS = {
  since_seq: "The first sequence number wanted.",
  last: "Begin with the newest N retained messages that match; 0 for none.",
  since: "Begin with the first message since: RFC 3339, or an age such as 5m.",
  until_seq: "End once all up to this sequence number was given out or is known to be missing.",
  tag: "Only messages with this tag; given again, with all of them.",
  where: `Only messages for which this jq expression on the envelope is true; given again, all ` +
    `of them; ${WHERE_MAX} at most.`,
} as const;

/** Keys of a tail. */
export const TAIL_KEYS = {
  ...SELECTION_KEYS,
  max: "End after this many messages.",
  timeout_ms: "End this many milliseconds after the start; at most, and by default, the " +
    "server's limit.",
  gap_policy: "continue (the default), or error: end with an error when messages are missing.",
  notices: 'true: tell of missing messages, as {"gap": {...}}, and every few seconds of silence, ' +
    'as well as at a regular end, how far the stream has come, as {"position": {"next_seq": N}}.',
} as const;

/** The part of tail options that selects messages. */
export type Selection =
  & Pick<TailOptions, "sinceSeq" | "last" | "since" | "untilSeq" | "tags">
  & { where?: readonly string[] };

/**
 * Which messages a query selects.
 *
 * @throws {UsageError} when keys contradict each other, or have values that mean nothing.
 */
export function tailSelection(query: Query): Selection {
  const sinceSeq = query.number("since_seq");
  const last = query.number("last");
  const since = query.text("since");
  if ([sinceSeq, last, since].filter((start) => start !== undefined).length > 1) {
    throw new UsageError("give only one of since_seq, last and since");
  }
  // Kept as text, which has nanoseconds; checked here, so that the answer is a refusal.
  if (since !== undefined) parseSince(since, Date.now());
  const where = query.texts("where");
  if (where.length > WHERE_MAX) throw new UsageError(`more than ${WHERE_MAX} where expressions`);
  return {
    sinceSeq,
    last,
    since,
    untilSeq: query.number("until_seq"),
    tags: query.texts("tag"),
    where: where.length === 0 ? undefined : where,
  };
}

/** What a tail is asked for. */
export interface TailRequest {
  /** What the pool is asked for. */
  readonly options: TailOptions & Selection & { timeoutMs: number };
  /** Whether to tell of gaps between messages. */
  readonly notices: boolean;
}

/**
 * What a query asks a tail for.
 *
 * @throws {UsageError} when it makes no sense, or asks for more than `maxTimeoutMs`.
 */
export function tailRequest(query: Query, maxTimeoutMs: number): TailRequest {
  const timeoutMs = query.number("timeout_ms") ?? maxTimeoutMs;
  if (timeoutMs > maxTimeoutMs) {
    throw new UsageError(`timeout_ms is more than ${maxTimeoutMs}, the server's limit`, {
      hint: "Ask for less, and again with since_seq when the stream ends.",
    });
  }
  const options = {
    ...tailSelection(query),
    maxMessages: query.number("max"),
    timeoutMs,
    gapPolicy: query.choice("gap_policy", ["continue", "error"]),
  };
  return { options, notices: query.flag("notices") };
}
