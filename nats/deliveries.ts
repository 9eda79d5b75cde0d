/**
 * What an ordered consumer delivers, until it is lost.
 *
 * @module
 */

import type {
  ConsumeMessages,
  Consumer,
  ConsumerMessages,
  FetchMessages,
  JsMsg,
  StreamInfo,
} from "@nats-io/jetstream";
import { DeliveryQueue } from "./delivery_queue.ts";
import type { PoolStream } from "./stream.ts";

/**
 * Messages asked for at once at most, and the bytes that they may be expected to have. (To ask for
 * bytes would be exact, but the client library, 3.4.0, then asks for too few behind small messages,
 * and stands still before a large one. And what it asks for by itself, with `consume`, it either
 * hands over one by one, which takes as long as all else, or does not bound.)
 */
const REQUEST_LENGTH_MAX = 512;
const REQUEST_BYTES = 4 * 1024 * 1024;

/** How long a request for messages stands, and how often the server says that it is there. */
const REQUEST_MS = 30_000;
const HEARTBEAT_MS = 2000;

/** How long a server keeps a consumer that nobody asks, in milliseconds. */
const INACTIVE_MS = 60_000;

/** The messages of a stream from a number on. */
export class Deliveries {
  readonly #consumer: Consumer;
  readonly #queue = new DeliveryQueue();
  readonly #requestLength: number;
  readonly #unlisten: () => void;
  #messages: ConsumerMessages | undefined;
  #isOver = false;
  /** It is lost because the connection is. */
  isCut = false;
  /** Why it was lost, if the client library says so. */
  failure: unknown;

  private constructor({ link, names }: PoolStream, consumer: Consumer, requestLength: number) {
    this.#consumer = consumer;
    this.#requestLength = requestLength;
    // The client library passes over the refusal of what it asks for in the background.
    const requests = `$JS.API.CONSUMER.MSG.NEXT.${names.stream}.`;
    const onDown = () => {
      this.isCut = true;
      this.#stop();
    };
    this.#unlisten = link.listen({
      onDown,
      onForbidden: (error) => {
        if (!error.subject.startsWith(requests)) return;
        this.failure = error;
        this.#stop();
      },
    });
    // Nobody tells of what happened before: the library would wait for the server without a word.
    if (link.isUp) this.#request();
    else onDown();
  }

  /** Starts a consumer at message `seq` of `stream`, whose state is `state`. */
  static async start(
    stream: PoolStream,
    { state }: StreamInfo,
    seq: number,
  ): Promise<Deliveries> {
    const { link, names, name } = stream;
    const options = { opt_start_seq: seq, inactive_threshold: INACTIVE_MS };
    const consumer = await link.ask({ pool: name }, ({ jetstream }) => {
      return jetstream.consumers.get(names.stream, options);
    });
    return new Deliveries(stream, consumer, requestLength(state));
  }

  /**
   * The messages that are there, at least one and `most` of them at most; waits for the first.
   *
   * @param waitMs How long to wait for it, if not for as long as it takes.
   * @returns `"lost"` once nothing will come any more, `"nothing"` when the time is up.
   */
  async take(most: number, waitMs?: number): Promise<JsMsg[] | "lost" | "nothing"> {
    await this.#queue.wait(waitMs);
    const messages = this.#queue.take(most);
    if (messages.length > 0) return messages;
    return this.#queue.isLost ? "lost" : "nothing";
  }

  /** Gives the consumer up; whoever waits for a message is told that it is lost. */
  close(): void {
    this.#unlisten();
    this.#stop();
    // Where that does not arrive, the server gives it up after a while.
    this.#consumer.delete().catch(() => {});
  }

  #stop(): void {
    this.#isOver = true;
    this.#messages?.stop();
    this.#queue.lose();
  }

  /** Asks for messages, and for more whenever half of them are taken. */
  async #request(): Promise<void> {
    // The library takes the callback here as well, whatever its types say.
    const options: FetchMessages & Pick<ConsumeMessages, "callback"> = {
      max_messages: this.#requestLength,
      expires: REQUEST_MS,
      idle_heartbeat: HEARTBEAT_MS,
      callback: (message) => this.#queue.add(message),
    };
    try {
      while (!this.#isOver) {
        this.#messages = await this.#consumer.fetch(options);
        this.#watch(this.#messages).catch(() => this.#stop());
        const error = await this.#messages.closed();
        if (error !== undefined) throw error;
        await this.#queue.untilShort(this.#requestLength / 2);
      }
    } catch (error) {
      this.failure ??= error;
    }
    this.#queue.lose();
  }

  /** Gives up when the server is silent: the library would go on asking about this consumer. */
  async #watch(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (type === "heartbeats_missed") this.#stop();
    }
  }
}

/** How many messages to ask for at once. */
function requestLength({ bytes, messages }: StreamInfo["state"]): number {
  const average = messages === 0 ? 1 : bytes / messages;
  return Math.max(1, Math.min(REQUEST_LENGTH_MAX, Math.floor(REQUEST_BYTES / average)));
}
