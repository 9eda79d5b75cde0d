/**
 * Following a served pool: one stream after another, resumed by sequence number, so that
 * neither a server's limit on the life of a stream nor a broken connection shows.
 *
 * Where it starts is settled once, with the first answer. From then on every stream asks
 * for a sequence number, and what is appended while there is no connection is not missed.
 *
 * @module
 */

import {
  type BatchIterator,
  checkTailOptions,
  type MessageBatch,
  NotFoundError,
  type PlasmiteError,
  type TailOptions,
  TurnedTail,
} from "../pool/mod.ts";
import { backoffMs, pause } from "./backoff.ts";
import type { Refusal } from "./failure.ts";
import type { Reconnect } from "./options.ts";
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

/** The longest wait that a timer of the runtime can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a tail tells of beside messages. */
export interface TailEvents {
  /** It has ended. */
  onEnd: (tail: RemoteTail) => void;
  /** It is about to try and get back to the server. */
  onReconnect?: (reconnect: Reconnect) => void;
}

/** Delivers a served pool's messages in batches, as they come. */
export class RemoteTail extends TurnedTail<MessageBatch> implements BatchIterator {
  /** Settled when it is known where the tail starts, or that it can't; never rejects. */
  readonly started: Promise<void>;
  readonly #pool: ServedPool;
  readonly #options: TailOptions;
  readonly #events: TailEvents;
  readonly #onAbort = () => this.end();
  readonly #deadline: number;
  readonly #ending = new AbortController();
  #deadlineTimer?: ReturnType<typeof setTimeout>;
  #startFailure: unknown;
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
    super();
    checkTailOptions(options);
    this.#pool = pool;
    this.#options = options;
    this.#events = events;
    this.#deadline = performance.now() + (options.timeoutMs ?? Infinity);
    options.signal?.addEventListener("abort", this.#onAbort);
    if (options.signal?.aborted || options.timeoutMs === 0) this.end();
    else if (options.timeoutMs !== undefined) this.#endAtDeadline();
    this.started = this.#start().catch((error) => {
      this.#startFailure = error;
    });
  }

  /** True once the tail has ended, or its time is up: nothing more may be delivered. */
  get isOver(): boolean {
    return this.#ending.signal.aborted || performance.now() >= this.#deadline;
  }

  /** All before this message were delivered, held back or told of; undefined until that is known. */
  get nextSeq(): number | undefined {
    return this.#progress?.expectedSeq;
  }

  /** Ends the tail at once. */
  override end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    clearTimeout(this.#deadlineTimer);
    this.#stream?.cancel();
    this.#events.onEnd(this);
  }

  #endAtDeadline(): void {
    const leftMs = this.#deadline - performance.now();
    if (leftMs <= 0) return this.end();
    const waitMs = Math.min(Math.ceil(leftMs), LONGEST_TIMER_MS);
    this.#deadlineTimer = setTimeout(() => this.#endAtDeadline(), waitMs);
  }

  async #start(): Promise<void> {
    if (this.isOver) return;
    const { poolId, seq } = await findStart(this.#pool, this.#options, this.#ending);
    this.#poolId = poolId;
    this.#progress = new TailProgress(this.#pool.name, seq, this.#options);
  }

  protected override async advance(): Promise<IteratorResult<MessageBatch>> {
    try {
      await this.started;
      if (this.#startFailure !== undefined && !this.isOver) throw this.#startFailure;
      while (!this.isOver && this.#progress !== undefined) {
        const batch = await this.#advance(this.#progress);
        if (batch === "end") break;
        if (batch !== undefined && !this.isOver) return { done: false, value: batch };
      }
    } catch (error) {
      // What breaks because the tail is given up is no failure.
      if (!this.isOver) {
        this.end();
        throw error;
      }
    }
    this.end();
    return { done: true, value: undefined };
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
    this.#options.onGap?.(value.gap);
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
    await pause(backoffMs(1), this.#ending.signal);
  }

  /** Opens a stream that goes on where the tail is; undefined when that has to wait. */
  async #open(progress: TailProgress): Promise<TailStream | undefined> {
    const { signal } = this.#ending;
    const query = tailQuery(this.#options, progress.expectedSeq, progress.wanted);
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
    throw new NotFoundError("the pool was deleted or replaced while it was followed", {
      path: this.#pool.name,
      hint: "Follow it again if it was created anew.",
    });
  }

  async #waitToReconnect(error: PlasmiteError): Promise<void> {
    if (this.isOver) return;
    const attempt = ++this.#attempt;
    const delayMs = backoffMs(attempt);
    this.#events.onReconnect?.({ pool: this.#pool.name, attempt, delayMs, error });
    await pause(delayMs, this.#ending.signal);
  }
}
