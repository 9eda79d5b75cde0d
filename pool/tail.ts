/**
 * Following a pool: where to start, what to let through, and waiting for more.
 *
 * The sequence moves on with every frame read, before filters are asked, so that a
 * filter never hides a gap. Messages come in ascending order of `seq`, each once.
 *
 * @module
 */

import { CorruptError, NotFoundError, type PlasmiteError, RetentionGapError, UsageError } from "./errors.ts";
import { frameSeq } from "./frame.ts";
import type { Gap, JsonLinesOptions, MessageBatch, TailOptions } from "./interface.ts";
import { JsonLinesWriter } from "./json_lines.ts";
import type { State } from "./layout.ts";
import { isFrameBefore, laterPlace, type Lookup, retentionFloor } from "./lookup.ts";
import { frameMessage, frameTags, type Message } from "./message.ts";
import { FrameCursor, type FrameReader, type Place, placeOfHead } from "./reader.ts";
import type { RingFile } from "./ring.ts";
import { sinceTimestamp } from "./since.ts";
import type { Timestamp } from "./timestamp.ts";
import { type FileWatch, watchFile } from "./watch.ts";
import { compileWhere, type MessagePredicate } from "./where.ts";

/** How often a waiting tail looks for itself when the file system reports changes. */
const WATCHED_POLL_MS = 250;
/** How often it looks when the file system does not. */
const UNWATCHED_POLL_MS = 20;
/** How long a tail may keep other work of the process from running. */
const YIELD_AFTER_MS = 50;
/** Messages looked at in the first step back for `last` with filters; doubles. */
const FIRST_STEP_BACK = 256;

/** Delivers a local pool's messages in batches, as they come. */
export class BatchTail implements AsyncIterableIterator<MessageBatch> {
  readonly #ring: RingFile;
  readonly #lookup: Lookup;
  readonly #options: TailOptions;
  readonly #deadline: number;
  readonly #selection = new SelectedFrames();
  #cursor: FrameCursor | undefined;
  #filter: FrameFilter | undefined;
  /** Frames of the cursor's run that were looked at already. */
  #looked = 0;
  #delivered = 0;
  #expectedSeq: number | undefined;
  #lostToRetention = false;
  #failure: PlasmiteError | undefined;
  #ended = false;
  #wake: (() => void) | undefined;
  #changed = false;
  #watch: FileWatch | undefined;
  #pollMs = WATCHED_POLL_MS;
  #turnStartedMs = performance.now();
  #pending: Promise<unknown> | undefined;
  readonly #onAbort = () => this.end();
  readonly #onEnd: (tail: BatchTail) => void;

  /**
   * Follows `ring`; `onEnd` is called once, when the tail has ended.
   *
   * @throws {UsageError} when the options make no sense.
   */
  constructor(ring: RingFile, lookup: Lookup, options: TailOptions, onEnd: (tail: BatchTail) => void) {
    checkOptions(options);
    this.#ring = ring;
    this.#lookup = lookup;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#deadline = performance.now() + (options.timeoutMs ?? Infinity);
    // Where it starts is settled now, not when the first message is asked for.
    this.#start(ring.readState());
    options.signal?.addEventListener("abort", this.#onAbort);
    if (options.signal?.aborted) this.end();
  }

  /** The tail itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next batch; `done` at the end. Calls made at the same time are answered in order. */
  next(): Promise<IteratorResult<MessageBatch>> {
    const result = this.#pending === undefined ? this.#next() : this.#pending.then(() => this.#next());
    const settled = result.then(() => {}, () => {}).finally(() => {
      if (this.#pending === settled) this.#pending = undefined;
    });
    this.#pending = settled;
    return result;
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
    this.#watch?.close();
    this.#wake?.();
    this.#onEnd(this);
  }

  #start(state: State): void {
    const { sinceSeq, last, since } = this.#options;
    if (sinceSeq !== undefined) {
      const from = Math.max(sinceSeq, this.#lookup.oldest(state, Date.now()).seq);
      this.#startAt(state, this.#lookup.seq(state, from), sinceSeq);
      this.#lostToRetention = true;
    } else if (since !== undefined) {
      const from = this.#lookup.time(state, sinceTimestamp(since, Date.now()));
      this.#startAt(state, laterPlace(from, this.#lookup.oldest(state, Date.now())));
    } else if (last === undefined) {
      this.#startAt(state, this.#lookup.oldest(state, Date.now()));
      this.#expectedSeq = undefined;
    } else if (!hasFilters(this.#options)) {
      this.#startAt(state, this.#placeOfLast(state, last));
    } else {
      // Finding the newest matches takes the filters, which are not there yet.
      this.#startAt(state, placeOfHead(state));
    }
  }

  #startAt(state: State, place: Place, expectedSeq: number = place.seq): void {
    this.#cursor = new FrameCursor(this.#ring, state, place);
    this.#expectedSeq = expectedSeq;
  }

  async #next(): Promise<IteratorResult<MessageBatch>> {
    try {
      this.#filter ??= await this.#makeFilter();
      while (!this.#isOver()) {
        if (performance.now() - this.#turnStartedMs > YIELD_AFTER_MS) await this.#giveWay();
        this.#changed = false;
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
    return this.#delivered >= (this.#options.maxMessages ?? Infinity) ||
      performance.now() >= this.#deadline;
  }

  async #makeFilter(): Promise<FrameFilter> {
    const filter = new FrameFilter(this.#options.tags ?? [], await wherePredicate(this.#options.where));
    const { last } = this.#options;
    if (last !== undefined && last > 0 && hasFilters(this.#options)) {
      const { state } = this.#cursor!;
      this.#startAt(state, this.#placeOfLastMatching(state, last, filter));
    }
    return filter;
  }

  /** The place of the newest `last` messages. */
  #placeOfLast(state: State, last: number): Place {
    if (last === 0) return placeOfHead(state);
    const place = this.#lookup.seq(state, state.nextSeq - last);
    return laterPlace(place, this.#lookup.oldest(state, Date.now()));
  }

  /** The place of the newest `last` messages that pass, looking back in growing steps. */
  #placeOfLastMatching(state: State, last: number, filter: FrameFilter): Place {
    const oldest = this.#lookup.oldest(state, Date.now());
    let matches: Place[] = [];
    let before = placeOfHead(state);
    for (let step = FIRST_STEP_BACK; before.seq > oldest.seq && matches.length < last; step *= 2) {
      const place = laterPlace(this.#lookup.seq(state, before.seq - step), oldest);
      matches = [...this.#matchesBetween(state, place, before.seq, filter), ...matches];
      before = place;
    }
    return matches.at(-last) ?? matches[0] ?? placeOfHead(state);
  }

  #matchesBetween(state: State, from: Place, toSeq: number, filter: FrameFilter): Place[] {
    const matches: Place[] = [];
    const cursor = new FrameCursor(this.#ring, state, from);
    while (cursor.fromSeq < toSeq && cursor.readWithin() > 0) {
      const { reader } = cursor;
      for (let i = 0; i < reader.count; i++) {
        const at = reader.offsets[i];
        const seq = frameSeq(reader.view, at);
        if (seq >= toSeq) break;
        if (filter.accepts(reader, at)) matches.push({ position: reader.start + at, seq });
      }
    }
    return matches;
  }

  /**
   * Fills the selection from the current run, or from the next one. A gap ends a
   * batch, so that it is reported between the messages it lies between.
   *
   * @returns false when there was nothing to read.
   */
  #advance(): boolean {
    const cursor = this.#cursor!;
    this.#selection.reset(cursor.reader);
    if (this.#looked >= cursor.reader.count) {
      this.#looked = 0;
      if (cursor.read() === 0) return false;
      if (cursor.overtaken) this.#lostToRetention = true;
      this.#selection.reset(cursor.reader);
    }
    const floor = retentionFloor(this.#ring.identity, cursor.state, Date.now());
    while (this.#looked < cursor.reader.count) {
      if (!this.#look(cursor.reader, cursor.reader.offsets[this.#looked], floor)) break;
      this.#looked++;
    }
    return true;
  }

  /** Looks at one frame; false when the batch ends before it. */
  #look(reader: FrameReader, at: number, floor: { seq: number; time: Timestamp | undefined }): boolean {
    const seq = frameSeq(reader.view, at);
    if (seq < floor.seq || (floor.time !== undefined && isFrameBefore(reader.view, at, floor.time))) {
      this.#lostToRetention = true;
      return true;
    }
    if (this.#expectedSeq !== undefined) {
      if (seq < this.#expectedSeq) return true;
      if (seq > this.#expectedSeq && !this.#passGap(this.#expectedSeq, seq - 1)) return false;
    }
    if (this.#delivered >= (this.#options.maxMessages ?? Infinity)) return false;
    this.#lostToRetention = false;
    this.#expectedSeq = seq + 1;
    if (this.#filter!.accepts(reader, at)) {
      this.#selection.add(at, this.#filter!.message);
      this.#delivered++;
    }
    return true;
  }

  /** Reports a gap; false when the batch has to end first, or the tail with it. */
  #passGap(fromSeq: number, toSeq: number): boolean {
    if (this.#selection.length > 0) return false;
    const reason = this.#lostToRetention ? "retention" : "damage";
    if (this.#options.gapPolicy === "error") {
      this.#failure = gapError(this.#ring, { fromSeq, toSeq, count: toSeq - fromSeq + 1, reason });
      return false;
    }
    this.#options.onGap?.({ fromSeq, toSeq, count: toSeq - fromSeq + 1, reason });
    return true;
  }

  async #waitForNews(): Promise<void> {
    if (this.#watch === undefined && this.#pollMs === WATCHED_POLL_MS) {
      this.#watch = watchFile(this.#ring.path, () => this.#onChange());
      if (this.#watch === undefined) this.#pollMs = UNWATCHED_POLL_MS;
      return; // What came before the watch began is seen by looking once more.
    }
    const byChange = await this.#sleep();
    if (this.#ended) return;
    const { head } = this.#cursor!.state;
    if (this.#ring.readState().head !== head) {
      // News that no event told of: this file system does not report, or not always.
      if (!byChange) this.#pollMs = UNWATCHED_POLL_MS;
    } else if (!this.#ring.isLive()) {
      throw goneError(this.#ring.path);
    }
  }

  #onChange(): void {
    this.#changed = true;
    this.#wake?.();
  }

  /** Sleeps until the file changes, it is time to look, or the tail ends. */
  async #sleep(): Promise<boolean> {
    this.#turnStartedMs = Infinity;
    const ms = Math.min(this.#pollMs, this.#deadline - performance.now());
    if (!this.#changed && !this.#ended && ms > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#turnStartedMs = performance.now();
    return this.#changed;
  }

  /** Lets timers and input of the process have their turn. */
  async #giveWay(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#turnStartedMs = performance.now();
  }
}

/** Delivers the messages of a tail of batches one by one. */
export class MessageTail implements AsyncIterableIterator<Message> {
  readonly #batches: AsyncIterableIterator<MessageBatch>;
  #messages: Message[] = [];
  #at = 0;
  #pending: Promise<unknown> | undefined;

  /** Delivers what `batches` deliver, and ends them when it is ended. */
  constructor(batches: AsyncIterableIterator<MessageBatch>) {
    this.#batches = batches;
  }

  /** The tail itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next message; `done` at the end. Calls made at the same time are answered in order. */
  next(): Promise<IteratorResult<Message>> {
    if (this.#pending === undefined && this.#at < this.#messages.length) {
      return Promise.resolve({ done: false, value: this.#messages[this.#at++] });
    }
    const result = this.#pending === undefined ? this.#next() : this.#pending.then(() => this.#next());
    const settled = result.then(() => {}, () => {}).finally(() => {
      if (this.#pending === settled) this.#pending = undefined;
    });
    this.#pending = settled;
    return result;
  }

  /** Ends the tail at once, also while a call of `next` waits. */
  async return(): Promise<IteratorResult<Message>> {
    this.#messages = [];
    this.#at = 0;
    await this.#batches.return?.();
    return { done: true, value: undefined };
  }

  /** Ends the tail when an `await using` block does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #next(): Promise<IteratorResult<Message>> {
    if (this.#at >= this.#messages.length) {
      const batch = await this.#batches.next();
      if (batch.done) return { done: true, value: undefined };
      this.#messages = batch.value.messages();
      this.#at = 0;
    }
    return { done: false, value: this.#messages[this.#at++] };
  }
}

/** A batch over the reader's buffer: frames by offset, or messages already made. */
class SelectedFrames implements MessageBatch {
  readonly #offsets: number[] = [];
  readonly #made: (Message | undefined)[] = [];
  readonly #lines = new JsonLinesWriter();
  #reader: FrameReader | undefined;

  get length(): number {
    return this.#offsets.length;
  }

  reset(reader: FrameReader): void {
    this.#reader = reader;
    this.#offsets.length = 0;
    this.#made.length = 0;
  }

  add(at: number, made: Message | undefined): void {
    this.#offsets.push(at);
    this.#made.push(made);
  }

  messages(): Message[] {
    const { bytes, view } = this.#reader!;
    return this.#offsets.map((at, i) => this.#made[i] ?? frameMessage(bytes, view, at));
  }

  jsonLines(options: JsonLinesOptions = {}): Uint8Array {
    const { bytes, view } = this.#reader!;
    return this.#lines.write({ bytes, view, offsets: this.#offsets }, options);
  }
}

/** Tags and predicates together. */
class FrameFilter {
  /** The message made to ask the predicate about the last frame, if it was made. */
  message: Message | undefined;
  readonly #tags: readonly string[];
  readonly #where: MessagePredicate | undefined;

  constructor(tags: readonly string[], where: MessagePredicate | undefined) {
    this.#tags = tags;
    this.#where = where;
  }

  accepts({ bytes, view }: FrameReader, at: number): boolean {
    this.message = undefined;
    if (this.#tags.length > 0) {
      const tags = frameTags(bytes, view, at);
      if (!this.#tags.every((tag) => tags.includes(tag))) return false;
    }
    if (this.#where === undefined) return true;
    this.message = frameMessage(bytes, view, at);
    return this.#where(this.message);
  }
}

function hasFilters({ tags = [], where = [] }: TailOptions): boolean {
  return tags.length > 0 || where.length > 0;
}

async function wherePredicate(where: TailOptions["where"]): Promise<MessagePredicate | undefined> {
  const expressions = typeof where === "string" ? [where] : where ?? [];
  return expressions.length === 0 ? undefined : await compileWhere(expressions);
}

function gapError(ring: RingFile, gap: Gap): PlasmiteError {
  const details = { path: ring.path, seq: gap.fromSeq };
  if (gap.reason === "damage") {
    return new CorruptError(`messages ${gap.fromSeq} to ${gap.toSeq} are damaged`, {
      ...details,
      hint: "Run `pls doctor` on the pool, or read on with gap policy `continue`.",
    });
  }
  return new RetentionGapError(`messages ${gap.fromSeq} to ${gap.toSeq} are no longer retained`, {
    ...details,
    hint: "Use a larger pool, read faster, or read on with gap policy `continue`.",
  });
}

function goneError(path: string): NotFoundError {
  return new NotFoundError("the pool was deleted or replaced while it was followed", {
    path,
    hint: "Follow it again if it was created anew.",
  });
}

/** Refuses options that contradict each other or are out of range. */
function checkOptions(options: TailOptions): void {
  const starts = [options.sinceSeq, options.last, options.since].filter((start) => start !== undefined);
  if (starts.length > 1) throw new UsageError("give only one of sinceSeq, last and since");
  for (const name of ["sinceSeq", "last", "maxMessages"] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new UsageError(`${name} must be a whole number, 0 or more`);
    }
  }
  if (options.timeoutMs !== undefined && !(options.timeoutMs >= 0)) {
    throw new UsageError("timeoutMs must be 0 or more");
  }
  if (![undefined, "continue", "error"].includes(options.gapPolicy)) {
    throw new UsageError('gapPolicy must be "continue" or "error"');
  }
}
