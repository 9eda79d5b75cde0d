/**
 * A tail of the real pool, and what it must deliver by the reference.
 *
 * A tail may be left alone for long and be overtaken. So there is no list of what it has
 * to deliver; there are rules: it goes forward; every message that passes its filters is
 * delivered or lies in a gap; what lies in a gap is gone; and what is there is delivered.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  type Gap,
  Message,
  type MessageBatch,
  PlasmiteError,
  type TailOptions,
} from "@plasmite/pool";
import type { ReferenceMessage } from "./model_reference.ts";
import { assertSame, type World } from "./model_world.ts";

/** Bound on the wait for a message that is there. */
const PATIENCE_MS = 30_000;

/** jq predicates, and what they mean. */
export const PREDICATES: Record<string, (message: ReferenceMessage) => boolean> = {
  ".seq % 2 == 0": ({ seq }) => seq % 2 === 0,
  ".meta.tags | length > 0": ({ tags }) => tags.length > 0,
  '(.data | type) == "string"': ({ json }) => json.startsWith('"'),
};

/** How a tail is asked for. */
export interface TailRequest extends TailOptions {
  where: string[];
  tags: string[];
  gapPolicy: "continue" | "error";
  /** Whether to take batches. */
  batches: boolean;
  /** Which of the pool's clients asks. */
  handle: number;
}

/** An open tail. */
export class ModelTail {
  readonly #world: World;
  readonly #request: TailRequest;
  readonly #aborter = new AbortController();
  readonly #gaps: Gap[] = [];
  readonly #iterator: AsyncIterator<Message | MessageBatch>;
  /** Numbers below were delivered, told of as missing, or not asked for. */
  #accountedTo: number;
  /** Nothing was read so far, so that nothing can have been passed over in silence. */
  #isFresh = true;
  #delivered = 0;
  #isOver = false;

  /** Opens it on the pool of `world`. */
  constructor(world: World, request: TailRequest) {
    this.#world = world;
    this.#request = request;
    this.#accountedTo = startOf(world, request);
    const { batches, handle, ...options } = request;
    const all = {
      ...options,
      signal: this.#aborter.signal,
      onGap: (gap: Gap) => this.#gaps.push(gap),
    };
    const pool = world.handles[handle];
    this.#iterator = batches ? pool.tailBatches(all) : pool.tail(all);
  }

  /** Messages that are there for it now, as far as it wants any more. */
  get #available(): ReferenceMessage[] {
    const { maxMessages = Infinity } = this.#request;
    if (this.#isOver) return [];
    return this.#world.visible
      .filter((message) => message.seq >= this.#accountedTo && passes(message, this.#request))
      .slice(0, Math.max(0, maxMessages - this.#delivered));
  }

  /** Takes up to `count` of the messages that are there. */
  async advance(count: number): Promise<void> {
    for (const until = this.#delivered + count; this.#delivered < until;) {
      if (this.#available.length === 0 || !await this.#step()) return;
    }
  }

  /** Takes all that is there, finds that there is no more, and ends it. */
  async drain(): Promise<void> {
    await this.advance(Infinity);
    if (this.#isOver) return await this.checkEnded();
    const next = this.#next();
    // It has read what there is when timers get their turn; else it would deliver it yet.
    await new Promise((resolve) => setTimeout(resolve));
    this.#aborter.abort();
    const extra = await next;
    if (extra !== undefined) this.#check(extra);
    assert(extra === undefined || this.#available.length === 0, "it said there is no more");
    await this.checkEnded();
  }

  /** Waits for what `append` appends. */
  async wait(append: () => void): Promise<void> {
    await this.advance(Infinity);
    if (this.#isOver) return;
    const next = this.#next();
    await new Promise((resolve) => setTimeout(resolve));
    this.#isFresh = false;
    append();
    if (this.#available.length === 0) this.#aborter.abort();
    const messages = await next;
    if (messages !== undefined) this.#check(messages);
    else assert(this.#aborter.signal.aborted || this.#isOver || this.#mayTimeOut, "it ended");
    await this.drain();
  }

  /** Takes what is left of a pool that was deleted, and finds that it fails then. */
  async outlive(): Promise<void> {
    for (let messages; (messages = await this.#next("NotFound")) !== undefined;) {
      this.#check(messages);
    }
    assert(this.#isOver);
    await this.checkEnded();
  }

  /** Finds that it has ended. */
  async checkEnded(): Promise<void> {
    assertEquals(await this.#iterator.next(), { done: true, value: undefined });
  }

  get #mayTimeOut(): boolean {
    return this.#request.timeoutMs !== undefined;
  }

  /** Takes what comes next; false when the tail has ended. */
  async #step(): Promise<boolean> {
    const messages = await this.#next();
    if (messages !== undefined) this.#check(messages);
    else assert(this.#isOver, "it ended although there is more");
    return messages !== undefined;
  }

  /** What comes next; undefined at the end, which is one that the options allow. */
  async #next(allowed?: "NotFound"): Promise<Message[] | undefined> {
    const { maxMessages = Infinity } = this.#request;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      timer = setTimeout(() => this.#aborter.abort(), PATIENCE_MS);
      const { done, value } = await this.#iterator.next();
      if (!done) return value instanceof Message ? [value] : messagesOf(value);
      if (this.#delivered >= maxMessages || this.#mayTimeOut) this.#isOver = true;
    } catch (error) {
      this.#isOver = true;
      assertInstanceOf(error, PlasmiteError);
      if (error.kind !== allowed) this.#checkGapError(error);
    } finally {
      clearTimeout(timer);
    }
    return undefined;
  }

  #check(messages: readonly Message[]): void {
    const { maxMessages = Infinity } = this.#request;
    for (const gap of this.#gaps.splice(0)) this.#checkGap(gap);
    for (const message of messages) {
      const expected = this.#world.reference.history.get(message.seq);
      assertSame(message, expected);
      assert(passes(expected!, this.#request), `message ${message.seq} does not pass`);
      this.#accountTo(message.seq);
      this.#accountedTo++;
      this.#delivered++;
    }
    assert(this.#delivered <= maxMessages, "it delivered more than was asked for");
    this.#world.count("messages tailed", messages.length);
  }

  #checkGap({ fromSeq, toSeq, count, reason }: Gap): void {
    assertEquals(this.#request.gapPolicy, "continue");
    assertEquals(count, toSeq - fromSeq + 1);
    assert(count > 0, `a gap from ${fromSeq} to ${toSeq}`);
    for (let seq = fromSeq; seq <= toSeq; seq++) this.#checkGone(seq, reason);
    this.#accountTo(fromSeq);
    this.#accountedTo = toSeq + 1;
    this.#world.count("gaps");
  }

  #checkGone(seq: number, reason: Gap["reason"]): void {
    const { visible, reference } = this.#world;
    const wasThere = reference.history.has(seq);
    assert(!visible.some((message) => message.seq === seq), `message ${seq} is there`);
    assert(seq < reference.nextSeq, `message ${seq} is yet to come`);
    assert(!(wasThere && reason === "damage"), `message ${seq} is not damaged`);
    assert(wasThere || seq === 0 || reason === "damage" || seq < (visible[0]?.seq ?? Infinity));
  }

  /** Goes on to `seq`: what lies before it was not to be delivered. */
  #accountTo(seq: number): void {
    assert(seq >= this.#accountedTo, `${seq} comes after ${this.#accountedTo - 1}`);
    for (let passed = this.#accountedTo; passed < seq; passed++) {
      const message = this.#world.reference.history.get(passed);
      const isMissed = message !== undefined &&
        (passes(message, this.#request) || this.#isFresh && this.#isGone(message));
      assert(!isMissed, `message ${passed} was passed over, and no gap told`);
    }
    this.#accountedTo = seq;
    this.#isFresh = false;
  }

  #isGone(message: ReferenceMessage): boolean {
    return !this.#world.visible.includes(message);
  }

  #checkGapError(error: PlasmiteError): void {
    assertEquals(this.#request.gapPolicy, "error", error.message);
    assert(error.kind === "RetentionGap" || error.kind === "Corrupt", error.message);
    this.#checkGone(error.seq!, error.kind === "Corrupt" ? "damage" : "retention");
    this.#accountTo(error.seq!);
    this.#world.count("gap errors");
  }
}

function passes(message: ReferenceMessage, { tags, where }: TailRequest): boolean {
  return tags.every((tag) => message.tags.includes(tag)) &&
    where.every((expression) => PREDICATES[expression](message));
}

/** The number a tail starts with. */
function startOf({ visible, reference, nowMs }: World, request: TailRequest): number {
  const { sinceSeq, last, since, gapPolicy } = request;
  if (sinceSeq !== undefined) return gapPolicy === "error" ? sinceSeq : Math.max(1, sinceSeq);
  let wanted = visible;
  if (last !== undefined) {
    const passing = visible.filter((message) => passes(message, request));
    wanted = last === 0 ? [] : passing.slice(-last);
  }
  if (since !== undefined) {
    const fromNanos = nanosSince(since, nowMs);
    wanted = visible.filter(({ nanos }) => nanos >= fromNanos);
  }
  return wanted[0]?.seq ?? reference.nextSeq;
}

function nanosSince(since: Date | string, nowMs: number): bigint {
  if (since instanceof Date) return BigInt(since.getTime()) * 1_000_000n;
  return BigInt(nowMs - 1000 * parseInt(since)) * 1_000_000n;
}

/** The messages of a batch, which writes them as JSON Lines as they are. */
function messagesOf(batch: MessageBatch): Message[] {
  const messages = batch.messages();
  assertEquals(batch.length, messages.length);
  assertEquals(textOf(batch.jsonLines()), messages.map(({ envelope }) => envelope + "\n").join(""));
  const data = textOf(batch.jsonLines({ dataOnly: true }));
  assertEquals(data, messages.map(({ json }) => json + "\n").join(""));
  return messages;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
