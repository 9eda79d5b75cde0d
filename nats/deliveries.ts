/**
 * What an ordered consumer delivers, until it is lost.
 *
 * @module
 */

import type { Consumer, ConsumerMessages, JsMsg, StreamInfo } from "@nats-io/jetstream";
import { DeliveryQueue, type QueueEnd } from "./delivery_queue.ts";
import type { PoolStream } from "./stream.ts";

/**
 * Messages asked for ahead at most, and the bytes that they may be expected to have. (To ask for
 * bytes would be exact, but the client library, 3.4.0, then asks for too few behind small messages,
 * and stands still before a large one.)
 */
const AHEAD_LENGTH_MAX = 512;
const AHEAD_BYTES = 4 * 1024 * 1024;

/** How long a request for messages stands; twice in this time the server says that it is there. */
const REQUEST_MS = 4000;

/** How long a server keeps a consumer that nobody asks, in milliseconds. */
const INACTIVE_MS = 60_000;

/** The messages of a stream from a number on. */
export class Deliveries {
  readonly #consumer: Consumer;
  readonly #messages: ConsumerMessages;
  readonly #queue: DeliveryQueue;
  readonly #unlisten: () => void;
  /** It is lost because the connection is. */
  isCut = false;
  /** Why it was lost, if the client library says so. */
  failure: unknown;

  private constructor(
    { link, names }: PoolStream,
    consumer: Consumer,
    { messages, queue }: { messages: ConsumerMessages; queue: DeliveryQueue },
  ) {
    this.#consumer = consumer;
    this.#messages = messages;
    this.#queue = queue;
    // The client library passes over the refusal of what it asks for in the background.
    const requests = `$JS.API.CONSUMER.MSG.NEXT.${names.stream}.`;
    this.#unlisten = link.listen({
      onDown: () => {
        this.isCut = true;
        messages.stop();
      },
      onForbidden: (error) => {
        if (!error.subject.startsWith(requests)) return;
        this.failure = error;
        messages.stop();
      },
    });
    this.#watch();
  }

  /** Gives up when the server is silent: the library would go on asking about this consumer. */
  async #watch(): Promise<void> {
    for await (const { type } of this.#messages.status()) {
      if (type === "heartbeats_missed") this.#messages.stop();
    }
    this.failure ??= await this.#messages.closed();
    this.#queue.lose();
  }

  /** Starts a consumer at message `seq` of `stream`, whose state is `state`. */
  static async start(
    stream: PoolStream,
    { state }: StreamInfo,
    seq: number,
  ): Promise<Deliveries> {
    const { link, names, name } = stream;
    return await link.ask({ pool: name }, async ({ jetstream }) => {
      const consumer = await jetstream.consumers.get(names.stream, {
        opt_start_seq: seq,
        inactive_threshold: INACTIVE_MS,
      });
      const ahead = aheadLength(state);
      const queue: DeliveryQueue = new DeliveryQueue(() => messages.stop());
      const messages = await consumer.consume({
        max_messages: ahead,
        // More are asked for when half has come: each request costs both sides time.
        threshold_messages: Math.ceil(ahead / 2),
        expires: REQUEST_MS,
        // Whether the pool was replaced is for the tail to find out.
        abort_on_missing_resource: true,
        callback: (message) => queue.add(message),
      });
      return new Deliveries(stream, consumer, { messages, queue });
    });
  }

  /**
   * The messages that are there, at least one and `most` of them at most; waits for the first.
   *
   * @param waitMs How long to wait for it, if not for as long as it takes.
   * @returns Why nothing will come any more, or `"nothing"` when the time is up.
   */
  async take(most: number, waitMs?: number): Promise<JsMsg[] | QueueEnd | "nothing"> {
    await this.#queue.wait(waitMs);
    const messages = this.#queue.take(most);
    return messages.length > 0 ? messages : this.#queue.end ?? "nothing";
  }

  /** Gives the consumer up; whoever waits for a message is told that it is lost. */
  close(): void {
    this.#unlisten();
    this.#messages.stop();
    // Where that does not arrive, the server gives it up after a while.
    this.#consumer.delete().catch(() => {});
  }
}

/** How many messages to ask for ahead. */
function aheadLength({ bytes, messages }: StreamInfo["state"]): number {
  const average = messages === 0 ? 1 : bytes / messages;
  return Math.max(1, Math.min(AHEAD_LENGTH_MAX, Math.floor(AHEAD_BYTES / average)));
}
