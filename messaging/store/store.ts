/**
 * Sources, pipes and their messages in the pools of one engine, whichever that is.
 *
 * @module
 */

import {
  AlreadyExistsError,
  JsonText,
  type MessageInput,
  type MessagePool,
  NotFoundError,
  PlasmiteError,
  type PoolClient,
  UsageError,
} from "../../pool/mod.ts";
import {
  type Envelope,
  ENVELOPE_SIZE_MAX_BYTES,
  envelopeText,
  newError,
  newPayloadTooLarge,
  newSourceNotFound,
} from "../contracts/mod.ts";
import { contentOf, NOTHING, type PipeContent } from "./pipe_content.ts";
import { PipePools } from "./pipe_pools.ts";
import {
  newPipeMissing,
  type Operation,
  type PipeAddress,
  type PipeRecord,
  Registry,
  type RegistryState,
  type Retention,
  type SourceRecord,
} from "../registry/mod.ts";

/** The pool of operations. No pipe can be called so. */
const REGISTRY_NAME = "_registry";

/** Its size in bytes: room for tens of thousands of operations behind a snapshot. */
const REGISTRY_BYTES = 64 * 2 ** 20;

/** What the names of the pools of a mesh begin with on a server, which has others as well. */
export const SHARED_PREFIX = "mesh.";

/** Where a mesh is. */
export interface StoreOptions {
  /** The pools it is kept in. They are not closed with it. */
  readonly client: PoolClient;
  /** What the names of its pools begin with. */
  readonly prefix: string;
  /** Whoever creates something, as others see it; `""` when that is not known. */
  readonly createdBy: string;
}

/** Where a source is, and what it is called. */
type SourceAddress = Pick<SourceRecord, "manifold" | "handle">;

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
    this.#createdBy = createdBy.replaceAll(/\p{Cc}/gu, "");
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
    const { seq } = await this.#registry.propose({
      op: "create-source",
      manifold,
      handle,
      kind,
      by,
    });
    const source = this.state.sources.find((one) =>
      one.handle === handle && one.manifold === manifold
    );
    // Somebody may have removed it already.
    if (source === undefined) throw newSourceNotFound(handle);
    const pipes = [...source.pipes.values()].filter(({ generation }) => generation === seq);
    await this.#makePools(pipes, { op: "destroy-source", manifold, handle });
    return source;
  }

  /** Removes a source with its pipes and all their messages. */
  async destroySource({ manifold, handle }: SourceAddress): Promise<void> {
    await this.#remove({ op: "destroy-source", manifold, handle });
  }

  /**
   * Creates a pipe.
   *
   * @throws {MessagingError} when its name is in use, or its source is not there.
   */
  async createPipe(address: PipeAddress, retention: Retention): Promise<PipeRecord> {
    const by = this.#createdBy;
    const { seq } = await this.#registry.propose({ op: "create-pipe", ...address, retention, by });
    const pipe = this.state.pipe(address);
    if (pipe === undefined) throw newPipeMissing(address);
    // One that came with its source has its pool, and messages in it.
    if (pipe.generation === seq) await this.#makePools([pipe], { op: "destroy-pipe", ...address });
    return pipe;
  }

  /**
   * Removes a pipe with all its messages.
   *
   * @throws {MessagingError} when it is not there.
   */
  async destroyPipe({ manifold, handle, name }: PipeAddress): Promise<void> {
    await this.#remove({ op: "destroy-pipe", manifold, handle, name });
  }

  /**
   * Appends messages to a pipe, together where the engine can.
   *
   * @throws {MessagingError} `E_PAYLOAD_TOO_LARGE` when one of them is; then none is
   * appended.
   * And when the pipe is gone.
   */
  async append(pipe: PipeRecord, envelopes: readonly Envelope[]): Promise<void> {
    const inputs = envelopes.map((envelope) => ({ json: JsonText.parse(sizedText(envelope)) }));
    try {
      return await this.#appendTo(pipe, inputs);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    // Removed and perhaps created anew, or its creator did not get to making the pool.
    const current = (await this.refresh()).pipe(pipe);
    if (current === undefined || current.generation === 0) throw newPipeMissing(pipe);
    await this.#makePool(current);
    try {
      await this.#appendTo(current, inputs);
    } catch (error) {
      throw error instanceof NotFoundError ? newPipeMissing(pipe) : error;
    }
  }

  /**
   * Opens the pool of a pipe for the caller, and makes it first when its creator did not.
   *
   * @throws {MessagingError} when the pipe is gone.
   */
  async openOrCreate(pipe: PipeRecord): Promise<MessagePool> {
    const pool = await this.pools.open(pipe);
    if (pool !== undefined) return pool;
    await this.#makePool(pipe);
    const made = await this.pools.open(pipe);
    if (made === undefined) throw newPipeMissing(pipe);
    return made;
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

  async #remove(operation: Operation): Promise<void> {
    const { removed } = await this.#registry.propose(operation);
    await Promise.all(removed.map((pipe) => this.pools.remove(pipe)));
  }

  async #appendTo(pipe: PipeRecord, inputs: readonly MessageInput[]): Promise<void> {
    try {
      await this.pools.use(pipe, (pool) => pool.appendMany(inputs));
    } catch (error) {
      if (error instanceof PlasmiteError && error.mayBeDone) {
        const { message: hint } = error;
        throw newError("E_DELIVERY_UNCONFIRMED", undefined, { cause: error, hint });
      }
      if (!(error instanceof UsageError)) throw error;
      // What is JSON can only be too large for the limit of the pipe.
      const { message, hint } = error;
      throw newError("E_PAYLOAD_TOO_LARGE", message, { cause: error, hint });
    }
  }

  /** Makes the pools of what was created just now; `undo` takes that back. */
  async #makePools(pipes: readonly PipeRecord[], undo: Operation): Promise<void> {
    const made = await Promise.allSettled(pipes.map((pipe) => this.pools.create(pipe)));
    const failure = made.find((result) => result.status === "rejected");
    const state = await this.refresh().catch(() => this.state);
    // Whoever removed a pipe before it had a pool has found none to remove.
    const gone = pipes.filter((pipe) => state.pipe(pipe)?.generation !== pipe.generation);
    if (failure !== undefined && gone.length < pipes.length) {
      // Names without pools would only be in the way of another attempt.
      await this.#registry.propose(undo).catch(() => {});
    }
    const unwanted = failure === undefined ? gone : pipes;
    await Promise.allSettled(unwanted.map((pipe) => this.pools.remove(pipe)));
    if (failure !== undefined) throw failure.reason;
  }

  /**
   * Makes the pool of a pipe, unless it is there.
   *
   * @throws {MessagingError} when the pipe is gone.
   */
  async #makePool(pipe: PipeRecord): Promise<void> {
    await this.pools.create(pipe);
    // As above.
    if ((await this.refresh()).pipe(pipe)?.generation === pipe.generation) return;
    await this.pools.remove(pipe);
    throw newPipeMissing(pipe);
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

function sizedText(envelope: Envelope): string {
  const text = envelopeText(envelope);
  const sizeBytes = encoder.encode(text).length;
  if (sizeBytes > ENVELOPE_SIZE_MAX_BYTES) {
    throw newPayloadTooLarge(sizeBytes, ENVELOPE_SIZE_MAX_BYTES);
  }
  return text;
}
