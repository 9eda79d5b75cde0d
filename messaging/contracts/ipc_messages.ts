/**
 * What the daemon is asked and what it answers: sending and reading messages.
 *
 * @module
 */

import type { ReadMessage } from "./envelope.ts";
import type { WireError } from "./error.ts";
import type { SessionRequest } from "./ipc.ts";

/** Where a `Send` or `SendBatch` goes to. */
export interface SendRequestTarget extends SessionRequest {
  /** The source; the current one of the session when it is left out. */
  handle?: string;
  /** Its pipe; `broadcast` when it is left out. */
  channel?: string;
  /** An uncollared pipe at the session's namespace, which is preferred when there is one. */
  bare_target?: string;
}

/** Parameters of `Send`. */
export interface SendRequest extends SendRequestTarget {
  /** The text of the message. */
  payload: string;
  /** Its header line. */
  msg_subject?: string;
  /** The id of the message that it answers. */
  in_reply_to?: string;
  /** Ask for a receipt. */
  ack_requested?: boolean;
  /** The handle it is sent as; the current source of the session when it is left out. */
  sender?: string;
}

/** The reply to `Send`. */
export interface SendReply {
  /** The id of the message. */
  id: string;
  /** Where it went to: the subject at the broker. */
  subject: string;
  /** How many bytes of UTF-8 its payload has. */
  bytes: number;
}

/** Parameters of `SendBatch`. */
export interface SendBatchRequest extends SendRequestTarget {
  /** The texts of the messages, in order. */
  payloads: string[];
}

/** The reply to `SendBatch`; both lists are in the order of the payloads. */
export interface SendBatchReply {
  /** The ids of the messages; null when there were no payloads. */
  ids: string[] | null;
  /** Where they went to: the subject at the broker. */
  subject: string;
  /** How many bytes of UTF-8 each payload has; null when there were no payloads. */
  bytes: number[] | null;
}

/** The reply to a `SendBatch` without payloads, which checks nothing. */
export const EMPTY_BATCH_REPLY: SendBatchReply = { ids: null, subject: "", bytes: null };

/** Parameters of `Read`. */
export interface ReadRequest extends SessionRequest {
  /** The source; `""` with `bare_target`. */
  handle: string;
  /** Its pipe; `""` with `bare_target`. */
  channel: string;
  /** Keep only the last so many of the messages selected; 0 for all. */
  limit?: number;
  /** Drop the first so many of the messages selected. */
  skip?: number;
  /** Only messages of the last so many milliseconds; 0 for all. */
  since_ms?: number;
  /** Carried, and ignored by the daemon. */
  json?: boolean;
  /** Go on with what comes. */
  follow?: boolean;
  /** Leave the cursor where it is. Reading still begins there. */
  no_advance?: boolean;
  /** Begin with the first message there is, and leave the cursor where it is. */
  all?: boolean;
  /** An uncollared pipe. */
  bare_target?: string;
  /**
   * Where it is, or the source. Left out, it is the namespace of the session, and that of the first
   * source of this handle.
   */
  manifold?: string;
  /** The handle that receipts are sent as; the current source when it is left out. */
  sender?: string;
}

/** The size of the terminal that the messages of a `stdout` pipe were written for. */
export interface ReadMeta {
  /** Columns. */
  cols?: number;
  /** Rows. */
  rows?: number;
}

/** One line of the reply to `Read`: exactly one of its members. */
export interface ReadEvent {
  /** A message. */
  msg?: ReadMessage;
  /** The failure that ends the reply. */
  error?: WireError;
  /** The size of the terminal, before all messages. */
  meta?: ReadMeta;
  /** How many messages were given up, or are damaged, since the last one that was delivered. */
  missed?: number;
}

/** The largest size of a terminal that a {@linkcode ReadMeta} tells, both ways. */
export const READ_META_MAX = 1000;

/**
 * The size that a message of a `stdctrl` pipe tells, its sides at most
 * {@linkcode READ_META_MAX}.
 *
 * @param payload `{"type":"resize","cols":C,"rows":R}`.
 * @returns undefined when it is anything else, or a side is not above 0.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(readMetaOf('{"type":"resize","cols":80,"rows":24}'), { cols: 80, rows: 24 });
 * ```
 */
export function readMetaOf(payload: string): ReadMeta | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { type, cols, rows } = value as Record<string, unknown>;
  if (type !== "resize" || !isSide(cols) || !isSide(rows)) return undefined;
  return { cols: Math.min(cols, READ_META_MAX), rows: Math.min(rows, READ_META_MAX) };
}

function isSide(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}
