/**
 * Destroying what a pattern matches: one after another, whatever becomes of the others.
 *
 * @module
 */

import { type Glob, parseGlob } from "../../messaging/internal_mod.ts";
import { UsageError } from "../../pool/mod.ts";
import { codedFailureText, isCodedFailure } from "../failure.ts";
import type { Session } from "../session.ts";

/** The exit code when something could not be destroyed. */
const PARTLY = 1;

/**
 * Reads a pattern.
 *
 * @param pattern A part of what was typed.
 * @throws {UsageError} when it is malformed.
 */
export function globOf(pattern: string): Glob {
  const glob = parseGlob(pattern);
  if (glob !== undefined) return glob;
  throw new UsageError(`invalid pattern ${JSON.stringify(pattern)}`, {
    hint: "A class such as [a-z] has to be closed and may not be empty, and something has to " +
      "follow a \\.",
  });
}

/**
 * Runs `actions` in turn. Each gives the line that says what it did, or throws.
 *
 * @param nothing The line for when there are none.
 * @returns the exit code.
 */
export async function destroyEach(
  { stdout, stderr }: Session,
  actions: readonly (() => Promise<string>)[],
  nothing: string,
): Promise<number> {
  if (actions.length === 0) stdout.write(nothing);
  let code = 0;
  for (const action of actions) {
    try {
      stdout.write(await action());
    } catch (error) {
      if (!isCodedFailure(error)) throw error;
      stderr.write(codedFailureText(error, stderr));
      code = PARTLY;
    }
  }
  return code;
}
