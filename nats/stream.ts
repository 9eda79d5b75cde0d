/**
 * The stream that holds a pool: what it is configured as, what it holds, and its messages by
 * number.
 *
 * @module
 */

import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import { missingMessage } from "../pool/internal_mod.ts";
import {
  BusyError,
  DEFAULT_POOL_BYTES,
  IoError,
  MAX_POOL_BYTES,
  type Message,
  MIN_POOL_BYTES,
  NotFoundError,
  PermissionError,
  type PoolInfo,
  UsageError,
} from "../pool/mod.ts";
import type { Link } from "./link.ts";
import { type StreamNames, streamNames } from "./names.ts";
import type { NatsPoolOptions } from "./options.ts";
import { isStreamMissing } from "./failure.ts";
import { recordOf } from "./record.ts";

const NANOS_PER_MS = 1_000_000;

/** How long the server knows a message that is sent again, in milliseconds. */
const DUPLICATE_WINDOW_MS = 120_000;

/** The shortest age that a server lets messages have. */
const MAX_AGE_MS_MIN = 100;

const REPLICAS_MAX = 5;

/** How long the description of a pool waits for what it can do without. */
const TIMES_PATIENCE_MS = 2000;

/** Where a stream's description says which pool it holds. */
const DESCRIPTION = /^pls pool ([0-9a-f-]{36})$/;

/** What is stored under a number. */
export interface Found {
  /** The number. */
  readonly seq: number;
  /** The message's time; of what is no message, when it was stored. RFC 3339. */
  readonly time: string;
  /** When the server stored it, RFC 3339. */
  readonly storedTime: string;
  /** The message; undefined when another program stored what is no JSON. */
  readonly message: Message | undefined;
}

/** A pool as it is on the server. */
export class PoolStream {
  /** What the pool is called in errors, and by who opened it. */
  readonly name: string;
  /** What it is called on the server. */
  readonly names: StreamNames;
  /** The connection to the server. */
  readonly link: Link;
  readonly #pool: string;

  /** The pool that is `pool` on the server that `link` leads to, opened as `name`. */
  constructor(link: Link, pool: string, name: string) {
    this.link = link;
    this.#pool = pool;
    this.names = streamNames(pool);
    this.name = name;
  }

  /** Where the pool is, for people. */
  get path(): string {
    return `${this.link.url}/${encodeURIComponent(this.#pool)}`;
  }

  /** Describes the stream as it is now. */
  state(): Promise<StreamInfo> {
    const { stream } = this.names;
    return this.link.ask({ pool: this.name }, ({ manager }) => manager.streams.info(stream));
  }

  /** Describes the pool. */
  async info(): Promise<PoolInfo> {
    return await this.describe(await this.state());
  }

  /** Describes the pool whose stream is `info`. */
  async describe(info: StreamInfo): Promise<PoolInfo> {
    const { config, state, created } = info;
    const sizeBytes = config.max_bytes > 0 ? config.max_bytes : MAX_POOL_BYTES;
    return {
      name: this.name,
      path: this.path,
      sizeBytes,
      indexOffset: 0,
      indexCapacity: 0,
      indexSizeBytes: 0,
      ringOffset: 0,
      ringSizeBytes: sizeBytes,
      id: poolId(info),
      createdAt: nineDigits(created),
      maxAgeMs: Math.floor((config.max_age ?? 0) / NANOS_PER_MS),
      maxMessages: Math.max(0, config.max_msgs ?? 0),
      nextSeq: state.last_seq + 1,
      usedBytes: state.bytes,
      ...(state.messages > 0 && {
        bounds: { oldest: state.first_seq, newest: state.last_seq },
        times: await this.#times(info),
      }),
    };
  }

  async #times({ state }: StreamInfo): Promise<PoolInfo["times"]> {
    // What is gone by now, or can't be had at the moment or by this user, has a time in the stream.
    const [oldest, newest] = await Promise.all(
      [state.first_seq, state.last_seq].map(async (seq) => {
        try {
          return await this.find(seq, { patienceMs: TIMES_PATIENCE_MS });
        } catch (error) {
          if (isPassing(error) || error instanceof PermissionError) return undefined;
          throw error;
        }
      }),
    );
    return {
      oldest: oldest?.time ?? nineDigits(state.first_ts),
      newest: newest?.time ?? nineDigits(state.last_ts),
    };
  }

  /**
   * The message with this sequence number.
   *
   * @throws {NotFoundError} when it is not retained, or not there yet.
   */
  async get(seq: number): Promise<Message> {
    const found = Number.isSafeInteger(seq) && seq > 0 ? await this.find(seq) : undefined;
    if (found?.message !== undefined) return found.message;
    if (found === undefined) throw missingMessage(this.name, seq);
    throw new NotFoundError("not found", {
      seq,
      hint: "Another program published what is there: it is no JSON.",
    });
  }

  /**
   * What is stored as `seq`, or with `orLater` as the first number from there on; undefined when
   * there is nothing.
   */
  async find(
    seq: number,
    { orLater = false, patienceMs }: { orLater?: boolean; patienceMs?: number } = {},
  ): Promise<Found | undefined> {
    const { stream, subject } = this.names;
    const query = orLater ? { seq, next_by_subj: subject } : { seq };
    const stored = await this.link.ask(
      { pool: this.name },
      ({ manager }) => manager.streams.getMessage(stream, query),
      patienceMs,
    );
    if (stored === null) return undefined;
    const { header: headers, data, timestamp } = stored;
    const record = recordOf({
      seq: stored.seq,
      headers,
      data,
      get timestampNanos() {
        return nanosOf(timestamp);
      },
    });
    const message = record?.message;
    const storedTime = nineDigits(timestamp);
    return { seq: stored.seq, time: message?.time ?? storedTime, storedTime, message };
  }

  /**
   * Creates the pool.
   *
   * @throws {AlreadyExistsError} when it exists.
   * @throws {UsageError} when a size or limit is out of range.
   */
  async create(options: NatsPoolOptions): Promise<PoolInfo> {
    const id = crypto.randomUUID();
    const config = streamConfig(this.names, id, options);
    const info = await this.link.ask({ pool: this.name }, async ({ manager }) => {
      try {
        return await manager.streams.add(config);
      } catch (error) {
        // Asked again as the first answer was lost, it is there already: with this id.
        const there = await manager.streams.info(this.names.stream).catch(() => undefined);
        if (there !== undefined && poolId(there) === id) return there;
        throw error;
      }
    });
    return await this.describe(info);
  }

  /**
   * Deletes the pool.
   *
   * @throws {NotFoundError} when it does not exist.
   */
  async delete(): Promise<void> {
    const { stream } = this.names;
    let isDoubtful = false;
    await this.link.ask({ pool: this.name }, async ({ manager }) => {
      // Asked again as the first answer was lost, it is gone already.
      const wasDoubtful = isDoubtful;
      isDoubtful = true;
      try {
        await manager.streams.delete(stream);
      } catch (error) {
        if (!wasDoubtful || !isStreamMissing(error)) throw error;
      }
    });
  }
}

/** What identifies the pool in a stream for as long as it lives. */
export function poolId({ config, created }: StreamInfo): string {
  // A stream that somebody else made is told from its successor by when that was.
  return DESCRIPTION.exec(config.description ?? "")?.[1] ?? `created ${created}`;
}

function streamConfig(
  { stream, subject }: StreamNames,
  id: string,
  options: NatsPoolOptions,
): Partial<StreamConfig> & { name: string } {
  const { sizeBytes = DEFAULT_POOL_BYTES, maxAgeMs = 0, maxMessages = 0, replicas = 1 } = options;
  if (options.indexCapacity !== undefined) {
    throw new UsageError("a pool on NATS has no index whose capacity could be chosen", {
      hint: "Leave --index-capacity out.",
    });
  }
  checkRange("pool size", sizeBytes, MIN_POOL_BYTES, MAX_POOL_BYTES, SIZE_HINT);
  checkRange("the number of replicas", replicas, 1, REPLICAS_MAX);
  if (maxAgeMs !== 0) checkRange("maxAgeMs", maxAgeMs, MAX_AGE_MS_MIN, Number.MAX_SAFE_INTEGER);
  if (maxMessages !== 0) checkRange("maxMessages", maxMessages, 1, Number.MAX_SAFE_INTEGER);
  const duplicateWindowMs = Math.min(DUPLICATE_WINDOW_MS, maxAgeMs || Infinity);
  return {
    name: stream,
    subjects: [subject],
    description: `pls pool ${id}`,
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_bytes: sizeBytes,
    max_age: maxAgeMs * NANOS_PER_MS,
    max_msgs: maxMessages === 0 ? -1 : maxMessages,
    num_replicas: replicas,
    duplicate_window: duplicateWindowMs * NANOS_PER_MS,
  };
}

const SIZE_HINT = "Use a size such as 65536 (64K), 1048576 (1M) or 1073741824 (1G).";

function checkRange(
  what: string,
  value: number,
  least: number,
  most: number,
  hint: string = `Use for example ${least}.`,
): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new UsageError(`${what} must be a whole number of ${least} to ${most}`, { hint });
}

function isPassing(error: unknown): boolean {
  return error instanceof IoError || error instanceof BusyError;
}

/** A server's time with nine digits behind the seconds, of which it leaves out zeros. */
function nineDigits(time: string): string {
  const [, seconds, fraction = ""] = /^([^.Z]*)(?:\.(\d*))?Z?$/.exec(time) ?? [, time];
  return `${seconds}.${fraction.padEnd(9, "0")}Z`;
}

/** A server's time, as it writes it, in nanoseconds since 1970. */
function nanosOf(time: string): bigint {
  const text = nineDigits(time);
  const seconds = Date.parse(`${text.slice(0, 19)}Z`) / 1000;
  return BigInt(seconds) * 1_000_000_000n + BigInt(text.slice(20, 29));
}
