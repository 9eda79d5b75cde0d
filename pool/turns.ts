/**
 * One call after another: for iterators whose `next` may be called again before the
 * last call was answered.
 *
 * @module
 */

/** Runs asynchronous work one piece at a time, in the order it came. */
export class Turns {
  #last: Promise<void> | undefined;

  /** True while no work is waiting or running. */
  get idle(): boolean {
    return this.#last === undefined;
  }

  /** Runs `work` when everything before it is done, and gives what it gives. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last === undefined ? work() : this.#last.then(work);
    const settled: Promise<void> = result.then(
      () => this.#finish(settled),
      () => this.#finish(settled),
    );
    this.#last = settled;
    return result;
  }

  #finish(turn: Promise<void>): void {
    if (this.#last === turn) this.#last = undefined;
  }
}
