/**
 * Reading a corrupted pool in every way there is, and what holds for all that is read:
 * nothing but what was appended, in order, with every missing number told of, and no
 * failure but a documented one.
 *
 * @module
 */

import {
  type Client,
  type Gap,
  type Message,
  PlasmiteError,
  type Pool,
  poolInfoJson,
  type TailOptions,
} from "@plasmite/pool";
import { assert } from "@std/assert";
import type { PlacedFrame } from "./corruption_pool.ts";

/** How long a tail over what may be there goes on at its end, in milliseconds. */
const LINGER_MS = 2;
/** Longest wait for what must be there, in milliseconds. */
const PATIENCE_MS = 30_000;

/** What was appended, by number. A forged state can have a number given out again. */
export class Truth {
  readonly #envelopes = new Map<number, Set<string>>();

  /** All of `frames` were appended. */
  constructor(frames: readonly PlacedFrame[]) {
    this.addAll(frames);
  }

  /** All of `frames` were appended as well. */
  addAll(frames: readonly PlacedFrame[]): void {
    for (const { seq, envelope } of frames) this.add(seq, envelope);
  }

  /** `envelope` was appended. */
  add(seq: number, envelope: string): void {
    const known = this.#envelopes.get(seq);
    if (known === undefined) this.#envelopes.set(seq, new Set([envelope]));
    else known.add(envelope);
  }

  /** Fails unless that was appended. */
  check(seq: number, envelope: string): void {
    const isTrue = this.#envelopes.get(seq)?.has(envelope);
    assert(isTrue, `message ${seq} was never appended: ${envelope.slice(0, 200)}`);
  }
}

/** What `work` returns, or the documented error it fails with. */
export function attempt<T>(work: () => T): T | PlasmiteError {
  try {
    return work();
  } catch (error) {
    return documented(error);
  }
}

/** `error`, if it may reach a caller. */
export function documented(error: unknown): PlasmiteError {
  if (error instanceof PlasmiteError && error.kind !== "Internal") return error;
  throw error;
}

/** What it takes to judge what is read. */
export interface Expectations {
  /** What was appended; undefined when forged frames may say anything. */
  truth: Truth | undefined;
  /** What must be readable, oldest first; undefined when nothing is promised. */
  readable: readonly PlacedFrame[] | undefined;
}

/** Reads the pool in every way. */
export async function readEverything(
  client: Client,
  name: string,
  expectations: Expectations,
): Promise<void> {
  for (const listing of client.listPools()) {
    if (listing.error !== undefined) documented(listing.error);
  }
  const described = attempt(() => client.poolInfo(name));
  if (!(described instanceof PlasmiteError)) poolInfoJson(described, Date.now());
  const pool = attempt(() => client.openPool(name));
  const { readable } = expectations;
  if (pool instanceof PlasmiteError) {
    assert(readable === undefined, `a readable pool can't be opened: ${pool.message}`);
    return;
  }
  try {
    getAll(pool, expectations);
    for (const options of waysToRead(pool)) {
      await readTail(pool, { ...options, timeoutMs: LINGER_MS }, expectations);
    }
    await readBatches(pool, { timeoutMs: LINGER_MS }, expectations);
    await readThrough(pool, expectations);
  } finally {
    pool.close();
  }
}

function waysToRead(pool: Pool): TailOptions[] {
  const info = attempt(() => pool.info());
  const oldest = info instanceof PlasmiteError ? 1 : info.bounds?.oldest ?? 1;
  return [
    { sinceSeq: oldest },
    { sinceSeq: oldest + 7, gapPolicy: "error" },
    { last: 5 },
    { last: 3, tags: ["n1"] },
    { since: "1h", maxMessages: 3 },
  ];
}

function getAll(pool: Pool, { truth, readable }: Expectations): void {
  const info = attempt(() => pool.info());
  const bounds = info instanceof PlasmiteError ? undefined : info.bounds;
  const { oldest, newest } = bounds ?? { oldest: 1, newest: 1 };
  const seqs = new Set([0, oldest - 1, newest, newest + 1, 2 ** 53 - 1]);
  for (let seq = oldest; seq <= Math.min(newest, oldest + 400); seq++) seqs.add(seq);
  const missed = new Map(readable?.map(({ seq, envelope }) => [seq, envelope]));
  for (const seq of new Set([...seqs, ...missed.keys()])) {
    const message = attempt(() => pool.get(seq));
    if (message instanceof PlasmiteError) continue;
    assert(message.seq === seq, `message ${message.seq} is got for ${seq}`);
    checkMessage(message, truth);
    missed.delete(seq);
  }
  assert(missed.size === 0, `intact messages can't be got: ${[...missed.keys()]}`);
}

function checkMessage(message: Message, truth: Truth | undefined): void {
  truth?.check(message.seq, message.envelope);
  attempt(() => message.data);
}

/** Sees to it that messages come in order and that gaps lie between them. */
class Sequence {
  readonly seqs = new Set<number>();
  #nextSeq: number | undefined;

  gap({ fromSeq, toSeq, count }: Gap): void {
    assert(count === toSeq - fromSeq + 1 && count > 0, `a gap of ${count}: ${fromSeq}-${toSeq}`);
    this.#follow(fromSeq, "a gap from");
    this.#nextSeq = toSeq + 1;
  }

  message(seq: number): void {
    this.#follow(seq, "message");
    this.seqs.add(seq);
    this.#nextSeq = seq + 1;
  }

  #follow(seq: number, what: string): void {
    const isNext = this.#nextSeq === undefined || this.#nextSeq === seq;
    assert(isNext, `${what} ${seq} comes where ${this.#nextSeq} was next`);
  }
}

/** Reads a tail to its end; a documented failure is one. */
async function readTail(
  pool: Pool,
  options: TailOptions,
  { truth }: Expectations,
): Promise<void> {
  const sequence = new Sequence();
  // What a filter leaves out is neither delivered nor a gap.
  const isComplete = options.tags === undefined;
  const onGap = (gap: Gap) => isComplete && sequence.gap(gap);
  try {
    for await (const message of pool.tail({ ...options, onGap })) {
      checkMessage(message, truth);
      if (isComplete) sequence.message(message.seq);
    }
  } catch (error) {
    documented(error);
  }
}

async function readBatches(
  pool: Pool,
  options: TailOptions,
  { truth }: Expectations,
): Promise<void> {
  const sequence = new Sequence();
  try {
    for await (const batch of pool.tailBatches({ ...options, onGap: (gap) => sequence.gap(gap) })) {
      const lines = new TextDecoder().decode(batch.jsonLines());
      for (const { seq } of batch.messages()) sequence.message(seq);
      if (truth !== undefined) checkLines(lines, truth);
    }
  } catch (error) {
    documented(error);
  }
}

/** Fails unless all lines are envelopes of what was appended. */
export function checkLines(lines: string, truth: Truth): void {
  for (const line of lines.split("\n").slice(0, -1)) truth.check(JSON.parse(line).seq, line);
}

/** Follows from the first message on until all that must be there has come. */
export async function readThrough(pool: Pool, { truth, readable }: Expectations): Promise<void> {
  const last = readable?.at(-1);
  if (last === undefined) return;
  const sequence = new Sequence();
  const onGap = (gap: Gap) => sequence.gap(gap);
  for await (const message of pool.tail({ sinceSeq: 1, timeoutMs: PATIENCE_MS, onGap })) {
    checkMessage(message, truth);
    sequence.message(message.seq);
    if (message.seq >= last.seq) break;
  }
  const lost = readable!.map(({ seq }) => seq).filter((seq) => !sequence.seqs.has(seq));
  assert(lost.length === 0, `intact messages are not delivered: ${lost}`);
}

/** A reader that was there before the file was corrupted. */
export class LiveReader {
  readonly #sequence = new Sequence();
  readonly #tail: AsyncIterableIterator<Message>;
  #failure: PlasmiteError | undefined;

  /** Follows `pool` from its first message on. */
  constructor(pool: Pool) {
    const onGap = (gap: Gap) => this.#sequence.gap(gap);
    this.#tail = pool.tail({ sinceSeq: 1, timeoutMs: PATIENCE_MS, onGap });
  }

  /** Whether it failed, with a documented error. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Reads until `isEnough` or a failure; true unless it waited in vain. */
  async read(
    truth: Truth | undefined,
    isEnough: (message: Message) => boolean,
  ): Promise<boolean> {
    try {
      for (;;) {
        const { done, value } = await this.#tail.next();
        if (done) return false;
        checkMessage(value, truth);
        this.#sequence.message(value.seq);
        if (isEnough(value)) return true;
      }
    } catch (error) {
      this.#failure = documented(error);
      return true;
    }
  }

  /** Ends it. */
  async end(): Promise<void> {
    await this.#tail.return?.();
  }
}
