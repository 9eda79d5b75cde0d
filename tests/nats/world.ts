/**
 * A pool of its own for one test, on a server that tests share, and what another program does to
 * it by means of the bare client library.
 *
 * @module
 */

import { jetstream, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import {
  connect as connectBarely,
  headers,
  type NatsConnection,
  type Payload,
} from "@nats-io/transport-node";
import { JsonText, type Message, type Pool, type TailOptions } from "@plasmite/pool";
import {
  connect,
  type ConnectOptions,
  type NatsClient,
  type NatsPool,
  type NatsPoolOptions,
} from "@plasmite/pool/nats";
import { streamNames } from "../../nats/names.ts";
import type { ScratchClient } from "../pool/scratch.ts";
import type { NatsServer } from "./nats_server.ts";

let count = 0;

/** A name that no other test uses. */
export function newName(): string {
  return `pool ${++count}`;
}

/** `work`, which may fail before anybody waits for it: that would end the program. */
export function mayFailEarly<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

/** How a pool is made, and connected to. */
export interface WorldOptions {
  /** How the pool is created. */
  pool?: NatsPoolOptions;
  /** How the client connects. */
  connect?: ConnectOptions;
}

/** An empty pool, a client of it, and another program. */
export class World implements AsyncDisposable {
  /** The client that has the pool open. */
  readonly client: NatsClient;
  /** The pool. */
  readonly pool: NatsPool;
  /** The bare client library, connected to the same server. */
  readonly bare: Bare;

  private constructor(client: NatsClient, pool: NatsPool, bare: Bare) {
    this.client = client;
    this.pool = pool;
    this.bare = bare;
  }

  /** Creates a pool on `server`. */
  static async create(server: NatsServer, options: WorldOptions = {}): Promise<World> {
    const client = connect(server.url, options.connect);
    const name = newName();
    await client.createPool(name, options.pool);
    const pool = await client.openPool(name);
    return new World(client, pool, await Bare.connect(server, name));
  }

  /** What a tail delivers until it ends. */
  collect(options: TailOptions): Promise<Message[]> {
    return Array.fromAsync(this.pool.tail(options));
  }

  /** Appends `{ i, fill }` for 1 to `count`, every third with tags `third` and `nI`. */
  async fill(count: number, fillLength = 50): Promise<Message[]> {
    return await this.pool.appendMany(Array.from({ length: count }, (_, k) => {
      const i = k + 1;
      return {
        data: { i, fill: "f".repeat(fillLength) },
        tags: i % 3 === 0 ? ["third", `n${i}`] : [],
      };
    }));
  }

  /** Gives up the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.bare[Symbol.asyncDispose]();
  }
}

/** A pool in a file with the same messages, of the same times; they have to be numbered from 1. */
export function copyInFile(client: ScratchClient, messages: readonly Message[]): Pool {
  client.createPool("copy", { sizeBytes: 2 ** 25 });
  const file = client.openPool("copy");
  const copies = file.appendMany(messages.map(({ seq, json, tags, time }) => {
    return { json: JsonText.parse(json), tags, origin: { time, id: String(seq) } };
  }));
  for (const [i, { envelope }] of copies.entries()) {
    if (envelope !== messages[i].envelope) throw new Error(`${envelope} is another message`);
  }
  return file;
}

/** Another program that knows the stream of a pool, and not what it is for. */
export class Bare implements AsyncDisposable {
  /** Its connection. */
  readonly connection: NatsConnection;
  /** What it manages streams with. */
  readonly manager: JetStreamManager;
  /** The stream. */
  readonly stream: string;
  /** Its subject. */
  readonly subject: string;

  private constructor(connection: NatsConnection, manager: JetStreamManager, pool: string) {
    this.connection = connection;
    this.manager = manager;
    const { stream, subject } = streamNames(pool);
    this.stream = stream;
    this.subject = subject;
  }

  /** Connects to `server`, for the stream of `pool`. */
  static async connect(server: NatsServer, pool: string): Promise<Bare> {
    const connection = await connectBarely({ servers: server.address });
    return new Bare(connection, await jetstreamManager(connection, { checkAPI: false }), pool);
  }

  /** Publishes to the pool's subject, with headers if there are any; returns the number. */
  async publish(payload: Payload, fields: Record<string, string> = {}): Promise<number> {
    const made = headers();
    for (const [name, value] of Object.entries(fields)) made.set(name, value);
    const options = Object.keys(fields).length === 0 ? {} : { headers: made };
    return (await jetstream(this.connection).publish(this.subject, payload, options)).seq;
  }

  /** How many consumers the stream has. */
  async consumerCount(): Promise<number> {
    return (await this.manager.streams.info(this.stream)).state.consumer_count;
  }

  /** Disconnects. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}
