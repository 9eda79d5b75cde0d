/**
 * A pool on NATS, with the methods that every pool has.
 *
 * @module
 */

import { nuid } from "@nats-io/transport-node";
import {
  laterThan,
  MessageTail,
  now,
  originTime,
  type Outgoing,
  outgoingOf,
  type Timestamp,
  Turns,
} from "../pool/internal_mod.ts";
import {
  type AppendOptions,
  type BatchIterator,
  Message,
  type MessageInput,
  type MessagePool,
  type Origin,
  type PoolInfo,
  type TailOptions,
  UsageError,
} from "../pool/mod.ts";
import type { ConnectOptions } from "./options.ts";
import { Publisher } from "./publisher.ts";
import { type Publication, publicationOf } from "./record.ts";
import type { PoolStream } from "./stream.ts";
import { NatsTail } from "./tail.ts";

/** Copies there must be for a message to survive a power cut of the server that took it. */
const FLUSH_REPLICAS_MIN = 3;

/** What was given to be appended. */
interface Copy {
  readonly outgoing: Outgoing;
  readonly origin?: Origin;
}

/** What a pool is made of. */
export interface NatsPoolParts {
  /** Where it is. */
  stream: PoolStream;
  /** The most bytes that the stream lets a message have, headers included. */
  maxMessageBytes: number;
  /** How many servers keep a copy. */
  replicas: number;
  /** Told when a tail has lost its connection. */
  onReconnect?: ConnectOptions["onReconnect"];
  /** Told when the pool is closed. */
  onClose: (pool: NatsPool) => void;
}

/**
 * A pool on NATS: a JetStream stream.
 *
 * Appends wait for the server's acknowledgement, many of them at once; one whose acknowledgement
 * was lost is sent again in such a way that it is stored once. Tails outlive the connection and
 * the server that they read from: nothing is lost, repeated or out of order.
 */
export class NatsPool implements MessagePool {
  readonly #stream: PoolStream;
  readonly #parts: NatsPoolParts;
  readonly #publisher: Publisher;
  readonly #tails = new Set<NatsTail>();
  /** Appends are sent in the order of the calls, whatever each has to wait for. */
  readonly #turns = new Turns();
  /** Tells what it appends from what others do at the same time. */
  readonly #sender = nuid.next();
  #count = 0;
  #isClosed = false;
  #lastTime: Timestamp = { seconds: 0, nanos: 0 };

  /**
   * A pool; `NatsClient.openPool` makes them.
   *
   * @internal
   */
  constructor(parts: NatsPoolParts) {
    this.#stream = parts.stream;
    this.#parts = parts;
    const { link, names, name } = parts.stream;
    this.#publisher = new Publisher(link, names, name);
  }

  /** The reference the pool was opened by. */
  get name(): string {
    return this.#stream.name;
  }

  /** The most bytes that a message may have, headers included. */
  get maxMessageBytes(): number {
    return Math.min(this.#stream.link.maxPayloadBytes, this.#parts.maxMessageBytes);
  }

  /**
   * Appends one message and returns it as committed.
   *
   * @throws {UsageError} when data can't be written as JSON, or is larger than the server or the
   * pool takes.
   * @throws {NotFoundError} when the pool is gone.
   * @throws {BusyError} when it had no leader for 15 seconds; nothing was appended.
   * @throws {IoError} when the server did not answer for 15 seconds.
   * @throws {PermissionError} when the user may not publish to it.
   */
  async append(
    data: unknown,
    tags?: readonly string[],
    options?: AppendOptions,
  ): Promise<Message> {
    const [message] = await this.appendMany([{ data, tags }], options);
    return message;
  }

  /**
   * Appends many messages, in order. Should it fail, some can be appended all the same, those behind
   * the one that failed included, as many are under way at once; the error says how many.
   *
   * @throws as {@linkcode append}.
   */
  async appendMany(
    inputs: readonly MessageInput[],
    { durability }: AppendOptions = {},
  ): Promise<Message[]> {
    this.#checkOpen();
    if (durability === "flush") this.#checkFlush();
    // What the caller does with them afterwards changes nothing.
    const copies = inputs.map((input) => ({ outgoing: outgoingOf(input), origin: input.origin }));
    if (copies.length === 0) return [];
    const { publications, stored } = await this.#turns.take(() => this.#publish(copies));
    const seqs = await stored;
    return publications.map(({ outgoing: { json, tags }, time }, index) => {
      return new Message(seqs[index], time.seconds, time.nanos, tags, json.text);
    });
  }

  /** Has messages sent when it is their turn, and does not wait until they are stored. */
  async #publish(
    copies: readonly Copy[],
  ): Promise<{ publications: Publication[]; stored: Promise<number[]> }> {
    // What is appended here after a tail was asked for is seen by it, as with a local pool.
    if (this.#tails.size > 0) await Promise.all([...this.#tails].map((tail) => tail.started));
    const publications = copies.map((copy) => this.#publication(copy));
    return { publications, stored: this.#publisher.publish(publications) };
  }

  /**
   * Returns the message with this sequence number.
   *
   * @throws {NotFoundError} when it is not retained, or not there yet.
   */
  async get(seq: number): Promise<Message> {
    this.#checkOpen();
    return await this.#stream.get(seq);
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
  async info(): Promise<PoolInfo> {
    this.#checkOpen();
    return await this.#stream.info();
  }

  /** Ends the pool's tails. What was given to be appended is seen to. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const tail of this.#tails) tail.end();
    this.#publisher.close();
    this.#parts.onClose(this);
  }

  /** Closes the pool when an `await using` block ends. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #publication({ outgoing, origin }: Copy): Publication {
    const time = origin === undefined ? laterThan(now(), this.#lastTime) : originTime(origin);
    const sender = origin === undefined ? `${this.#sender}.${++this.#count}` : origin.id;
    const publication = publicationOf(outgoing, time, sender);
    const { maxMessageBytes } = this;
    if (publication.bytes > maxMessageBytes) {
      throw new UsageError(
        `the message is too large: ${publication.bytes} bytes with its headers, of ` +
          `${maxMessageBytes} at most`,
        {
          path: this.name,
          hint: "Send it in parts, make a larger pool, or raise max_payload in the " +
            "configuration of the server.",
        },
      );
    }
    if (origin === undefined) this.#lastTime = time;
    return publication;
  }

  /** A server writes to its files at once, and has them on storage when it sees fit. */
  #checkFlush(): void {
    if (this.#parts.replicas >= FLUSH_REPLICAS_MIN) return;
    throw new UsageError("durability flush needs a pool with 3 replicas or more", {
      path: this.name,
      hint: "One NATS server does not say when a message is on storage; several have it before " +
        "they acknowledge it. Create the pool with --replicas 3, or leave the durability out.",
    });
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new UsageError("the pool is closed", { path: this.name });
  }

  #follow(options: TailOptions): NatsTail {
    this.#checkOpen();
    const tail = new NatsTail(this.#stream, options, {
      onEnd: (ended) => this.#tails.delete(ended),
      onReconnect: this.#parts.onReconnect,
    });
    if (!tail.isOver) this.#tails.add(tail);
    return tail;
  }
}
