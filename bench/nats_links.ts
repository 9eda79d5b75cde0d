/**
 * Two ways to carry messages over one NATS server: through our pools, and through the client
 * library alone, used as its documentation shows.
 *
 * The bare client appends to, and reads, a stream of its own that is configured as a pool's is. It
 * gives its messages no ids and no times, so that one whose acknowledgement is lost is lost or
 * stored twice, and one may overtake another: it is the least that could be done.
 *
 * @module
 */

import {
  jetstream,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import { connect as connectBarely, type NatsConnection } from "@nats-io/transport-node";
import { connect, type NatsClient, type NatsPool } from "@plasmite/pool/nats";
import { type Peer, type Received, ReceivedText } from "./peers/peer.ts";

/** Who carries them: ours, or the bare client. */
export const WAYS = ["pls", "bare"] as const;

/** One of {@linkcode WAYS}. */
export type Way = typeof WAYS[number];

/** A connection to one way. */
export interface NatsLink extends Peer {
  /** Reads the message of this number. */
  get(seq: number): Promise<unknown>;
  /** Waits for messages that come from now on. */
  follow(): AsyncIterable<Received>;
  /** The numbers of the oldest and the newest message. */
  bounds(): Promise<{ oldest: number; newest: number }>;
}

/** Connects to the pool `pool` of the server at `url`, which exists. */
export async function natsLink(way: string, url: string, pool: string): Promise<NatsLink> {
  if (way === "pls") {
    const client = connect(url);
    return new PoolLink(client, await client.openPool(pool));
  }
  const connection = await bareConnection(url);
  return new BareLink(connection, await jetstreamManager(connection), pool);
}

/** A connection of the bare client to the server at `url`. */
export function bareConnection(url: string): Promise<NatsConnection> {
  return connectBarely({ servers: url.replace("nats://", "").split(","), reconnect: false });
}

/** The stream of a pool whose name is letters. */
export function streamOf(pool: string): string {
  return `pls_${pool}`;
}

/** The subject that messages for such a pool are published to. */
export function subjectOf(pool: string): string {
  return `pls.${pool}`;
}

class PoolLink implements NatsLink {
  readonly #client: NatsClient;
  readonly #pool: NatsPool;

  constructor(client: NatsClient, pool: NatsPool) {
    this.#client = client;
    this.#pool = pool;
  }

  append(message: unknown): Promise<unknown> {
    return this.#pool.append(message);
  }

  appendMany(messages: readonly unknown[]): Promise<unknown> {
    return this.#pool.appendMany(messages.map((data) => ({ data })));
  }

  async get(seq: number): Promise<unknown> {
    const { data } = await this.#pool.get(seq);
    return data;
  }

  async bounds(): Promise<{ oldest: number; newest: number }> {
    const { bounds, nextSeq } = await this.#pool.info();
    return bounds ?? { oldest: nextSeq, newest: nextSeq - 1 };
  }

  async readAll(): Promise<number> {
    const { oldest: sinceSeq, newest: untilSeq } = await this.bounds();
    let count = 0;
    for await (const { data } of this.#pool.tail({ sinceSeq, untilSeq })) {
      if (data !== null) count++;
    }
    return count;
  }

  follow(): AsyncIterable<Received> {
    return this.#pool.tail({ last: 0 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }
}

class BareLink implements NatsLink {
  readonly #connection: NatsConnection;
  readonly #jetstream: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #stream: string;
  readonly #subject: string;

  constructor(connection: NatsConnection, manager: JetStreamManager, pool: string) {
    this.#connection = connection;
    this.#jetstream = jetstream(connection);
    this.#manager = manager;
    this.#stream = streamOf(pool);
    this.#subject = subjectOf(pool);
  }

  append(message: unknown): Promise<unknown> {
    return this.#jetstream.publish(this.#subject, JSON.stringify(message));
  }

  appendMany(messages: readonly unknown[]): Promise<unknown> {
    return Promise.all(messages.map((message) => this.append(message)));
  }

  async get(seq: number): Promise<unknown> {
    const message = await this.#manager.streams.getMessage(this.#stream, { seq });
    return message?.json();
  }

  async bounds(): Promise<{ oldest: number; newest: number }> {
    const { state } = await this.#manager.streams.info(this.#stream);
    return { oldest: state.first_seq, newest: state.last_seq };
  }

  async readAll(): Promise<number> {
    const { newest } = await this.bounds();
    const consumer = await this.#jetstream.consumers.get(this.#stream);
    let count = 0;
    for await (const message of await consumer.consume()) {
      if (message.json() !== null) count++;
      if (message.seq >= newest) break;
    }
    return count;
  }

  async *follow(): AsyncGenerator<Received> {
    const consumer = await this.#jetstream.consumers.get(this.#stream, { deliver_policy: "new" });
    for await (const message of await consumer.consume()) yield new ReceivedText(message.string());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}
