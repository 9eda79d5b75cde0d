/**
 * What is said when the files of the home can't be read or written.
 *
 * @module
 */

import { systemCode } from "../../pool/internal_mod.ts";
import { newError } from "../contracts/mod.ts";

/** What the system refused becomes an error of messaging; all else stays as it is. */
export function asHomeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || systemCode(thrown) === undefined) return thrown;
  return newError("E_INTERNAL", thrown.message, {
    cause: thrown,
    hint:
      "Check the directory that PLS_HOME names, ~/.plasmite by default: that it is one, may be " +
      "written, and has room. What could not be written is as it was: messages may come again.",
  });
}

/** Does something with the files of the home; it fails as {@linkcode asHomeError} says. */
export async function inHome<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asHomeError(error);
  }
}
