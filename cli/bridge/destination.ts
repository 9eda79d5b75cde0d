/**
 * The pool that copies go to.
 *
 * What is in it is looked at before anything is appended whenever that is not known for sure: an
 * append whose outcome nobody knows is not made again before it is known what arrived. That need
 * not be the first part of it: when a leader on NATS changes, any message can be missing.
 *
 * @module
 */

import { NotFoundError, PlasmiteError, type PoolInfo, UsageError } from "../../pool/mod.ts";
import { type Notice, writeNotice } from "../notices.ts";
import type { Screen } from "../screen.ts";
import type { CopyCounts } from "./copier.ts";
import { type Copy, together, TOGETHER_MAX } from "./copy.ts";
import type { BridgeEnd } from "./ends.ts";
import { findCopies, type FoundCopies, type FoundCopy } from "./found_copies.ts";
import { type CopyMark, copyOrigin } from "./origin_tag.ts";
import { isPassing, type Patience } from "./patience.ts";

/** Bytes of copies that go together: with what is around them, less than `pls serve` takes. */
const TOGETHER_BYTES = 768 * 1024;

/**
 * How long what was seen in the destination counts. Another bridge may copy the same, of which
 * JetStream knows what came within two minutes.
 */
const LOOK_AGAIN_MS = 30_000;

/** How copies are delivered, and who is told of them. */
export interface DeliveryTerms {
  /** Waits while the pool is away. */
  readonly patience: Patience;
  /** Ends it after what is under way. */
  readonly signal: AbortSignal;
  /** These are in the destination now; the first of them has the number `firstToSeq` there. */
  onStored(copies: readonly Copy[], firstToSeq: number): void;
  /** All copies before this one are there. */
  onNext(copy: Copy): void;
}

/** What was found in a destination before anything was appended. */
export interface FirstLook extends FoundCopies {
  /** There may have been more, which it has given up. */
  readonly isPartial: boolean;
}

/** Another pool has the name of the destination; some copies may have gone to that. */
export class ReplacedError extends NotFoundError {
  /** The id of the other pool. */
  readonly id: string;

  /** The pool that is called `shown` is the one with this id now. */
  constructor(shown: string, id: string) {
    super("the pool was deleted or replaced while it was copied to", {
      path: shown,
      hint: "If it was created anew, bridge to it again: it gets all that is retained.",
    });
    this.id = id;
  }
}

/** A pool that gets copies. */
export class Destination {
  readonly #end: BridgeEnd;
  readonly #mark: CopyMark;
  readonly #stderr: Screen;
  /** Messages up to this number there were looked at. */
  #knownSeq = 0;
  /** Copies that were found there and not asked for yet: see {@linkcode FoundCopies.own}. */
  readonly #found = new Map<number, number>();
  #newest: FoundCopy | undefined;
  #lookedMs = -Infinity;
  #togetherBytes = TOGETHER_BYTES;

  /** The pool at `end`, for copies with `mark`; notices go to `stderr`. */
  constructor(end: BridgeEnd, mark: CopyMark, stderr: Screen) {
    this.#end = end;
    this.#mark = mark;
    this.#stderr = stderr;
  }

  /** The newest copy there before which all others were dealt with, if one is known. */
  get newest(): FoundCopy | undefined {
    return this.#newest;
  }

  /** What it is called. */
  get shown(): string {
    return this.#end.shown;
  }

  /**
   * Looks for copies: for all behind `newest`, and without that for as many of the newest as may
   * have been under way together.
   */
  async find(newest?: FoundCopy): Promise<FirstLook> {
    this.#newest = newest;
    this.#knownSeq = newest?.toSeq ?? 0;
    const enough = newest === undefined ? TOGETHER_MAX : undefined;
    const { own, otherSeq, isPartial } = await this.#look({ enough });
    return { own, otherSeq, isPartial: isPartial || own.size >= (enough ?? Infinity) };
  }

  /**
   * Whether the copy is where it was put, or was given up since: otherwise the pool was put back
   * to an earlier state.
   */
  async holds({ seq, toSeq }: FoundCopy): Promise<boolean> {
    const { pool } = this.#end;
    const { bounds, nextSeq } = await pool.info();
    if (toSeq >= nextSeq) return false;
    if (bounds === undefined || toSeq < bounds.oldest) return true;
    try {
      const origin = copyOrigin((await pool.get(toSeq)).tags);
      return origin?.pool === this.#mark.pool && origin.seq === seq;
    } catch (error) {
      const isGone = error instanceof PlasmiteError &&
        (error.kind === "NotFound" || error.kind === "Corrupt");
      if (isGone) return true;
      throw error;
    }
  }

  /** Takes copies that were found for those of other messages. */
  forget(): void {
    this.#found.clear();
  }

  /**
   * Appends copies, in order, as often as it takes until each of them is there. An abort ends it.
   *
   * @throws {UsageError} when one of them is refused; those before it are there.
   * @throws {NotFoundError} when the pool is gone.
   */
  async deliver(copies: readonly Copy[], terms: DeliveryTerms): Promise<void> {
    const { signal, patience } = terms;
    let rest = copies;
    for (let attempt = 1; rest.length > 0 && !signal.aborted;) {
      try {
        if (Math.abs(Date.now() - this.#lookedMs) >= LOOK_AGAIN_MS) await this.#look({ signal });
        rest = this.#withoutFound(rest);
        if (rest.length === 0 || signal.aborted) return;
        terms.onNext(rest[0]);
        rest = rest.slice(await this.#append(rest, terms));
        attempt = 1;
      } catch (error) {
        this.#lookedMs = -Infinity;
        if (!isPassing(error)) throw error;
        await patience.wait(this.shown, attempt++, error);
      }
    }
  }

  /** How many of the copies that were made it has given up again; undefined when it is away. */
  async givenUp({ copied, firstToSeq }: CopyCounts): Promise<number | undefined> {
    if (firstToSeq === undefined) return 0;
    let info: PoolInfo;
    try {
      info = await this.#end.pool.info();
    } catch (error) {
      if (isPassing(error)) return undefined;
      throw error;
    }
    const count = Math.min(copied, Math.max(0, (info.bounds?.oldest ?? info.nextSeq) - firstToSeq));
    if (count > 0) this.#tellOfDropped(count);
    return count;
  }

  #withoutFound(copies: readonly Copy[]): readonly Copy[] {
    if (this.#found.size === 0) return copies;
    const rest = copies.filter(({ seq }) => !this.#found.has(seq));
    const nextSeq = rest.at(0)?.seq ?? Infinity;
    for (const { seq } of copies) {
      // Those behind one that is missing are not dealt with before that.
      if (seq >= nextSeq) break;
      const toSeq = this.#found.get(seq)!;
      this.#found.delete(seq);
      if (toSeq > (this.#newest?.toSeq ?? 0)) this.#newest = { seq, toSeq };
    }
    return rest;
  }

  /** Appends the first of `copies` together; returns how many. */
  async #append(copies: readonly Copy[], terms: DeliveryTerms): Promise<number> {
    const some = together(copies, this.#togetherBytes);
    let toSeqs: number[];
    try {
      const messages = await this.#end.pool.appendMany(some.map(({ input }) => input));
      toSeqs = messages.map(({ seq }) => seq);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (some.length === 1) throw this.#refused(some[0], error);
      // One is refused, or they are too much together.
      this.#lookedMs = -Infinity;
      const bytes = some.reduce((sum, copy) => sum + copy.bytes, 0);
      this.#togetherBytes = Math.floor(Math.min(bytes, this.#togetherBytes) / 2);
      return 0;
    }
    const [firstToSeq] = toSeqs;
    // Another bridge was faster, or the pool is another one now: the next look tells.
    if (firstToSeq <= this.#knownSeq) this.#lookedMs = -Infinity;
    const toSeq = toSeqs[toSeqs.length - 1];
    this.#knownSeq = Math.max(this.#knownSeq, toSeq);
    this.#newest = { seq: some[some.length - 1].seq, toSeq };
    terms.onStored(some, firstToSeq);
    return some.length;
  }

  /** Takes in what came to the pool since the last look. */
  async #look(
    { enough, signal }: { enough?: number; signal?: AbortSignal },
  ): Promise<FirstLook> {
    const { pool, engine, info: { id } } = this.#end;
    const startedMs = Date.now();
    const { id: currentId, bounds, nextSeq } = await pool.info();
    if (currentId !== id) throw new ReplacedError(this.shown, currentId);
    if (nextSeq <= this.#knownSeq) this.#tellOfLoss(nextSeq - 1);
    const wantedSeq = this.#knownSeq + 1;
    const fromSeq = Math.max(wantedSeq, bounds?.oldest ?? nextSeq);
    const toSeq = nextSeq - 1;
    const isServed = engine === "http";
    const search = { fromSeq, toSeq, enough, isServed, signal };
    const found = await findCopies(pool, this.#mark, search);
    if (!signal?.aborted) {
      for (const [seq, toSeq] of found.own) this.#found.set(seq, toSeq);
      this.#knownSeq = toSeq;
      this.#lookedMs = startedMs;
    }
    return { ...found, isPartial: fromSeq > wantedSeq };
  }

  #refused({ seq }: Copy, { message, hint, cause }: UsageError): UsageError {
    const advice = "All before it are copied. To leave it out, bridge with " +
      `\`--where '.seq != ${seq}' --from-seq ${seq}\`.`;
    return new UsageError(`message ${seq} can't be copied: ${message}`, {
      cause,
      seq,
      path: this.shown,
      hint: hint === undefined ? advice : `${hint} ${advice}`,
    });
  }

  #tellOfLoss(newestSeq: number): void {
    this.#tell(
      "loss",
      `messages up to ${this.#knownSeq} were appended, and now it ends with ${newestSeq}: it was ` +
        "put back to an earlier state, and copies may be missing",
      { last_seen_seq: this.#knownSeq, newest_seq: newestSeq },
    );
  }

  #tellOfDropped(count: number): void {
    this.#tell(
      "dropped",
      `${count} of the copies are gone from it again, as it has no room for all: make a larger one`,
      { dropped_count: count },
    );
  }

  #tell(kind: string, message: string, details: Notice["details"]): void {
    writeNotice(this.#stderr, { kind, cmd: "bridge", pool: this.shown, message, details });
  }
}
