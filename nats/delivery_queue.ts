/**
 * What a consumer delivered and nobody took yet.
 *
 * @module
 */

import type { JsMsg } from "@nats-io/jetstream";

/** Messages in the order in which they came. */
export class DeliveryQueue {
  readonly #messages: JsMsg[] = [];
  #isLost = false;
  /** Wakes up whoever waits for a message. */
  #onNews = () => {};
  /** Wakes up whoever waits for room. */
  #onTaken = () => {};

  /** Lets a message in. */
  add(message: JsMsg): void {
    this.#messages.push(message);
    this.#onNews();
  }

  /** Nothing will come any more. */
  lose(): void {
    this.#isLost = true;
    this.#onNews();
    this.#onTaken();
  }

  /** Whether nothing will come behind what can be taken. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Messages that can be taken. */
  get length(): number {
    return this.#messages.length;
  }

  /** Takes `most` messages at most; none when none are there. */
  take(most: number): JsMsg[] {
    // What was taken must not stay here until the queue is empty: it may never be.
    const messages = this.#messages.splice(0, most);
    this.#onTaken();
    return messages;
  }

  /** Waits until a message is there, or none will come, or `waitMs` are over. */
  async wait(waitMs: number | undefined): Promise<void> {
    if (this.length > 0 || this.#isLost) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs);
    this.#onNews = resolve;
    await promise;
    clearTimeout(timer);
  }

  /** Waits until no more than `length` messages are left, or none will come. */
  async untilShort(length: number): Promise<void> {
    while (this.length > length && !this.#isLost) {
      await new Promise<void>((resolve) => this.#onTaken = resolve);
    }
  }
}
