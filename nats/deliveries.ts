/**
 * What an ordered consumer delivers, until it is lost.
 *
 * @module
 */

import type { Consumer, ConsumerMessages, JsMsg, StreamInfo } from "@nats-io/jetstream";
import type { PoolStream } from "./stream.ts";

/**
 * Messages asked for ahead at most, and the bytes that they may be expected to have. (To ask for
 * bytes would be exact, but the client library, 3.4.0, then asks for too few behind small messages,
 * and stands still before a large one.)
 */
const AHEAD_LENGTH_MAX = 128;
const AHEAD_BYTES = 8 * 1024 * 1024;

/** The bytes that they have at most, were all as large as the server lets them be. */
const AHEAD_BYTES_MAX = 128 * 1024 * 1024;

/** How long a request for messages stands; twice in this time the server says that it is there. */
const REQUEST_MS = 4000;

/** How long a server keeps a consumer that nobody asks, in milliseconds. */
const INACTIVE_MS = 60_000;

/** The messages of a stream from a number on. */
export class Deliveries {
  readonly #consumer: Consumer;
  readonly #messages: ConsumerMessages;
  readonly #iterator: AsyncIterator<JsMsg>;
  readonly #unlisten: () => void;
  #next: Promise<IteratorResult<JsMsg>> | undefined;
  /** It is lost because the connection is. */
  isCut = false;
  /** Why it was lost, if the client library says so. */
  failure: unknown;

  private constructor(
    { link, names }: PoolStream,
    { consumer, messages }: { consumer: Consumer; messages: ConsumerMessages },
  ) {
    this.#consumer = consumer;
    this.#messages = messages;
    this.#iterator = messages[Symbol.asyncIterator]();
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
      const ahead = aheadLength(state, link.maxPayloadBytes);
      const messages = await consumer.consume({
        max_messages: ahead,
        // More are asked for when half has come: each request costs both sides time.
        threshold_messages: Math.ceil(ahead / 2),
        expires: REQUEST_MS,
        // Whether the pool was replaced is for the tail to find out.
        abort_on_missing_resource: true,
      });
      return new Deliveries(stream, { consumer, messages });
    });
  }

  /**
   * The messages that are there, at least one and `most` of them at most; waits for the first.
   *
   * @param waitMs How long to wait for it, if not for as long as it takes.
   * @returns `"lost"` once nothing will come any more, `"nothing"` when the time is up.
   */
  async take(most: number, waitMs?: number): Promise<JsMsg[] | "lost" | "nothing"> {
    const first = await this.#first(waitMs);
    if (first === undefined) return "nothing";
    if (first.done) return "lost";
    const taken = [first.value];
    try {
      while (taken.length < most && this.#hasMore) {
        const { done, value } = await this.#iterator.next();
        if (done) break;
        taken.push(value);
      }
    } catch (error) {
      // Whoever asks next is told by the iterator that it has ended.
      this.failure = error;
    }
    return taken;
  }

  /** Gives the consumer up; whoever waits for a message is told that it is lost. */
  close(): void {
    this.#unlisten();
    this.#messages.stop();
    // Where that does not arrive, the server gives it up after a while.
    this.#consumer.delete().catch(() => {});
  }

  /** Whether a message is in memory; others that the library puts in its queue don't count. */
  get #hasMore(): boolean {
    return this.#messages.getReceived() > this.#messages.getProcessed();
  }

  async #first(waitMs: number | undefined): Promise<IteratorResult<JsMsg> | undefined> {
    if (waitMs === undefined) return await this.#within(undefined);
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), waitMs);
    const first = await this.#within(late);
    clearTimeout(timer);
    return first;
  }

  /** The next message, or undefined when `end` is there first. */
  async #within(end: Promise<undefined> | undefined): Promise<IteratorResult<JsMsg> | undefined> {
    this.#next ??= this.#ask();
    const next = await (end === undefined ? this.#next : Promise.race([this.#next, end]));
    // The end of all messages is there for whoever asks next, too.
    if (next !== undefined && !next.done) this.#next = undefined;
    return next;
  }

  async #ask(): Promise<IteratorResult<JsMsg>> {
    try {
      return await this.#iterator.next();
    } catch (error) {
      this.failure = error;
      return { done: true, value: undefined };
    }
  }
}

/** How many messages to have in memory before they are asked for. */
function aheadLength({ bytes, messages }: StreamInfo["state"], maxBytes: number): number {
  const average = messages === 0 ? 1 : bytes / messages;
  const wanted = Math.min(AHEAD_BYTES / average, AHEAD_BYTES_MAX / maxBytes, AHEAD_LENGTH_MAX);
  return Math.max(1, Math.floor(wanted));
}
