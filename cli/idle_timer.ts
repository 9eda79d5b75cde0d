/**
 * A limit on how long nothing may happen.
 *
 * @module
 */

/** The longest wait in milliseconds that a timer of the runtime can be set to. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls back once when {@linkcode IdleTimer.restart} was not called for a time. */
export class IdleTimer implements Disposable {
  readonly #limitMs: number;
  readonly #onIdle: () => void;
  #startedMs = performance.now();
  #timer?: ReturnType<typeof setTimeout>;

  /** Calls `onIdle` when nothing happens for `limitMs` milliseconds from now on. */
  constructor(limitMs: number, onIdle: () => void) {
    this.#limitMs = limitMs;
    this.#onIdle = onIdle;
    this.#wait();
  }

  /** Starts the time anew. Cheap enough for a hot path: the running timer finds out. */
  restart(): void {
    this.#startedMs = performance.now();
  }

  /** Never calls back again. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const leftMs = this.#startedMs + this.#limitMs - performance.now();
    const waitMs = Math.min(Math.max(0, Math.ceil(leftMs)), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#check(), waitMs);
  }

  #check(): void {
    if (performance.now() - this.#startedMs >= this.#limitMs) this.#onIdle();
    else this.#wait();
  }
}
