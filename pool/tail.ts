/**
 * Following a pool: moving from frame to frame, telling of gaps, waiting for more.
 *
 * The sequence moves on with every frame read, before filters are asked, so that a
 * filter never hides a gap. Messages come in ascending order of `seq`, each once.
 *
 * @module
 */

import { ChangeWaiter } from "./change_waiter.ts";
import { CorruptError, NotFoundError, type PlasmiteError, RetentionGapError } from "./errors.ts";
import { frameSeq } from "./frame.ts";
import { FrameFilter, hasFilters } from "./frame_filter.ts";
import type { Gap, MessageBatch, TailOptions } from "./interface.ts";
import { isFrameBefore, type Lookup, type RetentionFloor, retentionFloor } from "./lookup.ts";
import { FrameCursor, type FrameReader } from "./reader.ts";
import type { RingFile } from "./ring.ts";
import { SelectedFrames } from "./selected_frames.ts";
import { checkTailOptions } from "./tail_options.ts";
import { placeOfLastMatching, tailStart } from "./tail_start.ts";
import { Turns } from "./turns.ts";

/** How long a tail may keep other work of the process from running. */
const YIELD_AFTER_MS = 20;

/** Delivers a local pool's messages in batches, as they come. */
export class BatchTail implements AsyncIterableIterator<MessageBatch> {
  readonly #ring: RingFile;
  readonly #lookup: Lookup;
  readonly #options: TailOptions;
  readonly #onEnd: (tail: BatchTail) => void;
  readonly #onAbort = () => this.end();
  readonly #deadline: number;
  readonly #waiter: ChangeWaiter;
  readonly #turns = new Turns();
  readonly #selection = new SelectedFrames();
  #cursor: FrameCursor;
  #filter: FrameFilter | undefined;
  /** Frames of the cursor's run that were looked at already. */
  #looked = 0;
  #delivered = 0;
  /** The number the next frame has if nothing is missing; undefined before the first. */
  #expectedSeq: number | undefined;
  /** Whether what is missing before the next frame was given up, and not damaged. */
  #lostToRetention: boolean;
  #failure: PlasmiteError | undefined;
  #ended = false;
  #turnStartedMs = performance.now();

  /**
   * Follows `ring`; `onEnd` is called once, when the tail has ended.
   *
   * @throws {UsageError} when the options make no sense.
   */
  constructor(
    ring: RingFile,
    lookup: Lookup,
    options: TailOptions,
    onEnd: (tail: BatchTail) => void,
  ) {
    checkTailOptions(options);
    this.#ring = ring;
    this.#lookup = lookup;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#deadline = performance.now() + (options.timeoutMs ?? Infinity);
    this.#waiter = new ChangeWaiter(ring.path);
    // Where it starts is settled now, not when the first message is asked for.
    const state = ring.readState();
    const { place, expectedSeq } = tailStart(lookup, state, options);
    this.#cursor = new FrameCursor(ring, state, place);
    this.#expectedSeq = expectedSeq;
    this.#lostToRetention = true;
    options.signal?.addEventListener("abort", this.#onAbort);
    if (options.signal?.aborted) this.end();
  }

  /** The tail itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next batch; `done` at the end. Calls made at the same time are answered in order. */
  next(): Promise<IteratorResult<MessageBatch>> {
    return this.#turns.take(() => this.#next());
  }

  /** Ends the tail at once, also while a call of `next` waits. */
  return(): Promise<IteratorResult<MessageBatch>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the tail when an `await using` block does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Ends the tail at once. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#waiter.close();
    this.#onEnd(this);
  }

  async #next(): Promise<IteratorResult<MessageBatch>> {
    try {
      if (!this.#ended) this.#filter ??= await this.#makeFilter();
      while (!this.#isOver()) {
        if (performance.now() - this.#turnStartedMs > YIELD_AFTER_MS) await this.#giveWay();
        this.#waiter.reset();
        const news = this.#advance();
        if (this.#selection.length > 0) return { done: false, value: this.#selection };
        if (!news) await this.#waitForNews();
      }
    } catch (error) {
      this.end();
      throw error;
    }
    this.end();
    return { done: true, value: undefined };
  }

  #isOver(): boolean {
    if (this.#ended) return true;
    if (this.#failure !== undefined) throw this.#failure;
    return this.#hasDelivered() || performance.now() >= this.#deadline;
  }

  #hasDelivered(): boolean {
    return this.#delivered >= (this.#options.maxMessages ?? Infinity);
  }

  async #makeFilter(): Promise<FrameFilter> {
    const filter = await FrameFilter.of(this.#options);
    const { last = 0 } = this.#options;
    if (last > 0 && hasFilters(this.#options)) {
      const { state } = this.#cursor;
      const place = placeOfLastMatching(this.#ring, this.#lookup, state, { last, filter });
      this.#cursor = new FrameCursor(this.#ring, state, place);
      this.#expectedSeq = place.seq;
    }
    return filter;
  }

  /**
   * Fills the selection from the current run, or from the next one. A gap ends a
   * batch, so that it is reported between the messages it lies between.
   *
   * @returns false when there was nothing to read.
   */
  #advance(): boolean {
    const cursor = this.#cursor;
    const { reader } = cursor;
    this.#selection.reset(reader);
    if (this.#looked >= reader.count) {
      this.#looked = 0;
      if (cursor.read() === 0) return false;
      if (cursor.overtaken) this.#lostToRetention = true;
      this.#selection.reset(reader);
    }
    const floor = retentionFloor(this.#ring.identity, cursor.state, Date.now());
    while (this.#looked < reader.count && this.#look(reader, reader.offsets[this.#looked], floor)) {
      this.#looked++;
    }
    return true;
  }

  /** Looks at one frame; false when the batch ends before it. */
  #look(reader: FrameReader, at: number, floor: RetentionFloor): boolean {
    const seq = frameSeq(reader.view, at);
    if (
      seq < floor.seq || (floor.time !== undefined && isFrameBefore(reader.view, at, floor.time))
    ) {
      this.#lostToRetention = true;
      return true;
    }
    const expectedSeq = this.#expectedSeq ?? seq;
    if (seq < expectedSeq) return true;
    if (seq > expectedSeq && !this.#passGap(expectedSeq, seq - 1)) return false;
    if (this.#hasDelivered()) return false;
    this.#expectedSeq = seq + 1;
    this.#lostToRetention = false;
    if (this.#filter!.accepts(reader, at)) {
      this.#selection.add(at, this.#filter!.message);
      this.#delivered++;
    }
    return true;
  }

  /** Reports a gap; false when the batch has to end first, or the tail with it. */
  #passGap(fromSeq: number, toSeq: number): boolean {
    if (this.#selection.length > 0) return false;
    const gap: Gap = {
      fromSeq,
      toSeq,
      count: toSeq - fromSeq + 1,
      reason: this.#lostToRetention ? "retention" : "damage",
    };
    if (this.#options.gapPolicy === "error") {
      this.#failure = gapError(this.#ring.path, gap);
      return false;
    }
    this.#options.onGap?.(gap);
    return true;
  }

  async #waitForNews(): Promise<void> {
    await this.#waiter.wait(this.#deadline - performance.now());
    this.#turnStartedMs = performance.now();
    if (this.#ended) return;
    if (this.#ring.readState().head !== this.#cursor.state.head) this.#waiter.foundNews();
    else if (!this.#ring.isLive()) throw goneError(this.#ring.path);
  }

  /** Lets timers and input of the process have their turn. A timer of 0 would take 2 ms. */
  async #giveWay(): Promise<void> {
    await new Promise<void>((resolve) => globalThis.setImmediate(resolve));
    this.#turnStartedMs = performance.now();
  }
}

function gapError(path: string, gap: Gap): PlasmiteError {
  const details = { path, seq: gap.fromSeq };
  if (gap.reason === "damage") {
    return new CorruptError(`messages ${gap.fromSeq} to ${gap.toSeq} are damaged`, {
      ...details,
      hint: "Run `pls doctor` on the pool, or read on with gap policy `continue`.",
    });
  }
  return new RetentionGapError(
    `messages ${gap.fromSeq} to ${gap.toSeq} are no longer retained`,
    { ...details, hint: "Use a larger pool, read faster, or read on with gap policy `continue`." },
  );
}

function goneError(path: string): NotFoundError {
  return new NotFoundError("the pool was deleted or replaced while it was followed", {
    path,
    hint: "Follow it again if it was created anew.",
  });
}
