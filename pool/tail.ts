/**
 * Following a pool: moving from frame to frame, telling of gaps, waiting for more.
 *
 * The sequence moves on with every frame read, before filters are asked, so that a
 * filter never hides a gap. Messages come in ascending order of `seq`, each once.
 *
 * @module
 */

import { ChangeWaiter } from "./change_waiter.ts";
import { frameSeq } from "./frame.ts";
import { FrameFilter, hasFilters } from "./frame_filter.ts";
import type { BatchIterator, Gap, MessageBatch, TailOptions } from "./interface.ts";
import { isFrameBefore, type Lookup, type RetentionFloor, retentionFloor } from "./lookup.ts";
import { FrameCursor } from "./frame_cursor.ts";
import type { RingFile } from "./ring.ts";
import { SelectedFrames } from "./selected_frames.ts";
import { gapError, goneError } from "./tail_failures.ts";
import { checkTailOptions } from "./tail_options.ts";
import { placeOfLastMatching, tailStart } from "./tail_start.ts";
import { TurnedTail } from "./turned_tail.ts";

/** How long a tail may keep other work of the process from running. */
const YIELD_AFTER_MS = 20;

/** Delivers a local pool's messages in batches, as they come. */
export class BatchTail extends TurnedTail<MessageBatch> implements BatchIterator {
  readonly #ring: RingFile;
  readonly #lookup: Lookup;
  readonly #options: TailOptions;
  readonly #onEnd: (tail: BatchTail) => void;
  readonly #onAbort = () => this.end();
  readonly #deadline: number;
  readonly #waiter: ChangeWaiter;
  readonly #selection = new SelectedFrames();
  #cursor: FrameCursor;
  #filter: FrameFilter | undefined;
  /** Frames of the cursor's run that were looked at already. */
  #looked = 0;
  #delivered = 0;
  /** The number the next frame has if nothing is missing. */
  #expectedSeq: number;
  /** Messages before this one were given up: missing them is no sign of damage. */
  #retainedFromSeq: number;
  /** What the tail will fail with once what was selected before is delivered. */
  #failure: unknown;
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
    super();
    checkTailOptions(options);
    this.#ring = ring;
    this.#lookup = lookup;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#deadline = performance.now() + (options.timeoutMs ?? Infinity);
    this.#waiter = new ChangeWaiter(ring.path);
    // Where it starts is settled now, not when the first message is asked for.
    const state = ring.readState();
    const { place, expectedSeq, retainedFromSeq } = tailStart(ring, lookup, state, options);
    this.#cursor = new FrameCursor(ring, state, place);
    this.#expectedSeq = expectedSeq;
    this.#retainedFromSeq = retainedFromSeq;
    options.signal?.addEventListener("abort", this.#onAbort);
    if (options.signal?.aborted) this.end();
  }

  /** Where a tail would go on that takes over from this one; not known before the first batch. */
  get nextSeq(): number | undefined {
    return this.#filter === undefined ? undefined : this.#expectedSeq;
  }

  /** True once the tail has ended, or its time is up: nothing more may be delivered. */
  get isOver(): boolean {
    const { timeoutMs } = this.#options;
    return this.#ended || (timeoutMs !== undefined && performance.now() >= this.#deadline);
  }

  /** Ends the tail at once. */
  override end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#waiter.close();
    this.#onEnd(this);
  }

  protected override async advance(): Promise<IteratorResult<MessageBatch>> {
    try {
      if (this.#filter === undefined) await this.#setUpFilter();
      while (!this.#isDone()) {
        if (performance.now() - this.#turnStartedMs > YIELD_AFTER_MS) {
          await this.#giveWay();
          continue;
        }
        this.#waiter.reset();
        const news = this.#advance();
        if (this.#selection.length > 0) return { done: false, value: this.#selection };
        if (!news && !this.#hasReachedEnd()) await this.#waitForNews();
      }
    } catch (error) {
      this.end();
      throw error;
    }
    this.end();
    return { done: true, value: undefined };
  }

  #isDone(): boolean {
    if (this.isOver || this.#hasDelivered()) return true;
    if (this.#failure !== undefined) throw this.#failure;
    return false;
  }

  #hasDelivered(): boolean {
    const { maxMessages = Infinity, untilSeq = Infinity } = this.#options;
    return this.#delivered >= maxMessages || this.#expectedSeq > untilSeq;
  }

  /** Whether all up to `untilSeq` was in the pool: what did not come is missing. */
  #hasReachedEnd(): boolean {
    const { untilSeq = Infinity } = this.#options;
    if (this.#cursor.state.nextSeq <= untilSeq) return false;
    this.#passGap(untilSeq + 1);
    return true;
  }

  async #setUpFilter(): Promise<void> {
    const filter = await FrameFilter.of(this.#options);
    this.#filter = filter;
    const { last = 0 } = this.#options;
    // Compiling took a while: the tail may have been ended, and its file closed.
    if (this.isOver || last === 0 || !hasFilters(this.#options)) return;
    const { state } = this.#cursor;
    const place = placeOfLastMatching(this.#ring, this.#lookup, state, { last, filter });
    this.#cursor = new FrameCursor(this.#ring, state, place);
    this.#expectedSeq = place.seq;
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
    if (this.#looked >= reader.count) this.#read(cursor);
    this.#selection.reset(reader);
    // Amid damage there is more to look through, which is done in turns with other work.
    if (this.#looked >= reader.count) return cursor.isSearching;
    const floor = retentionFloor(this.#ring.identity, cursor.state, Date.now());
    this.#retainedFromSeq = Math.max(this.#retainedFromSeq, floor.seq);
    try {
      while (this.#looked < reader.count && this.#look(reader.offsets[this.#looked], floor)) {
        this.#looked++;
      }
    } catch (error) {
      this.#failure = error;
    }
    return true;
  }

  #read(cursor: FrameCursor): void {
    const { generation } = cursor.state;
    this.#looked = cursor.read() === 0 ? cursor.reader.count : 0;
    // A damaged state brings the one before it back; what is older is another file's.
    if (cursor.state.generation < generation - 1) throw goneError(this.#ring.path);
  }

  /** Looks at one frame; false when the batch ends before it. */
  #look(at: number, floor: RetentionFloor): boolean {
    const { reader } = this.#cursor;
    const seq = frameSeq(reader.view, at);
    if (seq < this.#expectedSeq) return true;
    if (seq < floor.seq || (floor.time && isFrameBefore(reader.view, at, floor.time))) {
      this.#retainedFromSeq = Math.max(this.#retainedFromSeq, seq + 1);
      return true;
    }
    const { untilSeq = Infinity } = this.#options;
    if (seq > this.#expectedSeq && !this.#passGap(Math.min(seq, untilSeq + 1))) return false;
    if (this.#hasDelivered()) return false;
    if (this.#filter!.accepts(reader, at)) {
      this.#selection.add(at, this.#filter!.message);
      this.#delivered++;
    }
    this.#expectedSeq = seq + 1;
    return true;
  }

  /** Reports what is missing before message `seq`; false when the batch has to end first. */
  #passGap(seq: number): boolean {
    if (this.#selection.length > 0) return false;
    const keptFrom = Math.min(seq, Math.max(this.#expectedSeq, this.#retainedFromSeq));
    this.#reportGap(this.#expectedSeq, keptFrom, "retention");
    this.#reportGap(keptFrom, seq, "damage");
    return true;
  }

  #reportGap(fromSeq: number, beforeSeq: number, reason: Gap["reason"]): void {
    if (fromSeq === beforeSeq) return;
    const gap = { fromSeq, toSeq: beforeSeq - 1, count: beforeSeq - fromSeq, reason };
    if (this.#options.gapPolicy === "error") throw gapError(this.#ring.path, gap);
    this.#options.onGap?.(gap);
    this.#expectedSeq = beforeSeq;
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
