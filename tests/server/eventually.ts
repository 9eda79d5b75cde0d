/**
 * Waiting for what nobody tells of when it happens.
 *
 * @module
 */

/** Longer than any test takes for what is to happen at once. */
export const PATIENCE_MS = 30_000;

/** How long after one look the next one is taken. */
const LOOK_AGAIN_MS = 10;

/** Asks until `isSo` gives true, and fails when it never does; `what` says what was waited for. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
