/**
 * Targets: what people type to name a pipe, taken apart as each command reads it.
 *
 * `A.B` is pipe B of source A, split at the last dot. What a name without a dot means
 * depends on the command: see the three functions.
 *
 * @module
 */

import { newError } from "./error.ts";

/** The pipe `name` of a source. */
export interface CollaredTarget {
  /** Tells it from the other targets. */
  readonly kind: "collared";
  /** The source, not checked yet: it can hold dots. */
  readonly handle: string;
  /** The pipe, not checked yet. */
  readonly name: string;
}

/** A name without a dot. */
export interface LeafTarget {
  /** Tells it from the other targets. */
  readonly kind: "leaf";
  /** The name, not checked yet. */
  readonly name: string;
}

/** `inbox`, typed where something is read: that of the current source. */
export interface OwnInboxTarget {
  /** Tells it from the other targets. */
  readonly kind: "own-inbox";
}

/** The members of a `Send` request that say where to. */
export interface SendTarget {
  /** The source. */
  readonly handle: string;
  /** Its pipe. */
  readonly channel: string;
  /** An uncollared pipe that is preferred, when there is one. */
  readonly bare_target?: string;
}

/**
 * Takes a target apart, for `pipe create` and `pipe destroy`, where a leaf is an
 * uncollared pipe at the session's namespace.
 *
 * @throws {MessagingError} `E_INVALID_PIPE` when it is empty, or begins or ends with a dot.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseTarget("nina.log"), { kind: "collared", handle: "nina", name: "log" });
 * assertEquals(parseTarget("lobby"), { kind: "leaf", name: "lobby" });
 * ```
 */
export function parseTarget(text: string): CollaredTarget | LeafTarget {
  if (text === "" || text.startsWith(".") || text.endsWith(".")) throw newError("E_INVALID_PIPE");
  const dot = text.lastIndexOf(".");
  if (dot < 0) return { kind: "leaf", name: text };
  return { kind: "collared", handle: text.slice(0, dot), name: text.slice(dot + 1) };
}

/**
 * Takes the target of `read` and `reread` apart: a leaf is an uncollared pipe, and
 * `inbox` is that of the current source.
 *
 * @throws {MessagingError} `E_INVALID_PIPE` as {@linkcode parseTarget} does.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseReadTarget("inbox"), { kind: "own-inbox" });
 * ```
 */
export function parseReadTarget(text: string): CollaredTarget | LeafTarget | OwnInboxTarget {
  return text === "inbox" ? { kind: "own-inbox" } : parseTarget(text);
}

/**
 * Takes the target of `send` apart: a leaf is an uncollared pipe, or the inbox of the
 * source of that name when there is none.
 *
 * @throws {MessagingError} `E_INVALID_PIPE` as {@linkcode parseTarget} does.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseSendTarget("nina"), { handle: "nina", channel: "inbox", bare_target: "nina" });
 * assertEquals(parseSendTarget("nina.log"), { handle: "nina", channel: "log" });
 * ```
 */
export function parseSendTarget(text: string): SendTarget {
  const target = parseTarget(text);
  return target.kind === "leaf"
    ? { handle: target.name, channel: "inbox", bare_target: target.name }
    : { handle: target.handle, channel: target.name };
}
