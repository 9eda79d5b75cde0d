/**
 * Running manifests on NATS. All pools of a server are in one place, so those of a manifest get a
 * prefix that nobody else has; in what is listed it is left out. They are deleted at the end.
 *
 * Steps that are about files are not run, and the report says so.
 *
 * @module
 */

import { connect, type NatsClient } from "@plasmite/pool/nats";
import {
  isPoolPath,
  type MessagePool,
  type PoolClient,
  type PoolInfo,
  type PoolListing,
  type PoolOptions,
} from "../../pool/mod.ts";
import { type Engine, expectedKind, type Workplace } from "./engines.ts";
import type { Step } from "./manifest.ts";

/** Pools of the NATS server or cluster at `url`. */
export function natsEngine(url: string): Engine {
  return {
    name: url.replace(/\/\/.*@/, "//"),
    open: () => new NatsWorkplace(url),
    reasonToSkip,
  };
}

/** Operations on files, and why they make no sense. */
const ON_FILES: Readonly<Record<string, string>> = {
  corrupt_pool_header: "a pool on NATS is no file whose bytes could be damaged",
  chmod_path: "a pool on NATS is no file that has a mode",
};

function reasonToSkip(step: Step): string | undefined {
  if (isPoolPath(step.pool)) return "a path leads to a file";
  switch (expectedKind(step)) {
    case "Corrupt":
      return "it expects what the damage to a file leads to";
    case "Permission":
      return "it expects what the mode of a file refuses";
    default:
      return ON_FILES[step.op];
  }
}

/** The pools of one manifest. */
class NatsWorkplace implements Workplace {
  readonly client: PrefixedPools;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    this.client = new PrefixedPools(connect(url), `conformance-${crypto.randomUUID()}-`);
  }

  poke(reference: string) {
    const name = encodeURIComponent(this.client.prefix + reference);
    // It may connect to other servers of a cluster, of which these tell it.
    return { reference: `${this.#url}/${name}`, permissions: ["--allow-net"] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.deleteAll();
    this.client.close();
  }
}

/** Those pools of a server whose names begin with a prefix, by the rest of their names. */
class PrefixedPools implements PoolClient {
  readonly prefix: string;
  readonly #client: NatsClient;

  constructor(client: NatsClient, prefix: string) {
    this.#client = client;
    this.prefix = prefix;
  }

  pool(reference: string, options?: PoolOptions): Promise<MessagePool> {
    return this.#client.pool(this.prefix + reference, options);
  }

  openPool(reference: string): Promise<MessagePool> {
    return this.#client.openPool(this.prefix + reference);
  }

  createPool(reference: string, options?: PoolOptions): Promise<PoolInfo> {
    return this.#client.createPool(this.prefix + reference, options);
  }

  poolInfo(reference: string): Promise<PoolInfo> {
    return this.#client.poolInfo(this.prefix + reference);
  }

  deletePool(reference: string): Promise<void> {
    return this.#client.deletePool(this.prefix + reference);
  }

  async listPools(): Promise<PoolListing[]> {
    const listings = await this.#client.listPools();
    return listings.filter(({ name }) => name.startsWith(this.prefix))
      .map((listing) => ({ ...listing, name: listing.name.slice(this.prefix.length) }));
  }

  async deleteAll(): Promise<void> {
    for (const { name } of await this.listPools()) await this.deletePool(name);
  }

  close(): void {
    this.#client.close();
  }
}
