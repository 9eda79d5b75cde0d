/**
 * Following a stream with an ordered consumer, and another one whenever that is lost.
 *
 * Each is asked for the number behind the last message that was taken in, so that neither a
 * broken connection nor a change of leader shows. Whatever a consumer delivers, messages come in
 * ascending order, each once, and what is missing between them is told.
 *
 * @module
 */

import {
  backoffMs,
  compareTimes,
  DistantTail,
  gapError,
  goneError,
  hasFilters,
  type MessageFilter,
  messageFilter,
  pause,
  type Timestamp,
} from "../pool/internal_mod.ts";
import {
  BusyError,
  CorruptError,
  type Gap,
  IoError,
  type MessageBatch,
  NotFoundError,
  PermissionError,
  type PlasmiteError,
  type Reconnect,
  type TailOptions,
} from "../pool/mod.ts";
import { NatsBatch } from "./batch.ts";
import { Deliveries } from "./deliveries.ts";
import { natsFailure } from "./failure.ts";
import { RECONNECT_DELAY_MS } from "./link.ts";
import { recordOf, type Stored, storedTime, type StreamRecord } from "./record.ts";
import { poolId, type PoolStream } from "./stream.ts";
import { findStart } from "./tail_start.ts";

/** Messages in a batch, at most. */
const BATCH_LENGTH_MAX = 256;

/** How often a tail that is to end with a message looks whether that is missing. */
const END_CHECK_MS = 500;

/** A consumer that is lost sooner than this was no good, and makes the next attempt wait. */
const SHORT_LIFE_MS = 5000;

/** What a tail tells of beside messages. */
export interface TailEvents {
  /** It has ended. */
  onEnd: (tail: NatsTail) => void;
  /** It has lost its consumer, and is about to try again. */
  onReconnect?: (reconnect: Reconnect) => void;
}

/** Delivers the messages of a stream in batches, as they come. */
export class NatsTail extends DistantTail {
  readonly #stream: PoolStream;
  readonly #events: TailEvents;
  #poolId = "";
  #filter: MessageFilter | undefined;
  #deliveries: Deliveries | undefined;
  /** Gives the number that the tail starts with; undefined for one that ended before that. */
  #findStart: (() => Promise<number>) | undefined;
  /** Messages before this time are passed over, up to the first that is not. */
  #notBefore: Timestamp | undefined;
  /** All before this number were delivered, held back or told of; undefined until it is known. */
  #expectedSeq: number | undefined;
  #delivered = 0;
  /** What came behind a gap that has to be told of first. */
  #held: Stored[] = [];
  /** What the tail fails with once all before it is delivered. */
  #failure: unknown;
  /** A consumer was there once: from now on the server may be away for a while. */
  #hadContact = false;
  #openedMs = -Infinity;
  /** Number of the next attempt to get another consumer; 0 while the last one proves to be good. */
  #attempt = 0;

  /**
   * Follows `stream` as `options` say.
   *
   * @throws {UsageError} when the options make no sense.
   */
  constructor(stream: PoolStream, options: TailOptions, events: TailEvents) {
    super(options, () => events.onEnd(this));
    this.#stream = stream;
    this.#events = events;
    this.begin();
  }

  /** All before this message were delivered, held back or told of; undefined until that is known. */
  override get nextSeq(): number | undefined {
    return this.#expectedSeq;
  }

  protected override release(): void {
    this.#deliveries?.close();
    this.#deliveries = undefined;
  }

  protected override async start(): Promise<void> {
    if (hasFilters(this.options)) this.#filter = await messageFilter(this.options);
    const { tags, where } = this.options;
    const start = await findStart(this.#stream, this.options, async (sinceSeq, untilSeq) => {
      const seqs: number[] = [];
      const options = { sinceSeq, untilSeq, tags, where, signal: this.ending };
      const range = new NatsTail(this.#stream, options, { onEnd: () => {} });
      for await (const batch of range) seqs.push(...batch.messages().map(({ seq }) => seq));
      return seqs;
    });
    this.#poolId = start.poolId;
    this.#notBefore = start.notBefore;
    this.#findStart = start.findSeq;
  }

  protected override async step(): Promise<MessageBatch | "end" | undefined> {
    if (this.#findStart === undefined) return "end";
    this.#expectedSeq ??= await this.#findStart();
    if (this.#isDone(this.#expectedSeq)) return "end";
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#held.length === 0) {
      const deliveries = this.#deliveries ?? await this.#open(this.#expectedSeq);
      if (deliveries === undefined) return undefined;
      const { untilSeq } = this.options;
      const waitMs = untilSeq === undefined ? undefined : END_CHECK_MS;
      const came = await deliveries.take(BATCH_LENGTH_MAX, waitMs);
      if (came === "lost") await this.#lose(deliveries.failure);
      else if (came === "nothing") await this.#checkEnd(untilSeq!);
      if (typeof came === "string") return undefined;
      this.#attempt = 0;
      this.#held = came;
    }
    return this.#takeIn();
  }

  #isDone(expectedSeq: number): boolean {
    const { maxMessages = Infinity, untilSeq = Infinity } = this.options;
    return this.#delivered >= maxMessages || expectedSeq > untilSeq;
  }

  /** Makes a batch of what came, up to a gap. */
  #takeIn(): MessageBatch | undefined {
    const records: StreamRecord[] = [];
    const { untilSeq = Infinity } = this.options;
    let taken = 0;
    for (const delivery of this.#held) {
      const { seq } = delivery;
      if (this.#isDone(this.#expectedSeq!)) break;
      if (seq > this.#expectedSeq!) {
        if (records.length > 0) break;
        this.#passGap(Math.min(seq - 1, untilSeq), "retention");
        if (this.#isDone(this.#expectedSeq!)) break;
      }
      taken++;
      // Delivered before, by the consumer that was lost.
      if (seq < this.#expectedSeq!) continue;
      const record = this.#readable(delivery);
      if (this.#isTooEarly(record, delivery)) {
        this.#expectedSeq = seq + 1;
        continue;
      }
      if (record === undefined) {
        if (records.length > 0) {
          taken--;
          break;
        }
        this.#passGap(seq, "damage");
        continue;
      }
      if (this.#passes(record)) {
        records.push(record);
        this.#delivered++;
      }
      if (this.#failure !== undefined) break;
      this.#expectedSeq = seq + 1;
    }
    this.#held = this.#held.slice(taken);
    return records.length === 0 ? undefined : new NatsBatch(records);
  }

  /** The message in `delivery`; undefined when it is none, or the filter finds that it is no JSON. */
  #readable(delivery: Stored): StreamRecord | undefined {
    const record = recordOf(delivery);
    if (record === undefined || this.#filter === undefined) return record;
    try {
      record.message.data;
      return record;
    } catch {
      return undefined;
    }
  }

  /** Whether the tail is to start with something later than what came. */
  #isTooEarly(record: StreamRecord | undefined, delivery: Stored): boolean {
    if (this.#notBefore === undefined) return false;
    const time = record?.time ?? storedTime(delivery);
    if (compareTimes(time, this.#notBefore) < 0) return true;
    this.#notBefore = undefined;
    return false;
  }

  #passes(record: StreamRecord): boolean {
    if (this.#filter === undefined) return true;
    try {
      return this.#filter(record.message);
    } catch (error) {
      // Those before it are still to be delivered.
      this.#failure = error;
      return false;
    }
  }

  /** Tells that all up to message `toSeq` are missing. */
  #passGap(toSeq: number, reason: Gap["reason"]): void {
    const fromSeq = this.#expectedSeq!;
    const gap: Gap = { fromSeq, toSeq, count: toSeq - fromSeq + 1, reason };
    if (this.options.gapPolicy === "error") throw this.#gapError(gap);
    this.options.onGap?.(gap);
    this.#expectedSeq = toSeq + 1;
  }

  /** Passes what of the messages up to `untilSeq` is missing, as far as that can be told now. */
  async #checkEnd(untilSeq: number): Promise<void> {
    try {
      await this.#passWhatIsMissing(untilSeq);
    } catch (error) {
      if (!mayPass(error)) throw this.#asGone(error);
    }
  }

  #gapError(gap: Gap): PlasmiteError {
    const { name: path } = this.#stream;
    if (gap.reason === "retention") return gapError(path, gap);
    return new CorruptError(`message ${gap.fromSeq} is no JSON`, {
      path,
      seq: gap.fromSeq,
      hint: "Another program published it. Read on with gap policy `continue`.",
    });
  }

  /** Finds out whether messages up to `untilSeq` are gone that nothing comes behind. */
  async #passWhatIsMissing(untilSeq: number): Promise<void> {
    const info = await this.#stream.state();
    this.#checkIdentity(poolId(info));
    if (info.state.last_seq < untilSeq) return;
    const found = await this.#stream.find(this.#expectedSeq!, { orLater: true });
    if (found !== undefined && found.seq <= untilSeq) return;
    this.#passGap(untilSeq, "retention");
  }

  /** Starts a consumer at `seq`; undefined when that has to wait. */
  async #open(seq: number): Promise<Deliveries | undefined> {
    try {
      const info = await this.#stream.state();
      this.#checkIdentity(poolId(info));
      const deliveries = await Deliveries.start(this.#stream, info, Math.max(1, seq));
      if (this.isOver) deliveries.close();
      this.#deliveries = deliveries;
      this.#openedMs = performance.now();
      this.#hadContact = true;
      return deliveries;
    } catch (error) {
      if (!this.#hadContact || !mayPass(error)) throw this.#asGone(error);
      await this.#lose(error);
      return undefined;
    }
  }

  #checkIdentity(id: string): void {
    if (id !== this.#poolId) throw goneError(this.#stream.name);
  }

  /** What was there when the tail started, and is not any more, was deleted. */
  #asGone(error: unknown): unknown {
    return error instanceof NotFoundError ? goneError(this.#stream.name) : error;
  }

  async #lose(cause: unknown): Promise<void> {
    const isCut = this.#deliveries?.isCut ?? false;
    const wasGood = this.#deliveries !== undefined &&
      performance.now() - this.#openedMs >= SHORT_LIFE_MS;
    this.release();
    if (this.isOver) return;
    const { link, name: pool } = this.#stream;
    const error = cause === undefined
      ? link.lostError()
      : natsFailure(cause, { server: link.url, pool });
    if (error instanceof PermissionError) throw error;
    if (wasGood) this.#attempt = 0;
    // That a consumer is lost is nobody's business while another one can be had.
    const isTold = isCut || this.#attempt > 0;
    const attempt = isTold ? Math.max(1, this.#attempt) : 0;
    this.#attempt = attempt + 1;
    const delayMs = attempt > 1 ? backoffMs(attempt - 1) : isTold ? RECONNECT_DELAY_MS : 0;
    if (isTold) this.#events.onReconnect?.({ pool, attempt, delayMs, error });
    await pause(delayMs, this.ending);
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof IoError || error instanceof BusyError;
}
