/**
 * What a consumer delivered and nobody took yet, in bounds.
 *
 * @module
 */

import type { JsMsg } from "@nats-io/jetstream";

/** Bytes that may wait; what is asked for ahead can come on top of them. */
const WAITING_BYTES = 4 * 1024 * 1024;

/** What an object for a message takes beside the message, about. */
const OBJECT_BYTES = 512;

/** Why nothing more comes: nothing more was let in, or the consumer is no more. */
export type QueueEnd = "full" | "lost";

/** Messages in the order in which they came. */
export class DeliveryQueue {
  readonly #onFull: () => void;
  #messages: JsMsg[] = [];
  #taken = 0;
  #bytes = 0;
  #end: QueueEnd | undefined;
  #wake = () => {};

  /** An empty queue; `onFull` is called when it takes no more, for good. */
  constructor(onFull: () => void) {
    this.#onFull = onFull;
  }

  /** Lets a message in, unless the queue has ended. */
  add(message: JsMsg): void {
    if (this.#end !== undefined) return;
    this.#messages.push(message);
    this.#bytes += message.data.length + OBJECT_BYTES;
    if (this.#bytes >= WAITING_BYTES) {
      this.#end = "full";
      this.#onFull();
    }
    this.#wake();
  }

  /** Lets nothing more in, as nothing comes. */
  lose(): void {
    this.#end ??= "lost";
    this.#wake();
  }

  /** Takes `most` messages at most; none when none are there. */
  take(most: number): JsMsg[] {
    const messages = this.#messages.slice(this.#taken, this.#taken + most);
    this.#taken += messages.length;
    if (this.#taken === this.#messages.length) {
      this.#messages = [];
      this.#taken = 0;
      this.#bytes = 0;
    }
    return messages;
  }

  /** Why there will be nothing more behind what can be taken, if that is so. */
  get end(): QueueEnd | undefined {
    return this.#end;
  }

  /** Waits until a message is there, or the queue has ended, or `waitMs` are over. */
  async wait(waitMs: number | undefined): Promise<void> {
    if (this.#messages.length > 0 || this.#end !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }
}
