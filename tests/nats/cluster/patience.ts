/**
 * Waiting for a cluster: an election alone takes up to nine seconds, on a machine with time.
 *
 * @module
 */

/** Longer than a cluster takes for anything, in milliseconds. */
export const CLUSTER_PATIENCE_MS = 90_000;

/** How long after one look the next one is taken, in milliseconds. */
const LOOK_AGAIN_MS = 50;

/**
 * Asks until there is an answer, and returns it; fails when there never is one.
 *
 * @param what What is waited for, for the complaint.
 * @param ask Gives the answer; undefined or an error mean that there is none yet.
 */
export async function awaited<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + CLUSTER_PATIENCE_MS;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`it did not happen: ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
