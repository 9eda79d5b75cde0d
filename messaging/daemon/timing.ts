/**
 * Waiting no longer than a while.
 *
 * @module
 */

/** Waits for `work`, but no longer than `limitMs` milliseconds; what it fails with is thrown. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
