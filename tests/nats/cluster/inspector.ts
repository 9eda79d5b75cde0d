/**
 * What the servers of a cluster say about a pool's stream, and what each of them holds: asked with
 * the NATS client itself, as nothing of ours is to be trusted here.
 *
 * @module
 */

import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  jetstream,
  type JetStreamManager,
  jetstreamManager,
  type StreamInfo,
} from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type Cluster, NODE_COUNT } from "./cluster.ts";
import { awaited } from "./patience.ts";

/** What a server logs and this test waits for may take this long without being wrong. */
const ANSWER_MS = 5000;

/** Messages asked for at once. */
const FETCHED_AT_ONCE = 5000;

/** How long a consumer that has nothing more to give is asked for more. */
const FETCH_MS = 3000;

/** How long a server keeps a consumer that nobody asks, in nanoseconds. */
const INACTIVE_NANOS = 60_000_000_000;

/** How often a consumer is made to get one on another server: where it goes is left to chance. */
const CONSUMER_ATTEMPTS = 100;

/** A message as a server has it. */
export interface RawMessage {
  readonly seq: number;
  /** Its `Nats-Msg-Id`. */
  readonly id: string;
  /** Its payload. */
  readonly text: string;
}

/**
 * The first version that is known to forget what a leader that is cut off could tell nobody. With
 * 2.9.10 it keeps it for good, under the number of another message.
 */
export const AGREEING_VERSION: readonly number[] = [2, 9, 25];

/** Looks at one stream of a cluster. */
export class Inspector implements AsyncDisposable {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  /** The stream. */
  readonly stream: string;

  private constructor(connection: NatsConnection, manager: JetStreamManager, stream: string) {
    this.#connection = connection;
    this.#manager = manager;
    this.stream = stream;
  }

  /** Connects to the cluster. */
  static async of(cluster: Cluster, stream: string): Promise<Inspector> {
    const connection = await connect({
      name: "inspector",
      servers: cluster.nodes.map(({ address }) => address),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      pingInterval: 1000,
      timeout: ANSWER_MS,
    });
    const manager = await jetstreamManager(connection, { timeout: ANSWER_MS, checkAPI: false });
    return new Inspector(connection, manager, stream);
  }

  /** Describes the stream as its leader sees it. */
  info(): Promise<StreamInfo> {
    return awaited(`what ${this.stream} is like`, () => this.#manager.streams.info(this.stream));
  }

  /** Whether the servers are of this version or a later one: `[2, 9, 25]`. */
  isAtLeast(version: readonly number[]): boolean {
    const own = this.#connection.info?.version.split(".").map(Number) ?? [];
    const different = version.findIndex((part, index) => part !== own[index]);
    return different < 0 || own[different] > version[different];
  }

  /** Waits until the stream has a leader, other than `former`, and returns its name. */
  async leader(former?: string): Promise<string> {
    return await awaited(`a leader of ${this.stream} other than ${former}`, async () => {
      const leader = (await this.info()).cluster?.leader;
      return leader === undefined || leader === "" || leader === former ? undefined : leader;
    });
  }

  /** Waits until the others have noticed that a server is gone. */
  async misses(node: string): Promise<void> {
    await awaited(`the others do without ${node}`, async () => {
      const { leader, replicas = [] } = (await this.info()).cluster ?? {};
      const isCurrent = replicas.find(({ name }) => name === node)?.current ?? true;
      return leader && leader !== node && !isCurrent ? true : undefined;
    });
  }

  /** Waits until the leader says that the other servers have all that it has. */
  async current(): Promise<void> {
    await awaited(`all servers have what the leader of ${this.stream} has`, async () => {
      const { leader, replicas = [] } = (await this.info()).cluster ?? {};
      const areCurrent = replicas.every(({ current, offline, lag = 0 }) => {
        return current && offline !== true && lag === 0;
      });
      return leader && replicas.length === NODE_COUNT - 1 && areCurrent ? true : undefined;
    });
  }

  /** Has the leader of the stream give up its office; false when there is none at the moment. */
  async stepDown(): Promise<boolean> {
    try {
      const subject = `$JS.API.STREAM.LEADER.STEPDOWN.${this.stream}`;
      const answer = await this.#connection.request(subject, "", { timeout: ANSWER_MS });
      return answer.json<{ success?: boolean }>().success === true;
    } catch {
      return false;
    }
  }

  /** The servers on which the consumers of the stream live. */
  consumerNodes(): Promise<string[]> {
    return awaited(`the consumers of ${this.stream}`, async () => {
      const found: string[] = [];
      for await (const { cluster } of this.#manager.consumers.list(this.stream)) {
        if (cluster?.leader) found.push(cluster.leader);
      }
      return found;
    });
  }

  /** All that each server has, by its name. */
  async replicas(): Promise<Map<string, RawMessage[]>> {
    const found = new Map<string, RawMessage[]>();
    for (let attempt = 0; found.size < NODE_COUNT; attempt++) {
      if (attempt === CONSUMER_ATTEMPTS) {
        throw new Error(`no consumers on servers other than ${[...found.keys()]}`);
      }
      const consumer = await this.#makeConsumer();
      const node = consumer.cluster?.leader ?? "";
      if (node !== "" && !found.has(node)) found.set(node, await this.#readAll(consumer.name));
      // Should that fail, the server forgets it after a while.
      await this.#manager.consumers.delete(this.stream, consumer.name).catch(() => false);
    }
    return found;
  }

  /** Closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  #makeConsumer(): Promise<ConsumerInfo> {
    return awaited(`a consumer of ${this.stream}`, () => {
      return this.#manager.consumers.add(this.stream, {
        name: `raw_${crypto.randomUUID()}`,
        ack_policy: AckPolicy.None,
        deliver_policy: DeliverPolicy.All,
        inactive_threshold: INACTIVE_NANOS,
        mem_storage: true,
        num_replicas: 1,
      });
    });
  }

  async #readAll(name: string): Promise<RawMessage[]> {
    const { state } = await this.info();
    const consumer = await jetstream(this.#connection).consumers.get(this.stream, name);
    const found: RawMessage[] = [];
    for (;;) {
      const before = found.length;
      const fetched = await consumer.fetch({ max_messages: FETCHED_AT_ONCE, expires: FETCH_MS });
      for await (const { seq, headers, data } of fetched) {
        const text = new TextDecoder().decode(data);
        found.push({ seq, id: headers?.get("Nats-Msg-Id") ?? "", text });
        if (seq >= state.last_seq) fetched.stop();
      }
      const last = found.at(-1)?.seq ?? 0;
      if (found.length === before || last >= state.last_seq) return found;
    }
  }
}
