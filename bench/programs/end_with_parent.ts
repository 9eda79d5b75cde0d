/**
 * Ending a program together with the benchmark that started it.
 *
 * @module
 */

/**
 * Calls `end` when the benchmark asks this program to end or is gone itself, and
 * `onInput` when something comes in.
 */
export async function endWithParent(end: () => void, onInput = () => {}): Promise<void> {
  Deno.addSignalListener("SIGTERM", end);
  for await (const _ of Deno.stdin.readable) onInput();
  end();
}
