/**
 * A JetStream stream in files, limited in bytes, that drops old messages for new ones.
 *
 * The server does not sync files at each append (by default every two minutes), so that
 * the death of a process loses nothing and a power cut may. An append counts when the
 * server has answered. Publications of a batch are under way together; a consumer is an
 * ordered one, that needs no acknowledgements.
 *
 * @module
 */

import type { Consumer, JetStreamClient } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { Program } from "../programs/program.ts";
import { type Peer, type PeerKind, type Received, ReceivedText } from "./peer.ts";
import { freePort, HOSTNAME, untilListening } from "./port.ts";

const STREAM = "messages";
/** Messages asked for at a time. */
const PAGE = 1000;
/** What a message of 1 KiB takes in a stream's files. */
const MESSAGE_BYTES = 1100;

/** NATS JetStream. */
export const NATS: PeerKind = {
  who: "nats",
  async start(dir, keepMessages, cleanup) {
    const port = freePort();
    const listen = ["--addr", HOSTNAME, "--port", String(port)];
    const server = cleanup.use(new Program("nats-server", [...listen, "-js", "-sd", dir]));
    await untilListening(server, port);
    const place = { address: `${HOSTNAME}:${port}`, keepMessages, server };
    await server.during(createStream(place.address, keepMessages), "the creation of a stream");
    return place;
  },
  async connect({ address }) {
    const { jetstream } = await import("@nats-io/jetstream");
    const connection = await open(address);
    return new NatsPeer(connection, jetstream(connection));
  },
};

async function open(address: string): Promise<NatsConnection> {
  const { connect } = await import("@nats-io/transport-node");
  return await connect({ servers: address, reconnect: false });
}

async function createStream(address: string, keepMessages: number): Promise<void> {
  const { DiscardPolicy, jetstreamManager, StorageType } = await import("@nats-io/jetstream");
  const connection = await open(address);
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: STREAM,
    subjects: [STREAM],
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_bytes: keepMessages * MESSAGE_BYTES,
  });
  await connection.close();
}

class NatsPeer implements Peer {
  readonly #connection: NatsConnection;
  readonly #jetstream: JetStreamClient;

  constructor(connection: NatsConnection, jetstream: JetStreamClient) {
    this.#connection = connection;
    this.#jetstream = jetstream;
  }

  append(message: unknown): Promise<unknown> {
    return this.#jetstream.publish(STREAM, JSON.stringify(message));
  }

  appendMany(messages: readonly unknown[]): Promise<unknown> {
    return Promise.all(messages.map((message) => this.append(message)));
  }

  async readAll(): Promise<number> {
    const consumer = await this.#consumer("all");
    const { num_pending: retained } = await consumer.info();
    const messages = await consumer.consume({ max_messages: PAGE });
    let count = 0;
    for await (const message of messages) {
      message.json();
      if (++count === retained) break;
    }
    await messages.close();
    return count;
  }

  async *follow(): AsyncGenerator<Received> {
    const consumer = await this.#consumer("new");
    for await (const message of await consumer.consume({ max_messages: PAGE })) {
      yield new ReceivedText(message.string());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  async #consumer(deliver: "all" | "new"): Promise<Consumer> {
    return await this.#jetstream.consumers.get(STREAM, { deliver_policy: deliver });
  }
}
