/**
 * Which messages a tail lets through, where they are messages before they are looked at.
 *
 * @module
 */

import type { TailOptions } from "./interface.ts";
import type { Message } from "./message.ts";
import { compileWhere } from "./where.ts";

/** True for the messages that pass. */
export type MessageFilter = (message: Message) => boolean;

/**
 * The tags and jq predicates of a tail's options together.
 *
 * @returns the filter, which throws a `UsageError` when a predicate gives something other than
 * a boolean.
 * @throws {UsageError} when a predicate is not jq.
 */
export async function messageFilter(
  { tags = [], where = [] }: TailOptions,
): Promise<MessageFilter> {
  const expressions = typeof where === "string" ? [where] : where;
  const passes = expressions.length === 0 ? undefined : await compileWhere(expressions);
  return (message) =>
    tags.every((tag) => message.tags.includes(tag)) && (passes === undefined || passes(message));
}
