/**
 * A served pool, with the methods that every pool has.
 *
 * @module
 */

import { MessageTail, outgoingOf } from "../pool/internal_mod.ts";
import type {
  AppendOptions,
  BatchIterator,
  Message,
  MessageInput,
  MessagePool,
  PoolInfo,
  TailOptions,
} from "../pool/mod.ts";
import type { ConnectOptions } from "./options.ts";
import type { ServedPool } from "./served_pool.ts";
import { RemoteTail } from "./tail.ts";

/** What a pool is made of. */
export interface RemotePoolParts {
  /** Where it is. */
  served: ServedPool;
  /** Told before each attempt of a tail to get back to the server. */
  onReconnect?: ConnectOptions["onReconnect"];
  /** Told when the pool is closed. */
  onClose: (pool: RemotePool) => void;
}

/**
 * A pool on someone else's `pls serve`.
 *
 * Tails outlive the connection: when it breaks, they wait, connect again and go on with
 * the next message, so that nothing is lost, repeated or out of order. An append is sent
 * once. When its answer is lost, nobody here knows whether it happened: that is an `Io`
 * error which says so.
 */
export class RemotePool implements MessagePool {
  readonly #served: ServedPool;
  readonly #parts: RemotePoolParts;
  readonly #tails = new Set<RemoteTail>();

  /**
   * A pool; `RemoteClient.openPool` makes them.
   *
   * @internal
   */
  constructor(parts: RemotePoolParts) {
    this.#served = parts.served;
    this.#parts = parts;
  }

  /** The reference the pool was opened by. */
  get name(): string {
    return this.#served.name;
  }

  /**
   * Appends one message and returns it as committed.
   *
   * @throws {UsageError} when data can't be written as JSON, or the pool has no room for it.
   * @throws {NotFoundError} when the pool is gone.
   * @throws {IoError} when the server can't be reached, or its answer got lost.
   */
  async append(
    data: unknown,
    tags?: readonly string[],
    options: AppendOptions = {},
  ): Promise<Message> {
    const outgoing = outgoingOf({ data, tags });
    await this.#tailsStarted();
    return await this.#served.append(outgoing, options);
  }

  /**
   * Appends many messages in one request: all of them or none.
   *
   * @throws as {@linkcode append}; {@linkcode UsageError} also when they are together more
   * than the server takes in one request (`--max-body-bytes`).
   */
  async appendMany(
    inputs: readonly MessageInput[],
    options: AppendOptions = {},
  ): Promise<Message[]> {
    const outgoing = inputs.map(outgoingOf);
    if (outgoing.length === 0) return [];
    await this.#tailsStarted();
    if (outgoing.length === 1) return [await this.#served.append(outgoing[0], options)];
    return await this.#served.appendMany(outgoing, options);
  }

  /**
   * Returns the message with this sequence number.
   *
   * @throws {NotFoundError} when it is not retained, or not there yet.
   */
  get(seq: number): Promise<Message> {
    return this.#served.get(seq);
  }

  /** Delivers messages one by one as they come. */
  tail(options: TailOptions = {}): AsyncIterableIterator<Message> {
    const batches = this.#follow(options);
    return new MessageTail(batches, () => batches.isOver);
  }

  /** Delivers what {@linkcode tail} delivers in batches, as they come over the network. */
  tailBatches(options: TailOptions = {}): BatchIterator {
    return this.#follow(options);
  }

  /** Sizes, bounds and use of the pool. */
  info(): Promise<PoolInfo> {
    return this.#served.info();
  }

  /** Ends the pool's tails. */
  close(): void {
    for (const tail of this.#tails) tail.end();
    this.#parts.onClose(this);
  }

  /** Closes the pool when an `await using` block ends. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #follow(options: TailOptions): RemoteTail {
    const tail = new RemoteTail(this.#served, options, {
      onEnd: (ended) => this.#tails.delete(ended),
      onReconnect: this.#parts.onReconnect,
    });
    if (!tail.isOver) this.#tails.add(tail);
    return tail;
  }

  /** What is appended here after a tail was asked for is seen by it, as with a local pool. */
  async #tailsStarted(): Promise<void> {
    if (this.#tails.size > 0) await Promise.all([...this.#tails].map((tail) => tail.started));
  }
}
