/**
 * A Redis stream: XADD with a rough limit, XRANGE in pages, XREAD that blocks.
 *
 * The server keeps an append-only file that it syncs every second, so that the death of
 * a process loses nothing and a power cut a second. An append counts when the server has
 * answered. The client is the official one; commands of a batch go out together.
 *
 * @module
 */

import type { RedisClientType } from "@redis/client";
import { Program } from "../programs/program.ts";
import { type Peer, type PeerKind, type Place, type Received, ReceivedText } from "./peer.ts";
import { freePort, HOSTNAME, untilListening } from "./port.ts";

const STREAM = "messages";
const PAGE = 1000;
const BLOCK_MS = 1000;

/** Redis streams. */
export const REDIS: PeerKind = {
  who: "redis",
  async start(dir, keepMessages, cleanup) {
    const port = freePort();
    const listen = ["--bind", HOSTNAME, "--port", String(port)];
    const keep = ["--dir", dir, "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"];
    const server = cleanup.use(new Program("redis-server", [...listen, ...keep]));
    await untilListening(server, port);
    return { address: `redis://${HOSTNAME}:${port}`, keepMessages, server };
  },
  async connect(place) {
    // Loaded here, so that nothing else pays for it.
    const { createClient } = await import("@redis/client");
    const client = createClient({ url: place.address, socket: { reconnectStrategy: false } });
    // What was asked of it fails as well, and that is noticed.
    client.on("error", () => {});
    await client.connect();
    return new RedisPeer(client as unknown as RedisClientType, place);
  },
};

class RedisPeer implements Peer {
  readonly #client: RedisClientType;
  readonly #limit;

  constructor(client: RedisClientType, { keepMessages }: Place) {
    this.#client = client;
    this.#limit = {
      TRIM: { strategy: "MAXLEN", strategyModifier: "~", threshold: keepMessages },
    } as const;
  }

  append(message: unknown): Promise<unknown> {
    return this.#client.xAdd(STREAM, "*", { data: JSON.stringify(message) }, this.#limit);
  }

  appendMany(messages: readonly unknown[]): Promise<unknown> {
    return Promise.all(messages.map((message) => this.append(message)));
  }

  async readAll(): Promise<number> {
    let count = 0;
    let from = "-";
    for (;;) {
      const page = await this.#client.xRange(STREAM, from, "+", { COUNT: PAGE }) ?? [];
      for (const { message } of page) JSON.parse(message.data);
      count += page.length;
      if (page.length < PAGE) return count;
      from = `(${page.at(-1)!.id}`;
    }
  }

  async *follow(): AsyncGenerator<Received> {
    const newest = await this.#client.xRevRange(STREAM, "+", "-", { COUNT: 1 });
    let id = newest?.[0]?.id ?? "0-0";
    for (;;) {
      const options = { BLOCK: BLOCK_MS, COUNT: PAGE };
      const streams = await this.#client.xRead({ key: STREAM, id }, options) as Streams;
      for (const entry of streams?.[0].messages ?? []) {
        id = entry.id;
        yield new ReceivedText(entry.message.data);
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }
}

/** What XREAD gives; null when nothing came in time. */
type Streams = { messages: { id: string; message: Record<string, string> }[] }[] | null;
