/**
 * The pool that copies go to.
 *
 * What is in it is looked at before anything is appended whenever that is not known for sure: an
 * append whose outcome nobody knows is not made again before it is known what arrived.
 *
 * @module
 */

import {
  type MessagePool,
  NotFoundError,
  PlasmiteError,
  type PoolInfo,
  UsageError,
} from "../../pool/mod.ts";
import { writeNotice } from "../notices.ts";
import type { Screen } from "../screen.ts";
import { type Copy, together } from "./copy.ts";
import { type FoundCopies, type FoundCopy, newestCopy } from "./newest_copy.ts";
import { type CopyMark, copyOrigin } from "./origin_tag.ts";
import { isPassing, type Patience } from "./patience.ts";

/** Bytes of copies that go together: with what is around them, less than `pls serve` takes. */
const TOGETHER_BYTES = 768 * 1024;

/**
 * How long what was seen in the destination counts. Another bridge may copy the same, of which
 * JetStream knows what came within two minutes.
 */
const LOOK_AGAIN_MS = 30_000;

/** What a destination is made of. */
export interface DestinationParts {
  /** The pool. */
  readonly pool: MessagePool;
  /** What it is called. */
  readonly shown: string;
  /** Its description when it was opened. */
  readonly info: PoolInfo;
  /** What is on another machine is looked through there. */
  readonly isServed: boolean;
  /** The mark of the copies. */
  readonly mark: CopyMark;
  readonly patience: Patience;
  /** Where notices go. */
  readonly stderr: Screen;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/** What becomes of copies. */
export interface DeliveryEvents {
  /** These are in the destination now; the first of them has the number `firstToSeq` there. */
  onStored(copies: readonly Copy[], firstToSeq: number): void;
  /** These were there already. */
  onPresent(copies: readonly Copy[]): void;
}

/** A pool that gets copies. */
export class Destination {
  readonly #parts: DestinationParts;
  /** Copies up to this number there are known of. */
  #knownSeq = 0;
  #newest: FoundCopy | undefined;
  #lookedMs = -Infinity;
  #togetherBytes = TOGETHER_BYTES;

  /** The pool that `parts` tell of. */
  constructor(parts: DestinationParts) {
    this.#parts = parts;
  }

  /** The newest copy there that is known of. */
  get newest(): FoundCopy | undefined {
    return this.#newest;
  }

  /** What it is called. */
  get shown(): string {
    return this.#parts.shown;
  }

  /**
   * Looks for the newest copies there are, behind message `afterSeq`, before which the newest
   * one is `newest`.
   */
  async find(afterSeq = 0, newest?: FoundCopy): Promise<FoundCopies> {
    this.#knownSeq = afterSeq;
    this.#newest = newest;
    const { other } = await this.#look();
    return { own: this.#newest, other };
  }

  /**
   * Whether the copy is where it was put, or was given up since: otherwise the pool was put back
   * to an earlier state.
   */
  async holds({ seq, toSeq }: FoundCopy): Promise<boolean> {
    const { pool, mark, info: { bounds, nextSeq } } = this.#parts;
    if (toSeq >= nextSeq) return false;
    if (bounds === undefined || toSeq < bounds.oldest) return true;
    try {
      const origin = copyOrigin((await pool.get(toSeq)).tags);
      return origin?.pool === mark.pool && origin.seq === seq;
    } catch (error) {
      const isGone = error instanceof PlasmiteError &&
        (error.kind === "NotFound" || error.kind === "Corrupt");
      if (isGone) return true;
      throw error;
    }
  }

  /**
   * Appends copies, in order, as often as it takes until each of them is there. An abort ends
   * that after those that are under way.
   *
   * @throws {UsageError} when one of them is refused; those before it are there.
   * @throws {NotFoundError} when the pool is gone.
   */
  async deliver(copies: readonly Copy[], events: DeliveryEvents): Promise<void> {
    const { signal, patience, shown } = this.#parts;
    let rest = copies;
    for (let attempt = 1; rest.length > 0 && !signal.aborted;) {
      try {
        if (Math.abs(Date.now() - this.#lookedMs) >= LOOK_AGAIN_MS) await this.#look();
        rest = this.#withoutPresent(rest, events);
        if (rest.length === 0 || signal.aborted) return;
        const stored = await this.#append(rest, events);
        rest = rest.slice(stored);
        attempt = 1;
      } catch (error) {
        this.#lookedMs = -Infinity;
        if (!isPassing(error)) throw error;
        await patience.wait(shown, attempt++, error);
      }
    }
  }

  /** How many of the copies from number `firstToSeq` on are gone from it again. */
  async goneSince(firstToSeq: number): Promise<number> {
    const { bounds, nextSeq } = await this.#parts.pool.info();
    return Math.max(0, (bounds?.oldest ?? nextSeq) - firstToSeq);
  }

  #withoutPresent(copies: readonly Copy[], events: DeliveryEvents): readonly Copy[] {
    const newestSeq = this.#newest?.seq ?? 0;
    const missing = copies.findIndex(({ seq }) => seq > newestSeq);
    const presentCount = missing === -1 ? copies.length : missing;
    if (presentCount > 0) events.onPresent(copies.slice(0, presentCount));
    return copies.slice(presentCount);
  }

  /** Appends the first of `copies` together; returns how many. */
  async #append(copies: readonly Copy[], events: DeliveryEvents): Promise<number> {
    const some = together(copies, this.#togetherBytes);
    let toSeqs: number[];
    try {
      const messages = await this.#parts.pool.appendMany(some.map(({ input }) => input));
      toSeqs = messages.map(({ seq }) => seq);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (some.length === 1) throw this.#refused(some[0], error);
      // One is refused, or they are too much together: on NATS, those before it may be there.
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
    events.onStored(some, firstToSeq);
    return some.length;
  }

  /** Takes in what came to the pool since the last look. */
  async #look(): Promise<FoundCopies> {
    const { pool, mark, isServed, signal, info: { id } } = this.#parts;
    const startedMs = Date.now();
    const { id: currentId, bounds, nextSeq } = await pool.info();
    if (currentId !== id) throw this.#replaced();
    if (nextSeq <= this.#knownSeq) this.#tellOfLoss(nextSeq - 1);
    const toSeq = nextSeq - 1;
    const fromSeq = Math.max(this.#knownSeq + 1, bounds?.oldest ?? nextSeq);
    const found = await newestCopy(pool, mark, { fromSeq, toSeq, isServed, signal });
    if (signal.aborted) return {};
    if (found.own !== undefined) this.#newest = found.own;
    this.#knownSeq = toSeq;
    this.#lookedMs = startedMs;
    return found;
  }

  #refused({ seq }: Copy, { message, hint, cause }: UsageError): UsageError {
    const { shown } = this.#parts;
    const advice =
      "All before it are copied, and nothing behind it. To leave it out, bridge with " +
      `\`--where '.seq != ${seq}' --from-seq ${seq}\`.`;
    return new UsageError(`message ${seq} can't be copied: ${message}`, {
      cause,
      seq,
      path: shown,
      hint: hint === undefined ? advice : `${hint} ${advice}`,
    });
  }

  #replaced(): NotFoundError {
    return new NotFoundError("the pool was deleted or replaced while it was copied to", {
      path: this.#parts.shown,
      hint: "If it was created anew, bridge to it again: it gets all that is retained.",
    });
  }

  #tellOfLoss(newestSeq: number): void {
    const { stderr, shown } = this.#parts;
    writeNotice(stderr, {
      kind: "loss",
      cmd: "bridge",
      pool: shown,
      message: `messages up to ${this.#knownSeq} were appended, and now it ends with ` +
        `${newestSeq}: it was put back to an earlier state, and copies may be missing`,
      details: { last_seen_seq: this.#knownSeq, newest_seq: newestSeq },
    });
  }
}
