/**
 * Following a served pool: one stream after another, resumed by sequence number, so that
 * neither a server's limit on the life of a stream nor a broken connection shows.
 *
 * Where it starts is settled once, with the first answer. From then on every stream asks
 * for a sequence number, and what is appended while there is no connection is not missed.
 *
 * @module
 */

import { backoffMs, DistantTail, goneError, pause } from "../pool/internal_mod.ts";
import type { MessageBatch, PlasmiteError, Reconnect, TailOptions } from "../pool/mod.ts";
import type { Refusal } from "./failure.ts";
import type { ServedPool } from "./served_pool.ts";
import { type TailItem, TailProgress } from "./tail_progress.ts";
import { findStart } from "./tail_start.ts";
import { tailQuery } from "./tail_query.ts";
import { TailStream } from "./tail_stream.ts";
import { ConnectionError } from "./transport.ts";

/** A stream that ends sooner than this without news is not asked for again at once. */
const SHORT_STREAM_MS = 50;

/** What our servers tell with a tail; they say something every few seconds as well. */
const POOL_ID_HEADER = "plasmite-pool-id";

/** What a tail tells of beside messages. */
export interface TailEvents {
  /** It has ended. */
  onEnd: (tail: RemoteTail) => void;
  /** It is about to try and get back to the server. */
  onReconnect?: (reconnect: Reconnect) => void;
}

/** Delivers a served pool's messages in batches, as they come. */
export class RemoteTail extends DistantTail {
  readonly #pool: ServedPool;
  readonly #events: TailEvents;
  #poolId = "";
  #progress: TailProgress | undefined;
  #items: Iterator<TailItem> | undefined;
  #stream: TailStream | undefined;
  /** The first stream was opened: from now on the server may be away for a while. */
  #hadContact = false;
  /** Attempts to get back since something came. */
  #attempt = 0;

  /**
   * Follows `pool` as `options` say.
   *
   * @throws {UsageError} when the options make no sense.
   */
  constructor(pool: ServedPool, options: TailOptions, events: TailEvents) {
    super(options, () => events.onEnd(this));
    this.#pool = pool;
    this.#events = events;
    this.begin();
  }

  /** All before this message were delivered, held back or told of; undefined until that is known. */
  override get nextSeq(): number | undefined {
    return this.#progress?.expectedSeq;
  }

  protected override release(): void {
    this.#stream?.cancel();
  }

  protected override async start(): Promise<void> {
    const { poolId, seq } = await findStart(this.#pool, this.options, { signal: this.ending });
    this.#poolId = poolId;
    this.#progress = new TailProgress(this.#pool.name, seq, this.options);
  }

  protected override async step(): Promise<MessageBatch | "end" | undefined> {
    return this.#progress === undefined ? "end" : await this.#advance(this.#progress);
  }

  /** Takes in the next item; undefined when that is no batch. */
  async #advance(progress: TailProgress): Promise<MessageBatch | "end" | undefined> {
    const item = this.#items?.next();
    if (item === undefined || item.done) {
      if (progress.isDone) return "end";
      await this.#readOn(progress);
      return undefined;
    }
    const { value } = item;
    if ("error" in value) throw value.error;
    if ("batch" in value) return value.batch;
    this.options.onGap?.(value.gap);
    return undefined;
  }

  /** Gets more lines, from the stream there is or from a new one. */
  async #readOn(progress: TailProgress): Promise<void> {
    this.#items = undefined;
    const stream = this.#stream ?? await this.#open(progress);
    if (stream === undefined) return;
    let lines: Uint8Array | undefined;
    try {
      lines = await stream.read();
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#stream = undefined;
      await this.#waitToReconnect(error);
      return;
    }
    if (lines !== undefined) {
      this.#attempt = 0;
      this.#items = progress.items(lines);
      return;
    }
    this.#stream = undefined;
    // Nothing is wrong, but a server that ends streams as fast as they open needs a break.
    if (performance.now() - stream.openedMs >= SHORT_STREAM_MS) return;
    await pause(backoffMs(1), this.ending);
  }

  /** Opens a stream that goes on where the tail is; undefined when that has to wait. */
  async #open(progress: TailProgress): Promise<TailStream | undefined> {
    const signal = this.ending;
    const query = tailQuery(this.options, progress.expectedSeq, progress.wanted);
    let failure: Refusal;
    try {
      const opened = await this.#pool.openTail(query, { signal });
      if ("stream" in opened) {
        const { body, headers } = opened.stream;
        await this.#checkPool(body, headers, signal);
        this.#hadContact = true;
        this.#stream = new TailStream(this.#pool.server, body, {
          hasHeartbeat: headers.has(POOL_ID_HEADER),
        });
        if (signal.aborted) this.#stream.cancel();
        return this.#stream;
      }
      failure = opened.refusal;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      failure = { error, isTransient: true };
    }
    if (!this.#hadContact || !failure.isTransient) throw failure.error;
    await this.#waitToReconnect(failure.error);
    return undefined;
  }

  /** Another pool of this name has numbers of its own, which mean something else. */
  async #checkPool(
    body: ReadableStream<Uint8Array>,
    headers: Headers,
    signal: AbortSignal,
  ): Promise<void> {
    let id = headers.get(POOL_ID_HEADER);
    if (id === null && this.#hadContact) {
      try {
        id = (await this.#pool.info({ signal })).id;
      } catch (error) {
        await body.cancel().catch(() => {});
        throw error;
      }
    }
    if (id === null || id === this.#poolId) return;
    await body.cancel().catch(() => {});
    throw goneError(this.#pool.name);
  }

  async #waitToReconnect(error: PlasmiteError): Promise<void> {
    if (this.isOver) return;
    const attempt = ++this.#attempt;
    const delayMs = backoffMs(attempt);
    this.#events.onReconnect?.({ pool: this.#pool.name, attempt, delayMs, error });
    await pause(delayMs, this.ending);
  }
}
