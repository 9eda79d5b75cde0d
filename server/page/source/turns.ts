/**
 * Waiting, and letting the browser paint and take input amid much work.
 *
 * @module
 */

const TURN_MS = 8;

/** Waits `ms` milliseconds, or until `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    resolve();
  }, { once: true });
  return promise;
}

/** Work that lets others have their turn now and then. */
export class Turns {
  readonly #channel = new MessageChannel();
  #sinceMs = performance.now();

  /**
   * Waits a turn when the last one was long ago. Data that is there already comes without
   * one, so a fast sender would otherwise leave the page no time.
   */
  async giveWay(): Promise<void> {
    if (performance.now() - this.#sinceMs < TURN_MS) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Other than a timer, a message is not put off by 4 ms, nor by a second in the background.
    this.#channel.port1.onmessage = () => resolve();
    this.#channel.port2.postMessage(undefined);
    await promise;
    this.#sinceMs = performance.now();
  }
}

/** Calls `work` every `everyMs`, one at a time, at once to begin with, until `signal` is aborted. */
export async function repeat(
  everyMs: number,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const startedMs = performance.now();
    await work();
    await pause(Math.max(0, everyMs - (performance.now() - startedMs)), signal);
  }
}
