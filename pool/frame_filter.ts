/**
 * Which frames a tail lets through.
 *
 * @module
 */

import type { TailOptions } from "./interface.ts";
import { frameMessage, frameTags, type Message } from "./message.ts";
import type { FrameReader } from "./frame_reader.ts";
import { compileWhere, type MessagePredicate } from "./where.ts";

/** Tags and jq predicates together. */
export class FrameFilter {
  /** The message made to ask the predicates about the last frame, if it was made. */
  message: Message | undefined;
  readonly #tags: readonly string[];
  readonly #where: MessagePredicate | undefined;

  private constructor(tags: readonly string[], where: MessagePredicate | undefined) {
    this.#tags = tags;
    this.#where = where;
  }

  /**
   * The filter that a tail's options describe.
   *
   * @throws {UsageError} when a predicate is not jq.
   */
  static async of({ tags = [], where = [] }: TailOptions): Promise<FrameFilter> {
    const expressions = typeof where === "string" ? [where] : where;
    return new FrameFilter(
      tags,
      expressions.length === 0 ? undefined : await compileWhere(expressions),
    );
  }

  /**
   * Whether the frame at `at` in the reader's buffer passes.
   *
   * @throws {UsageError} when a predicate gives something other than a boolean.
   */
  accepts({ bytes, view }: FrameReader, at: number): boolean {
    this.message = undefined;
    if (this.#tags.length > 0) {
      const tags = frameTags(bytes, view, at);
      if (!this.#tags.every((tag) => tags.includes(tag))) return false;
    }
    if (this.#where === undefined) return true;
    this.message = frameMessage(bytes, view, at);
    return this.#where(this.message);
  }
}

/** Whether the options of a tail hold anything back. */
export function hasFilters({ tags = [], where = [] }: TailOptions): boolean {
  return tags.length > 0 || typeof where === "string" || where.length > 0;
}
