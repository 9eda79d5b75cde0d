/**
 * The starting signal, for processes that are to begin together or at a moment of the
 * test's choice: starting one takes longer than what it does first.
 *
 * @module
 */

/** Says `ready` and waits for a line on standard input. */
export async function awaitStart(): Promise<void> {
  console.log("ready");
  await waitForLine();
}

/** Waits for a line on standard input, or for its end. */
export async function waitForLine(): Promise<void> {
  await Deno.stdin.read(new Uint8Array(16));
}
