/**
 * What all tails are as iterators, whatever pool they follow.
 *
 * @module
 */

import { Turns } from "./turns.ts";

/** A tail whose steps come one after another, however often it is asked for the next one. */
export abstract class TurnedTail<T> implements AsyncIterableIterator<T> {
  readonly #turns = new Turns();

  /** Gives the next value; called again when the one before was given. */
  protected abstract advance(): Promise<IteratorResult<T>>;

  /** Ends the tail at once, also while a call of `next` waits. */
  abstract end(): void;

  /** The tail itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next value; `done` at the end. Calls made at the same time are answered in order. */
  next(): Promise<IteratorResult<T>> {
    return this.#turns.take(() => this.advance());
  }

  /** Ends the tail at once, also while a call of `next` waits. */
  return(): Promise<IteratorResult<T>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the tail when an `await using` block does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
