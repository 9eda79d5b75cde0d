/**
 * Letting predicates of clients run for so long and no longer. Nothing else can end a
 * regular expression that backtracks for ever, and with it the whole server.
 *
 * @module
 */

import { Script } from "node:vm";
import { UsageError } from "../pool/mod.ts";

/** How long the predicates of a tail may take at a time, in milliseconds. */
const FILTER_TIME_MS = 1000;

/** Where the script finds what to run. */
const WORK = Symbol.for("plasmite.filter_guard.work");

const script = new Script('globalThis[Symbol.for("plasmite.filter_guard.work")]()');

/**
 * Runs `work`, and ends it when it takes too long.
 *
 * @throws {UsageError} when it was ended.
 */
export function runForLimitedTime(work: () => void): void {
  (globalThis as Record<symbol, unknown>)[WORK] = work;
  try {
    script.runInThisContext({ timeout: FILTER_TIME_MS });
  } catch (error) {
    const isLate = error instanceof Error && "code" in error &&
      error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    if (!isLate) throw error;
    throw new UsageError(`where took more than ${FILTER_TIME_MS} ms for a few messages`, {
      hint: "Use a simpler expression, or filter what you receive yourself.",
    });
  }
}
