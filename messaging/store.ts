/**
 * Sources, pipes and their messages in the pools of one engine, whichever that is.
 *
 * @module
 */

import {
  AlreadyExistsError,
  JsonText,
  type MessagePool,
  NotFoundError,
  type PoolClient,
} from "../pool/mod.ts";
import {
  type Envelope,
  ENVELOPE_SIZE_MAX_BYTES,
  envelopeOf,
  envelopeText,
  newPayloadTooLarge,
  newSourceNotFound,
} from "./contracts/mod.ts";
import { PipePools } from "./pipe_pools.ts";
import {
  newPipeMissing,
  type PipeAddress,
  type PipeRecord,
  Registry,
  type RegistryState,
  type Retention,
  type SourceRecord,
} from "./registry/mod.ts";

/** The pool of operations. No pipe can be called so. */
const REGISTRY_NAME = "_registry";

/** Its size in bytes: room for tens of thousands of operations behind a snapshot. */
const REGISTRY_BYTES = 64 * 2 ** 20;

/** Where a mesh is. */
export interface StoreOptions {
  /** The pools it is kept in. They are not closed with it. */
  readonly client: PoolClient;
  /** What the names of its pools begin with. */
  readonly prefix: string;
  /** Whoever creates something, as others see it; `""` when that is not known. */
  readonly createdBy: string;
}

/** What is in a pipe. */
export interface PipeContent {
  /** Messages. */
  readonly total: number;
  /** The number of the oldest message, and of the newest one; 0 for what never had any. */
  readonly oldestSeq: number;
  readonly lastSeq: number;
  /** When the newest one was stored: RFC 3339. */
  readonly lastAt?: string;
  /** The newest one, if that can be read. */
  readonly last?: Envelope;
  /** When what holds the messages was created: RFC 3339; `""` for what is not there. */
  readonly created: string;
}

const NOTHING: PipeContent = { total: 0, oldestSeq: 0, lastSeq: 0, created: "" };

const encoder = new TextEncoder();

/** A mesh: what there is, and how it is changed. */
export class MeshStore implements AsyncDisposable {
  /** The pools of its pipes. */
  readonly pools: PipePools;
  readonly #registry: Registry;
  readonly #registryPool: MessagePool;
  readonly #client: PoolClient;
  readonly #createdBy: string;
  /** What the pool of its sources and pipes is called. */
  readonly registryName: string;

  private constructor(registryPool: MessagePool, { client, prefix, createdBy }: StoreOptions) {
    this.#registryPool = registryPool;
    this.#registry = new Registry(registryPool);
    this.#client = client;
    this.#createdBy = createdBy;
    this.pools = new PipePools(client, prefix);
    this.registryName = prefix + REGISTRY_NAME;
  }

  /** Opens a mesh, and makes it when there is none yet. */
  static async open(options: StoreOptions): Promise<MeshStore> {
    const { client, prefix } = options;
    const store = new MeshStore(await openOrCreate(client, prefix + REGISTRY_NAME), options);
    try {
      const state = await store.refresh();
      if (state.account === "") {
        await store.#registry.propose({ op: "found", account: crypto.randomUUID() });
      }
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
    return store;
  }

  /** What there was when it was looked at last. */
  get state(): RegistryState {
    return this.#registry.state;
  }

  /** Looks what there is. */
  refresh(): Promise<RegistryState> {
    return this.#registry.refresh();
  }

  /** Calls `onChange` whenever sources or pipes come or go, until `signal` ends it. */
  follow(onChange: () => void, signal: AbortSignal): Promise<void> {
    return this.#registry.follow(onChange, signal);
  }

  /** As {@linkcode PoolClient.changedPools} of the pools of this mesh; undefined without such. */
  changedPools(signal: AbortSignal): AsyncIterable<ReadonlySet<string>> | undefined {
    return this.#client.changedPools?.(signal);
  }

  /** The subject of a pipe: `ACCOUNT.PATH`. */
  subjectOf(path: string): string {
    return `${this.state.account}.${path}`;
  }

  /**
   * Creates a source with the pipes of its kind.
   *
   * @throws {MessagingError} when its name is in use.
   */
  async createSource(
    { handle, manifold, kind }: Pick<SourceRecord, "handle" | "manifold" | "kind">,
  ): Promise<SourceRecord> {
    const by = this.#createdBy;
    await this.#registry.propose({ op: "create-source", manifold, handle, kind, by });
    const source = this.state.sources.find((one) =>
      one.handle === handle && one.manifold === manifold
    );
    // Somebody may have removed it already.
    if (source === undefined) throw newSourceNotFound(handle);
    await this.#makePools([...source.pipes.values()], {
      undo: { op: "destroy-source", manifold, handle },
    });
    return source;
  }

  /** Removes a source with its pipes and all their messages. */
  async destroySource({ manifold, handle, pipes }: SourceRecord): Promise<void> {
    await this.#registry.propose({ op: "destroy-source", manifold, handle });
    await Promise.all(Array.from(pipes.values(), (pipe) => this.pools.remove(pipe)));
  }

  /**
   * Creates a pipe.
   *
   * @throws {MessagingError} when its name is in use, or its source is not there.
   */
  async createPipe(address: PipeAddress, retention: Retention): Promise<PipeRecord> {
    const by = this.#createdBy;
    await this.#registry.propose({ op: "create-pipe", ...address, retention, by });
    const pipe = this.state.pipe(address);
    if (pipe === undefined) throw newPipeMissing(address);
    await this.#makePools([pipe], { undo: { op: "destroy-pipe", ...address } });
    return pipe;
  }

  /**
   * Removes a pipe with all its messages.
   *
   * @throws {MessagingError} when it is not there.
   */
  async destroyPipe({ manifold, handle, name }: PipeAddress): Promise<void> {
    const address = { manifold, handle, name };
    const pipe = (await this.refresh()).pipe(address);
    await this.#registry.propose({ op: "destroy-pipe", ...address });
    if (pipe !== undefined) await this.pools.remove(pipe);
  }

  /**
   * Appends messages to a pipe, all of them at once.
   *
   * @throws {MessagingError} `E_PAYLOAD_TOO_LARGE` when one of them is; then none is appended.
   * And when the pipe is gone.
   */
  async append(pipe: PipeRecord, envelopes: readonly Envelope[]): Promise<void> {
    const inputs = envelopes.map((envelope) => ({ json: JsonText.parse(sizedText(envelope)) }));
    try {
      await this.pools.use(pipe, (pool) => pool.appendMany(inputs));
      return;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    // Removed and perhaps created anew, or its creator did not get to making the pool.
    const current = (await this.refresh()).pipe(pipe);
    if (current === undefined || current.generation === 0) throw newPipeMissing(pipe);
    await this.pools.create(current);
    await this.pools.use(current, (pool) => pool.appendMany(inputs));
  }

  /** Finds out what is in a pipe. */
  async content(pipe: PipeRecord): Promise<PipeContent> {
    const pool = await this.pools.open(pipe);
    if (pool === undefined) return NOTHING;
    try {
      return await contentOf(pool);
    } finally {
      await pool.close();
    }
  }

  /** Closes what it has opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.pools.close();
    await this.#registryPool.close();
  }

  async #makePools(
    pipes: readonly PipeRecord[],
    { undo }: { undo: Parameters<Registry["propose"]>[0] },
  ): Promise<void> {
    try {
      await Promise.all(pipes.map((pipe) => this.pools.create(pipe)));
    } catch (error) {
      // Names without pools would only be in the way of another attempt.
      await this.#registry.propose(undo).catch(() => {});
      await Promise.allSettled(pipes.map((pipe) => this.pools.remove(pipe)));
      throw error;
    }
  }
}

async function openOrCreate(client: PoolClient, name: string): Promise<MessagePool> {
  try {
    return await client.openPool(name);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
  try {
    await client.createPool(name, { sizeBytes: REGISTRY_BYTES });
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
  }
  return await client.openPool(name);
}

/** What is in the pool of a pipe. */
export async function contentOf(pool: MessagePool): Promise<PipeContent> {
  const { bounds, nextSeq, times, createdAt: created } = await pool.info();
  const lastSeq = nextSeq - 1;
  if (bounds === undefined) return { ...NOTHING, lastSeq, created };
  const { oldest: oldestSeq, newest } = bounds;
  const last = await envelopeAt(pool, newest);
  const total = newest - oldestSeq + 1;
  return { total, oldestSeq, lastSeq, lastAt: times?.newest, last, created };
}

async function envelopeAt(pool: MessagePool, seq: number): Promise<Envelope | undefined> {
  try {
    return envelopeOf((await pool.get(seq)).data);
  } catch (error) {
    // Given up since, or damaged.
    if (error instanceof NotFoundError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function sizedText(envelope: Envelope): string {
  const text = envelopeText(envelope);
  const sizeBytes = encoder.encode(text).length;
  if (sizeBytes > ENVELOPE_SIZE_MAX_BYTES) {
    throw newPayloadTooLarge(sizeBytes, ENVELOPE_SIZE_MAX_BYTES);
  }
  return text;
}
