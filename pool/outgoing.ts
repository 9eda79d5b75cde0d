/**
 * Messages on their way to an engine that is not a file: checked, and as text.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import type { MessageInput } from "./interface.ts";
import { JsonText } from "./json_text.ts";
import { NO_TAGS } from "./message.ts";

/** A message to append: checked JSON text and its labels. */
export interface Outgoing {
  /** The payload. */
  readonly json: JsonText;
  /** The labels. */
  readonly tags: readonly string[];
}

/**
 * What `input` is to be appended as.
 *
 * @throws {UsageError} when its data can't be written as JSON, or a tag is no text.
 */
export function outgoingOf(input: MessageInput): Outgoing {
  if (typeof input !== "object" || input === null) {
    throw new UsageError("a message to append must be an object with data or json");
  }
  const tags = checkTags(input.tags ?? NO_TAGS);
  if (!("json" in input)) return { json: JsonText.stringify(input.data), tags };
  if (input.json instanceof JsonText) return { json: input.json, tags };
  throw new UsageError("json must be a JsonText", { hint: "Make one with JsonText.parse." });
}

/**
 * A copy of `tags` that nobody can change while they are being appended.
 *
 * @throws {UsageError} when they are no array of texts.
 */
export function checkTags(tags: readonly string[]): readonly string[] {
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === "string")) {
    throw new UsageError("tags must be an array of strings");
  }
  return tags.length === 0 ? NO_TAGS : Object.freeze([...tags]);
}
