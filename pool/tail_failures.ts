/**
 * What tails end with when messages, or the pool, are gone.
 *
 * @module
 */

import { CorruptError, NotFoundError, type PlasmiteError, RetentionGapError } from "./errors.ts";
import type { Gap } from "./interface.ts";

/** The end of a tail of the pool at `path` with gap policy `error`. */
export function gapError(path: string, { fromSeq, toSeq, reason }: Gap): PlasmiteError {
  const details = { path, seq: fromSeq };
  if (reason === "damage") {
    return new CorruptError(`messages ${fromSeq} to ${toSeq} are damaged`, {
      ...details,
      hint: "Run `pls doctor` on the pool, or read on with gap policy `continue`.",
    });
  }
  return new RetentionGapError(`messages ${fromSeq} to ${toSeq} are no longer retained`, {
    ...details,
    hint: "Use a larger pool, read faster, or read on with gap policy `continue`.",
  });
}

/** The end of a tail of the pool at `path` that is not there any more. */
export function goneError(path: string): NotFoundError {
  return new NotFoundError("the pool was deleted or replaced while it was followed", {
    path,
    hint: "Follow it again if it was created anew.",
  });
}
