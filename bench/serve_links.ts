/**
 * Those that carry messages through a server, by name: what the client program of a
 * benchmark connects to.
 *
 * `pls` is `pls serve` through our own client, as users have it; `http` is the same server
 * through the least of a client; the others come with their own clients.
 *
 * @module
 */

import { Client, type Message } from "@plasmite/pool";
import { connect, type RemoteClient, type RemotePool } from "@plasmite/pool/remote";
import { NATS } from "./peers/nats.ts";
import type { Peer, PeerKind } from "./peers/peer.ts";
import { REDIS } from "./peers/redis.ts";
import { HttpPeer } from "./serve_http.ts";
import { startServe } from "./serve_process.ts";

const POOL = "messages";
/** What a message of 1 KiB takes in a pool, and more. */
const MESSAGE_BYTES = 1100;

async function serve(dir: string, keepMessages: number, cleanup: AsyncDisposableStack) {
  using client = new Client({ dir });
  client.createPool(POOL, { sizeBytes: keepMessages * MESSAGE_BYTES });
  const { url, program } = await startServe(dir, cleanup);
  return { address: `${url}/${POOL}`, keepMessages, server: program };
}

const SERVED: PeerKind = {
  who: "pls",
  start: serve,
  connect: async ({ address }) => {
    const client = connect(new URL(address).origin);
    return new ServedPeer(client, await client.openPool(address));
  },
};

const HTTP: PeerKind = {
  who: "http",
  start: serve,
  connect: ({ address }) => HttpPeer.connect(address),
};

/** Ours first, then its peers. */
export const SERVERS: readonly PeerKind[] = [SERVED, HTTP, REDIS, NATS];

/** The one of that name. */
export function serverKind(who: string): PeerKind {
  return SERVERS.find((kind) => kind.who === who)!;
}

class ServedPeer implements Peer {
  readonly #client: RemoteClient;
  readonly #pool: RemotePool;

  constructor(client: RemoteClient, pool: RemotePool) {
    this.#client = client;
    this.#pool = pool;
  }

  append(message: unknown): Promise<Message> {
    return this.#pool.append(message);
  }

  appendMany(messages: readonly unknown[]): Promise<Message[]> {
    return this.#pool.appendMany(messages.map((data) => ({ data })));
  }

  async readAll(): Promise<number> {
    const { bounds } = await this.#pool.info();
    const { oldest, newest } = bounds!;
    const maxMessages = newest - oldest + 1;
    let count = 0;
    for await (const message of this.#pool.tail({ sinceSeq: oldest, maxMessages })) {
      if (message.data !== null) count++;
    }
    return count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }
}
