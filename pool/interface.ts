/**
 * What a pool is to everything above it: the one interface that a local file, a
 * served pool and a JetStream stream all satisfy.
 *
 * Commands, the server, MCP and messaging are written against
 * {@linkcode MessagePool} and nothing else, so each of them works on any engine.
 *
 * @module
 */

import type { PlasmiteError } from "./errors.ts";
import type { JsonText } from "./json_text.ts";
import type { PoolOptions } from "./layout.ts";
import type { Message } from "./message.ts";

/** A value, or a promise of it: local calls answer at once, remote ones later. */
export type Awaitable<T> = T | Promise<T>;

/**
 * When an append counts as done.
 *
 * - `"fast"`: other processes see the message, and it survives the death of any
 *   process. A power cut may lose it.
 * - `"flush"`: it is on storage as well, and survives a power cut.
 */
export type Durability = "fast" | "flush";

/** How to append. */
export interface AppendOptions {
  /** When the append counts as done. Default `"fast"`. */
  durability?: Durability;
}

/** What a copy of a message brings along from another pool. */
export interface Origin {
  /**
   * When the message was appended there, RFC 3339. The copy keeps it where the engine can: files
   * do unless it is not later than their newest message, and then follow that by a nanosecond;
   * JetStream does; a served pool gives a time of its own.
   */
  time: string;
  /**
   * Letters, digits and `-_.#`, 1 to 100 of them, which name the message among all pools.
   * JetStream stores what comes with the same id and time within two minutes once.
   */
  id: string;
}

/** One message to append: a value, or JSON text to be kept as it is. */
export type MessageInput =
  & {
    /** Labels to select by later. Default none. */
    tags?: readonly string[];
    /** Where it is copied from, if it is a copy. */
    origin?: Origin;
  }
  & (
    | {
      /** Any value `JSON.stringify` can write. */
      data: unknown;
    }
    | {
      /** Checked, compact JSON text: key order and number spelling survive. */
      json: JsonText;
    }
  );

/** Messages that a tail will never see. */
export interface Gap {
  /** First missing sequence number. */
  fromSeq: number;
  /** Last missing sequence number. */
  toSeq: number;
  /** How many are missing: `toSeq - fromSeq + 1`. */
  count: number;
  /**
   * `"retention"`: overwritten by newer messages, or past the pool's age or count
   * limit. `"damage"`: their bytes in the file are not intact.
   */
  reason: "retention" | "damage";
}

/** Where a tail starts, what it lets through, and when it ends. */
export interface TailOptions {
  /**
   * First sequence number wanted. One that is gone already is a gap; one that is
   * not there yet is waited for. Excludes `last` and `since`.
   */
  sinceSeq?: number;
  /**
   * Start with the newest `last` retained messages that pass the filters; 0 means
   * only those appended from now on. Without filters, numbers that an import or a repair
   * left out count as well. Excludes `sinceSeq` and `since`.
   */
  last?: number;
  /**
   * Start with the first message of this time or later: a `Date`, RFC 3339 text,
   * or an age such as `"5m"` (units `s`, `m`, `h`, `d`). Excludes `sinceSeq` and
   * `last`.
   */
  since?: Date | string;
  /** Only messages that carry every one of these tags. */
  tags?: readonly string[];
  /**
   * Only messages for which every one of these jq predicates, run on the whole
   * envelope, gives `true`. A predicate that gives anything but booleans is a
   * `Usage` error.
   */
  where?: string | readonly string[];
  /**
   * End once all up to this sequence number was delivered or is known to be missing.
   * Numbers that are not there yet are waited for.
   */
  untilSeq?: number;
  /** End after this many messages. 0 ends at once. */
  maxMessages?: number;
  /** End this many milliseconds after the start. A normal end, not an error. */
  timeoutMs?: number;
  /** End as soon as this is aborted. A normal end, not an error. */
  signal?: AbortSignal;
  /**
   * What to do about messages that were lost to the reader: report them to `onGap`
   * and go on (`"continue"`, the default), or end with an error.
   */
  gapPolicy?: "continue" | "error";
  /** Told of every gap before the message that follows it. */
  onGap?: (gap: Gap) => void;
}

/** How {@linkcode MessageBatch.jsonLines} writes a message. */
export interface JsonLinesOptions {
  /** Write `data` alone instead of the whole envelope. Default false. */
  dataOnly?: boolean;
}

/**
 * Messages that a tail delivers together. Valid until the tail is asked for the
 * next batch: take what you need out of it before.
 */
export interface MessageBatch {
  /** How many messages it holds, at least 1. */
  readonly length: number;
  /** The messages, in ascending order of `seq`. They stay valid. */
  messages(): Message[];
  /**
   * The messages as UTF-8 JSON Lines, payload bytes copied without being parsed.
   * The bytes are overwritten by the next call.
   */
  jsonLines(options?: JsonLinesOptions): Uint8Array;
}

/** Delivers batches as they come. */
export interface BatchIterator extends AsyncIterableIterator<MessageBatch> {
  /**
   * All messages before this number were delivered, held back by filters or told of as a
   * gap; undefined when that is not known. A tail that starts with it goes on exactly
   * where this one was when the batch before was taken.
   */
  readonly nextSeq?: number;
  /**
   * Settled once it is known where the tail starts, or that it can't: what is appended from then on
   * is seen. Never rejects. Undefined when that was known before the tail was given out.
   */
  readonly started?: Promise<void>;
}

/** Sizes, bounds and use of one pool. */
export interface PoolInfo {
  /** The reference the pool was opened by. */
  name: string;
  /** The pool file. */
  path: string;
  /** Size of the whole file in bytes. */
  sizeBytes: number;
  /** Where the index starts in the file, in bytes. */
  indexOffset: number;
  /** Number of index entries. */
  indexCapacity: number;
  /** Size of the index in bytes. */
  indexSizeBytes: number;
  /** Where the ring starts in the file, in bytes. */
  ringOffset: number;
  /** Size of the ring in bytes: frames of all retained messages fit in it. */
  ringSizeBytes: number;
  /** Identifies this pool for as long as it lives: a UUID. */
  id: string;
  /** When it was created, RFC 3339 UTC. */
  createdAt: string;
  /** Messages older than this many milliseconds are not delivered; 0 for no limit. */
  maxAgeMs: number;
  /** Only this many newest messages are delivered; 0 for no limit. */
  maxMessages: number;
  /** Oldest and newest retained sequence number; undefined when the pool is empty. */
  bounds?: { oldest: number; newest: number };
  /** The sequence number the next message gets. */
  nextSeq: number;
  /**
   * When the oldest and newest retained messages were appended, RFC 3339 UTC; undefined
   * when the pool is empty, and for an oldest message that is damaged.
   */
  times?: { oldest?: string; newest: string };
  /** Bytes of the ring that hold frames. */
  usedBytes: number;
}

/** One pool, on whichever engine. */
export interface MessagePool {
  /** The reference the pool was opened by. */
  readonly name: string;
  /** The most bytes that a message may have, where something other than the ring's size limits it. */
  readonly maxMessageBytes?: number;
  /** Appends one message and returns it as committed. */
  append(data: unknown, tags?: readonly string[], options?: AppendOptions): Awaitable<Message>;
  /** Appends many messages in order and returns them as committed. */
  appendMany(inputs: readonly MessageInput[], options?: AppendOptions): Awaitable<Message[]>;
  /** Returns the message with this sequence number, or fails with `NotFound`. */
  get(seq: number): Awaitable<Message>;
  /** Delivers messages one by one as they come. */
  tail(options?: TailOptions): AsyncIterableIterator<Message>;
  /**
   * Delivers the same messages in batches, for moving many of them fast. It is the
   * same batch object every time.
   */
  tailBatches(options?: TailOptions): BatchIterator;
  /** Sizes, bounds and use of the pool. */
  info(): Awaitable<PoolInfo>;
  /** Gives up the pool's resources and ends its tails. */
  close(): Awaitable<void>;
}

/** A pool among others: what it holds, or why that can't be told. */
export type PoolListing =
  & {
    /** Its name: that of the file without `.plasmite`. */
    name: string;
    /** The pool file. */
    path: string;
    /** When the file was last changed, if the file system tells. */
    mtime: Date | null;
  }
  & ({ info: PoolInfo; error?: undefined } | { info?: undefined; error: PlasmiteError });

/** A place with pools, each under its name: a directory, a server. */
export interface PoolClient {
  /** Opens a pool, and creates it first when it does not exist. */
  pool(reference: string, options?: PoolOptions): Awaitable<MessagePool>;
  /** Opens a pool that exists. */
  openPool(reference: string): Awaitable<MessagePool>;
  /** Creates a pool and describes it. */
  createPool(reference: string, options?: PoolOptions): Awaitable<PoolInfo>;
  /** All pools, sorted by name; those that can't be read with the error. */
  listPools(): Awaitable<PoolListing[]>;
  /** Describes a pool. */
  poolInfo(reference: string): Awaitable<PoolInfo>;
  /** Deletes a pool. */
  deletePool(reference: string): Awaitable<void>;
  /**
   * Tells which pools are created or may have changed, where that takes less than to follow each:
   * sets of their names, until `signal` ends it. The first set is empty, and says that from now on
   * nothing is missed. Other engines have no such thing.
   */
  changedPools?(signal: AbortSignal): AsyncIterable<ReadonlySet<string>>;
  /** Gives up what was opened. */
  close(): Awaitable<void>;
}
