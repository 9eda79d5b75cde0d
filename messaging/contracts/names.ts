/**
 * Names of sources, pipes and namespaces: their grammar, the reserved ones, the pipes
 * that come with a source, and the path that people see.
 *
 * @module
 */

import {
  newInvalidHandle,
  newInvalidManifoldSegment,
  newInvalidPipeName,
  newInvalidPipeReserved,
} from "./failures.ts";

/** What a source is: something that has an inbox, or a shared terminal as well. */
export type SourceKind = "message" | "pty";

/** The kind of a source that is given none. */
export const KIND_MESSAGE: SourceKind = "message";

/** The kind of a source that shares a terminal. */
export const KIND_PTY: SourceKind = "pty";

/** Names that no source, and no segment of a namespace, can have. */
export const RESERVED_HANDLES: ReadonlySet<string> = new Set([
  "broadcast",
  "inbox",
  "stdin",
  "stdout",
  "stdctrl",
  "system",
  "db",
]);

/** Names that no pipe can be created with. As addresses they are allowed. */
export const RESERVED_PIPE_NAMES: ReadonlySet<string> = new Set(["system", "db", "inbox"]);

/** Pipes that come with a source and that a glob of `pipe destroy` leaves alone. */
export const PROTECTED_PIPES: ReadonlySet<string> = new Set([
  "broadcast",
  "inbox",
  "stdin",
  "stdout",
  "stdctrl",
]);

/** The pipes a source of each kind comes with, in the order they are created in. */
export const AUTO_PIPES: Readonly<Record<SourceKind, readonly string[]>> = {
  message: ["inbox"],
  pty: ["stdin", "stdout", "stdctrl", "inbox", "heartbeat"],
};

/** The same pipes, in the order they are listed in. */
export const AUTO_PIPES_LISTED: Readonly<Record<SourceKind, readonly string[]>> = {
  message: ["inbox"],
  pty: ["heartbeat", "inbox", "stdctrl", "stdin", "stdout"],
};

const SEGMENT = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

/**
 * Whether `text` has the form of a name: 1 to 32 of `a-z`, `0-9` and `-`, with no `-` at
 * either end.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(["nina", "a-1", "-a", "Nina"].map(isSegment), [true, true, false, false]);
 * ```
 */
export function isSegment(text: string): boolean {
  return SEGMENT.test(text);
}

/** Whether `text` can be a handle: a segment that is not reserved. */
export function isHandle(text: string): boolean {
  return isSegment(text) && !RESERVED_HANDLES.has(text);
}

/** Whether `text` can be a namespace: `""`, or handles joined by `.`. */
export function isManifold(text: string): boolean {
  return invalidManifoldSegment(text) === undefined;
}

/** Whether a pipe can be created with this name: a segment that is not reserved. */
export function isNewPipeName(text: string): boolean {
  return isSegment(text) && !RESERVED_PIPE_NAMES.has(text);
}

/** The first segment that makes `manifold` none; undefined when it is one. */
export function invalidManifoldSegment(manifold: string): string | undefined {
  if (manifold === "") return undefined;
  return manifold.split(".").find((segment) => !isHandle(segment));
}

/**
 * Refuses what can't be a handle.
 *
 * @throws {MessagingError} `E_INVALID_HANDLE`, which names it.
 */
export function checkHandle(handle: string): void {
  if (!isHandle(handle)) throw newInvalidHandle(handle);
}

/**
 * Refuses what can't be a namespace.
 *
 * @throws {MessagingError} `E_INVALID_MANIFOLD`, which names the segment.
 */
export function checkManifold(manifold: string): void {
  const segment = invalidManifoldSegment(manifold);
  if (segment !== undefined) throw newInvalidManifoldSegment(segment);
}

/**
 * Refuses a name that no pipe can be created with.
 *
 * @throws {MessagingError} `E_INVALID_PIPE`, which names it.
 */
export function checkNewPipeName(name: string): void {
  if (RESERVED_PIPE_NAMES.has(name)) throw newInvalidPipeReserved(name);
  if (!isSegment(name)) throw newInvalidPipeName(name);
}

/**
 * The path of a pipe as people see it: what is not empty of the three, joined by `.`.
 *
 * @param manifold where it is; `""` for the root.
 * @param source the handle of its source; `""` for an uncollared pipe.
 * @param name its name, which is appended even when it is empty.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatPipePath("ops", "nina", "log"), "ops.nina.log");
 * assertEquals(formatPipePath("", "", "lobby"), "lobby");
 * ```
 */
export function formatPipePath(manifold: string, source: string, name: string): string {
  return [manifold, source].filter((part) => part !== "").concat(name).join(".");
}

/**
 * Whether messages of a pipe are shown as rows with a time and a sender.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(isTabularReadPipe("inbox"), true);
 * ```
 */
export function isTabularReadPipe(pipe: string): boolean {
  return pipe === "inbox" || pipe === "broadcast";
}
