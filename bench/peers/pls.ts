/**
 * Ours as a link, for benchmarks where all run the same program.
 *
 * @module
 */

import { Client, Pool } from "@plasmite/pool";
import type { Kind, Link, Received } from "./peer.ts";

/** What a message of 1 KiB takes in a pool, and more. */
const MESSAGE_BYTES = 1100;

/** A pool. */
export const PLS: Kind = {
  who: "pls",
  start(dir, keepMessages) {
    using client = new Client({ dir });
    client.createPool("messages", { sizeBytes: keepMessages * MESSAGE_BYTES });
    return { address: client.openPool("messages").path, keepMessages };
  },
  connect: ({ address }) => new PlsLink(new Pool(address)),
};

class PlsLink implements Link {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  append(message: unknown): void {
    this.#pool.append(message);
  }

  follow(): AsyncIterable<Received> {
    return this.#pool.tail({ last: 0 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#pool.close();
    return Promise.resolve();
  }
}
