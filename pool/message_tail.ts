/**
 * A tail of single messages over a tail of batches, whichever engine delivers those.
 *
 * @module
 */

import type { MessageBatch } from "./interface.ts";
import type { Message } from "./message.ts";
import { Turns } from "./turns.ts";

/** Delivers the messages of a tail of batches one by one. */
export class MessageTail implements AsyncIterableIterator<Message> {
  readonly #batches: AsyncIterableIterator<MessageBatch>;
  readonly #isOver: () => boolean;
  readonly #turns = new Turns();
  #messages: Message[] = [];
  #at = 0;

  /**
   * Delivers what `batches` deliver, and ends them when it is ended. Once `isOver` is
   * true, what is left of a batch is not delivered any more.
   */
  constructor(batches: AsyncIterableIterator<MessageBatch>, isOver: () => boolean) {
    this.#batches = batches;
    this.#isOver = isOver;
  }

  /** The tail itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next message; `done` at the end. Calls made at the same time are answered in order. */
  next(): Promise<IteratorResult<Message>> {
    if (this.#turns.idle && this.#at < this.#messages.length && !this.#isOver()) {
      return Promise.resolve({ done: false, value: this.#messages[this.#at++] });
    }
    return this.#turns.take(() => this.#next());
  }

  /** Ends the tail at once, also while a call of `next` waits. */
  async return(): Promise<IteratorResult<Message>> {
    this.#messages = [];
    this.#at = 0;
    await this.#batches.return?.();
    return { done: true, value: undefined };
  }

  /** Ends the tail when an `await using` block does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #next(): Promise<IteratorResult<Message>> {
    if (this.#at >= this.#messages.length || this.#isOver()) {
      const batch = await this.#batches.next();
      if (batch.done) return { done: true, value: undefined };
      this.#messages = batch.value.messages();
      this.#at = 0;
    }
    return { done: false, value: this.#messages[this.#at++] };
  }
}
