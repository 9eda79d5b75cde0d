/**
 * Checking what a tail is asked for.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import type { TailOptions } from "./interface.ts";

/** Refuses options that contradict each other or are out of range. */
export function checkTailOptions(options: TailOptions): void {
  const starts = [options.sinceSeq, options.last, options.since].filter((start) =>
    start !== undefined
  );
  if (starts.length > 1) throw new UsageError("give only one of sinceSeq, last and since");
  for (const name of ["sinceSeq", "last", "untilSeq", "maxMessages"] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new UsageError(`${name} must be a whole number, 0 or more`);
    }
  }
  if (options.timeoutMs !== undefined && !(options.timeoutMs >= 0)) {
    throw new UsageError("timeoutMs must be 0 or more");
  }
  if (![undefined, "continue", "error"].includes(options.gapPolicy)) {
    throw new UsageError('gapPolicy must be "continue" or "error"');
  }
}
