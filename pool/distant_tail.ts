/**
 * What tails of pools on other machines have in common: to find out where they start takes a
 * while, what they wait for may be away for longer, and their end can come at any time.
 *
 * @module
 */

import type { BatchIterator, MessageBatch, TailOptions } from "./interface.ts";
import { checkTailOptions } from "./tail_options.ts";
import { TurnedTail } from "./turned_tail.ts";

/** The longest wait that a timer of the runtime can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A tail of a pool on another machine. */
export abstract class DistantTail extends TurnedTail<MessageBatch> implements BatchIterator {
  /** What was asked for. */
  protected readonly options: TailOptions;
  readonly #onEnd: () => void;
  readonly #onAbort = () => this.end();
  readonly #deadline: number;
  readonly #ending = new AbortController();
  /** Has whoever waits for the next step told that the tail has ended. */
  #giveUp: (end: "end") => void = () => {};
  #deadlineTimer?: ReturnType<typeof setTimeout>;
  #started: Promise<void> | undefined;
  #startFailure: unknown;

  /**
   * A tail that ends as `options` say; `onEnd` is called once, when it does.
   *
   * @throws {UsageError} when the options make no sense.
   */
  constructor(options: TailOptions, onEnd: () => void) {
    super();
    checkTailOptions(options);
    this.options = options;
    this.#onEnd = onEnd;
    this.#deadline = performance.now() + (options.timeoutMs ?? Infinity);
  }

  /** All before this message were delivered, held back or told of; undefined until that is known. */
  abstract get nextSeq(): number | undefined;

  /** Finds out where the tail starts. */
  protected abstract start(): Promise<void>;

  /** Goes one step on: to a batch, to the end, or (undefined) to something else. */
  protected abstract step(): Promise<MessageBatch | "end" | undefined>;

  /** Gives up what the tail holds; called once, also before it started. */
  protected abstract release(): void;

  /** Has the tail begin; a constructor does so when all is ready. */
  protected begin(): void {
    const { signal, timeoutMs } = this.options;
    signal?.addEventListener("abort", this.#onAbort);
    if (signal?.aborted || timeoutMs === 0) this.end();
    else if (timeoutMs !== undefined) this.#endAtDeadline();
    this.#started = (this.isOver ? Promise.resolve() : this.start()).catch((error) => {
      this.#startFailure = error;
    });
  }

  /** Settled when it is known where the tail starts, or that it can't; never rejects. */
  get started(): Promise<void> {
    return this.#started!;
  }

  /** True once the tail has ended, or its time is up: nothing more may be delivered. */
  get isOver(): boolean {
    return this.#ending.signal.aborted || performance.now() >= this.#deadline;
  }

  /** Aborted when the tail ends: whatever it waits for is to be given up. */
  protected get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Ends the tail at once. */
  override end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#giveUp("end");
    this.options.signal?.removeEventListener("abort", this.#onAbort);
    clearTimeout(this.#deadlineTimer);
    this.release();
    this.#onEnd();
  }

  #endAtDeadline(): void {
    const leftMs = this.#deadline - performance.now();
    if (leftMs <= 0) return this.end();
    const waitMs = Math.min(Math.ceil(leftMs), LONGEST_TIMER_MS);
    this.#deadlineTimer = setTimeout(() => this.#endAtDeadline(), waitMs);
  }

  /**
   * What `work` gives, or `"end"` as soon as the tail ends. A race with a promise that lives as long
   * as the tail would keep all that was ever delivered. So would a function literal in `#giveUp`, until
   * the next full collection: V8 allocates those that are assigned to a property among old objects.
   */
  #unlessEnded<T>(work: Promise<T>): Promise<T | "end"> {
    return new Promise((resolve, reject) => {
      this.#giveUp = resolve;
      work.then(resolve, reject);
    });
  }

  /** Gives the next batch; called again when the one before was given. */
  protected override async advance(): Promise<IteratorResult<MessageBatch>> {
    try {
      await this.#unlessEnded(this.started);
      if (this.#startFailure !== undefined && !this.isOver) throw this.#startFailure;
      while (!this.isOver) {
        const batch = await this.#unlessEnded(this.step());
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
}
