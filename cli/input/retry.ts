/**
 * Trying again what another process is in the way of.
 *
 * @module
 */

import { BusyError } from "../../pool/mod.ts";
import { amend, failureFields } from "../failure.ts";

/** How often to try again, and when. */
export interface RetryOptions {
  /** Tries beside the first one, 0 or more. */
  retries: number;
  /** How long to wait before each, in milliseconds. */
  delayMs: number;
  /** Waits; a timer unless a test has something better to do. */
  pause?: (ms: number) => Promise<void>;
}

/**
 * Runs `action` until it does not fail with `Busy`, at most `retries` times more.
 *
 * @throws what `action` throws; after a retry, its hint says how much was tried.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await retrying(() => 1, { retries: 3, delayMs: 50 }), 1);
 * ```
 */
export async function retrying<T>(
  action: () => T | Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { retries, delayMs, pause = timer } = options;
  for (let retried = 0;; retried++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof BusyError)) throw error;
      if (retried === retries) throw retried === 0 ? error : tried(error, retried, delayMs);
    }
    await pause(delayMs);
  }
}

function tried(error: BusyError, retried: number, delayMs: number): Error {
  const { hint } = failureFields(error);
  return amend(error, {
    hint: `${hint} Gave up after ${retried + 1} attempts, having waited ${retried * delayMs} ms ` +
      "between them.",
  });
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
