/**
 * A pool in a file on this machine: the local engine of {@linkcode MessagePool}, with
 * every operation done when the call returns.
 *
 * @module
 */

import { FrameEncoder } from "./encoder.ts";
import { fromSystemError, UsageError } from "./errors.ts";
import { DiskFile } from "./file.ts";
import { flushAppended, syncDirectoryOf } from "./flush.ts";
import { describePool } from "./info.ts";
import type {
  AppendOptions,
  BatchIterator,
  MessageInput,
  MessagePool,
  PoolInfo,
  TailOptions,
} from "./interface.ts";
import { Lookup } from "./lookup.ts";
import { Message } from "./message.ts";
import { RingFile } from "./ring.ts";
import { MessageTail } from "./message_tail.ts";
import { missingMessage } from "./missing_message.ts";
import { copyStamps } from "./origin.ts";
import { BatchTail } from "./tail.ts";
import { deletedError, PoolWriter } from "./writer.ts";

/** How long an append waits for other writers when nobody says: 5 seconds. */
export const DEFAULT_LOCK_TIMEOUT_MS = 5000;

/** How to open a pool. */
export interface OpenOptions {
  /** The reference shown in descriptions. Default the path. */
  name?: string;
  /** Longest wait for other writers in milliseconds, 0 or more. Default 5000. */
  lockTimeoutMs?: number;
  /** Called once, when the pool is closed. */
  onClose?: (pool: Pool) => void;
}

/**
 * One local pool.
 *
 * It is opened for reading; the first append opens it for writing, so that a reader
 * needs no write access.
 */
export class Pool implements MessagePool {
  /** The reference the pool was opened by. */
  readonly name: string;
  /** The pool file. */
  readonly path: string;
  readonly #ring: RingFile;
  readonly #lookup: Lookup;
  readonly #lockTimeoutMs: number;
  readonly #tails = new Set<BatchTail>();
  #encoder: FrameEncoder | undefined;
  #writerRing: RingFile | undefined;
  #writer: PoolWriter | undefined;
  #closed = false;
  readonly #onClose: ((pool: Pool) => void) | undefined;

  /**
   * Opens the pool file at `path`.
   *
   * @throws {NotFoundError} when there is none.
   * @throws {CorruptError} when it is no pool, or its header is damaged.
   * @throws {UsageError} when it has another file version.
   */
  constructor(path: string, options: OpenOptions = {}) {
    this.path = path;
    this.name = options.name ?? path;
    this.#lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS;
    if (!(this.#lockTimeoutMs >= 0)) throw new UsageError("lockTimeoutMs must be 0 or more");
    this.#onClose = options.onClose;
    this.#ring = openRing(path, { write: false });
    if (this.#ring.readState().deleted) {
      this.#ring.close();
      throw fromSystemError(new Deno.errors.NotFound(), path);
    }
    this.#lookup = new Lookup(this.#ring);
  }

  /**
   * Appends one message and returns it as committed.
   *
   * @param data Any value `JSON.stringify` can write.
   * @param tags Labels to select by later.
   * @throws {UsageError} when it can't be written as JSON or does not fit in the pool.
   * @throws {BusyError} when other writers held the pool for too long.
   */
  append(data: unknown, tags: readonly string[] = [], options: AppendOptions = {}): Message {
    return this.appendMany([{ data, tags }], options)[0];
  }

  /**
   * Appends messages in order and returns them as committed. When one is refused, none
   * is appended. Readers see all of them at once when they fit in the pool together;
   * of more than that, the first ones are gone again when it returns.
   *
   * @throws {UsageError} when one can't be written as JSON or does not fit in the pool.
   * @throws {BusyError} when other writers held the pool for too long.
   * @throws {IoError} with a `seq` when they are in the pool from that number on, and not
   * known to be on storage; without one when writing failed.
   */
  appendMany(inputs: readonly MessageInput[], options: AppendOptions = {}): Message[] {
    this.#checkOpen();
    const { durability = "fast" } = options;
    if (durability !== "fast" && durability !== "flush") {
      throw new UsageError('durability must be "fast" or "flush"');
    }
    this.#encoder ??= new FrameEncoder(this.#ring.layout.ringBytes);
    const frames = this.#encoder.encode(inputs);
    if (inputs.length === 0) return [];
    const stamp = copyStamps(inputs);
    this.#writer ??= this.#openWriter();
    const { firstSeq, times } = this.#writer.append(frames, stamp);
    if (durability === "flush") this.#flush(firstSeq, inputs.length);
    const messages = new Array<Message>(inputs.length);
    for (let i = 0; i < messages.length; i++) {
      const { tags, payload } = frames.texts[i];
      messages[i] = new Message(firstSeq + i, times[i].seconds, times[i].nanos, tags, payload);
    }
    return messages;
  }

  /**
   * Returns the message with sequence number `seq`.
   *
   * @throws {NotFoundError} when it was not appended yet, is no longer retained, or is
   * no whole number.
   * @throws {CorruptError} when its bytes are damaged.
   */
  get(seq: number): Message {
    this.#checkOpen();
    const state = this.#ring.readState();
    if (!Number.isSafeInteger(seq) || seq < state.oldestSeq || seq >= state.nextSeq) {
      throw missingMessage(this.name, seq);
    }
    const nowMs = Date.now();
    const message = this.#lookup.message(state, seq, nowMs);
    if (message !== undefined) return message;
    // Given up by a limit, overwritten while we looked, or not as it was written.
    const { seq: oldestSeq } = this.#lookup.oldest(this.#ring.readState(), nowMs);
    if (seq < oldestSeq) throw missingMessage(this.name, seq);
    throw this.#ring.corrupt(`message ${seq} is damaged`, { seq });
  }

  /**
   * Delivers messages one by one: first the retained ones the options ask for, by
   * default all, then those appended later, until an option or the caller ends it.
   *
   * @throws {UsageError} when the options make no sense.
   */
  tail(options: TailOptions = {}): AsyncIterableIterator<Message> {
    const batches = this.#follow(options);
    return new MessageTail(batches, () => batches.isOver);
  }

  /** Delivers what {@linkcode tail} delivers in batches, for moving many messages fast. */
  tailBatches(options: TailOptions = {}): BatchIterator {
    return this.#follow(options);
  }

  /** Sizes, bounds and use of the pool. */
  info(): PoolInfo {
    this.#checkOpen();
    return describePool(this.#ring, this.#lookup, this.name, Date.now());
  }

  /** Closes the file and ends the pool's tails. Does nothing the second time. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const tail of this.#tails) tail.end();
    this.#ring.close();
    this.#writerRing?.close();
    this.#onClose?.(this);
  }

  /** Closes the pool when a `using` block ends. */
  [Symbol.dispose](): void {
    this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new UsageError("the pool is closed");
  }

  #follow(options: TailOptions): BatchTail {
    this.#checkOpen();
    if (this.#ring.readState().deleted) throw deletedError(this.path);
    const onEnd = (ended: BatchTail) => this.#tails.delete(ended);
    const tail = new BatchTail(this.#ring, this.#lookup, options, onEnd);
    if (!tail.isOver) this.#tails.add(tail);
    return tail;
  }

  #openWriter(): PoolWriter {
    const ring = openRing(this.path, { write: true });
    // What lies there now need not be what was opened for reading.
    if (!this.#ring.isAtPath()) {
      ring.close();
      throw deletedError(this.path);
    }
    this.#writerRing = ring;
    return new PoolWriter(ring, this.#lockTimeoutMs);
  }

  #flush(firstSeq: number, count: number): void {
    flushAppended(this.#writer!, { path: this.path, firstSeq, lastSeq: firstSeq + count - 1 });
    this.#syncDirectory?.();
    this.#syncDirectory = undefined;
  }

  /** Once per open pool: its name must be on storage as well. */
  #syncDirectory: (() => void) | undefined = () => syncDirectoryOf(this.path);
}

function openRing(path: string, options: { write: boolean }): RingFile {
  let file: DiskFile;
  try {
    file = new DiskFile(path, options);
  } catch (error) {
    throw fromSystemError(error, path);
  }
  return new RingFile(file, path);
}

/** Runs `work` with a writer on the pool at `path`, who waits for others for so long. */
export function withWriter(
  path: string,
  work: (writer: PoolWriter) => void,
  lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS,
): void {
  const ring = openRing(path, { write: true });
  try {
    work(new PoolWriter(ring, lockTimeoutMs));
  } finally {
    ring.close();
  }
}
