/**
 * What an ordered consumer delivers, until it is lost.
 *
 * @module
 */

import type { ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import type { PoolStream } from "./stream.ts";

/** Bytes asked for ahead, in multiples of the largest message, and at least. */
const AHEAD_MESSAGES = 8;
const AHEAD_BYTES_MIN = 8 * 1024 * 1024;

/** How long a request for messages stands; twice in this time the server says that it is there. */
const REQUEST_MS = 4000;

/** How long a server keeps a consumer that nobody asks, in nanoseconds. */
const INACTIVE_NANOS = 60_000_000_000;

/** The messages of a stream from a number on. */
export class Deliveries {
  readonly #messages: ConsumerMessages;
  readonly #iterator: AsyncIterator<JsMsg>;
  #next: Promise<IteratorResult<JsMsg>> | undefined;
  /** Why it was lost, if the client library says so. */
  failure: unknown;

  private constructor(messages: ConsumerMessages) {
    this.#messages = messages;
    this.#iterator = messages[Symbol.asyncIterator]();
  }

  /** Starts a consumer of `stream` at message `seq`. */
  static async start({ link, names, name }: PoolStream, seq: number): Promise<Deliveries> {
    return await link.ask({ pool: name }, async ({ maxPayloadBytes, jetstream }) => {
      const consumer = await jetstream.consumers.get(names.stream, {
        opt_start_seq: seq,
        inactive_threshold: INACTIVE_NANOS,
      });
      const bytes = AHEAD_MESSAGES * maxPayloadBytes;
      const messages = await consumer.consume({
        max_bytes: Math.max(AHEAD_BYTES_MIN, bytes),
        expires: REQUEST_MS,
        // Whether the pool was replaced is for the tail to find out.
        abort_on_missing_resource: true,
      });
      return new Deliveries(messages);
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
    while (taken.length < most && this.#hasMore) {
      const next = await this.#within(undefined);
      if (next!.done) break;
      taken.push(next!.value);
    }
    return taken;
  }

  /** Gives the consumer up; whoever waits for a message is told that it is lost. */
  close(): void {
    this.#messages.stop();
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
