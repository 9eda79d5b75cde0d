/**
 * Reading a pipe: deliver, then move the cursor, then send receipts. So whoever is killed in between
 * gets messages again, or their senders get no receipt; nothing that was not delivered counts as
 * read.
 *
 * @module
 */

import { type MessageBatch, type MessagePool, NotFoundError } from "../../pool/mod.ts";
import {
  type Envelope,
  envelopeOf,
  newReadReceipt,
  parseTime,
  type ReadEvent,
  type ReadMeta,
  readMetaOf,
  type ReadRequest,
  toReadMessage,
} from "../contracts/mod.ts";
import { newPipeMissing, type PipeRecord } from "../registry/mod.ts";
import { contentOf } from "../store/mod.ts";
import { type Context, sessionOf } from "./context.ts";
import { cursorKey, deliveredSeq } from "./cursor.ts";
import { pipeToRead } from "./places.ts";

/** Where the size of a terminal is told, and what it is the size of. */
const SIZE_PIPE = "stdctrl";
const OUTPUT_PIPE = "stdout";

/** A message that is to be delivered. */
interface Selected {
  readonly seq: number;
  readonly envelope: Envelope;
}

/** How a pipe is read, beside what a request says. */
export interface ReadOptions {
  /** Ends the reading. */
  readonly signal?: AbortSignal;
  /** Messages that count as delivered together, at most. Default any number. */
  readonly portionLength?: number;
}

/** Reads a pipe as `request` says. What is given was delivered when the next is asked for. */
export async function* read(
  context: Context,
  request: ReadRequest,
  options: ReadOptions = {},
): AsyncGenerator<ReadEvent[], void, void> {
  const { store, home } = context;
  const state = await store.refresh();
  const pipe = pipeToRead(state, request, home.namespace(sessionOf(request)));
  const meta = await terminalSize(context, pipe);
  if (meta !== undefined) yield [{ meta }];
  const pool = request.follow ? await store.openOrCreate(pipe) : await store.pools.open(pipe);
  if (pool === undefined) return;
  try {
    yield* new Reading(context, request, { pipe, pool, ...options }).events();
  } catch (error) {
    if (error instanceof NotFoundError) throw newPipeMissing(pipe);
    throw error;
  } finally {
    await pool.close();
  }
}

async function terminalSize(
  { store }: Context,
  { manifold, handle, name }: PipeRecord,
): Promise<ReadMeta | undefined> {
  if (handle === "" || name !== OUTPUT_PIPE) return undefined;
  const control = store.state.pipe({ manifold, handle, name: SIZE_PIPE });
  if (control === undefined) return undefined;
  const { last } = await store.content(control);
  return last === undefined ? undefined : readMetaOf(last.payload);
}

/** One request to read. */
class Reading {
  readonly #context: Context;
  readonly #request: ReadRequest;
  readonly #pool: MessagePool;
  readonly #session: string;
  readonly #key: string;
  readonly #sinceMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #portionLength: number;
  #created = "";
  #advancedSeq = 0;
  /** Messages that were passed over and not told of yet. */
  #missed = 0;

  constructor(
    context: Context,
    request: ReadRequest,
    { pipe, pool, signal, portionLength = Infinity }: ReadOptions & {
      readonly pipe: PipeRecord;
      readonly pool: MessagePool;
    },
  ) {
    this.#context = context;
    this.#request = request;
    this.#pool = pool;
    this.#signal = signal;
    this.#portionLength = portionLength;
    this.#session = sessionOf(request);
    this.#key = cursorKey(context.store.state.account, pipe);
    const { since_ms: sinceMs = 0 } = request;
    this.#sinceMs = sinceMs > 0 ? context.now() - sinceMs : -Infinity;
  }

  /** What there is behind the cursor, and with `follow` what comes. */
  async *events(): AsyncGenerator<ReadEvent[], void, void> {
    const { all, follow, limit = 0, skip = 0 } = this.#request;
    const content = await contentOf(this.#pool);
    const { lastSeq } = content;
    this.#created = content.created;
    const cursor = this.#context.home.cursors(this.#session).get(this.#key);
    const delivered = all ? 0 : deliveredSeq(cursor, content);
    // To who has read nothing yet, what was given up before is not missing.
    const fromSeq = delivered === 0 ? content.oldestSeq : delivered + 1;
    if (content.total > 0 && fromSeq <= lastSeq) {
      const range = { sinceSeq: fromSeq, untilSeq: lastSeq };
      if (limit > 0 || skip > 0) yield* this.#some(range, limit, skip);
      else yield* this.#each(range);
      // What can't be read any more does not count as unread for ever.
      if (this.#sinceMs === -Infinity && !this.#signal?.aborted) await this.#advance(lastSeq);
    }
    if (follow) yield* this.#each({ sinceSeq: lastSeq + 1 });
  }

  /** Delivers all messages of a range. */
  async *#each(
    range: { sinceSeq: number; untilSeq?: number },
  ): AsyncGenerator<ReadEvent[], void, void> {
    for await (const batch of this.#batches(range)) {
      yield* this.#tellOfMissed();
      const { selected, throughSeq } = this.#select(batch);
      yield* this.#deliver(selected, throughSeq);
    }
    yield* this.#tellOfMissed();
  }

  /** Delivers the last `limit` of a range behind the first `skip`. */
  async *#some(
    range: { sinceSeq: number; untilSeq: number },
    limit: number,
    skip: number,
  ): AsyncGenerator<ReadEvent[], void, void> {
    const all: Selected[] = [];
    let throughSeq: number | undefined;
    for await (const batch of this.#batches(range)) {
      const found = this.#select(batch);
      all.push(...found.selected);
      throughSeq = found.throughSeq ?? throughSeq;
    }
    yield* this.#tellOfMissed();
    const kept = all.slice(skip);
    yield* this.#deliver(limit > 0 ? kept.slice(-limit) : kept, throughSeq);
  }

  /** Picks what is to be delivered, and the number of the last message that is dealt with then. */
  #select(batch: MessageBatch): { selected: Selected[]; throughSeq: number | undefined } {
    const selected: Selected[] = [];
    let throughSeq: number | undefined;
    for (const { seq, data } of batch.messages()) {
      const envelope = envelopeOf(data);
      // What is no envelope is passed over for good; it would count as unread for ever.
      if (envelope === undefined) throughSeq = seq;
      else if (this.#isLateEnough(envelope)) {
        selected.push({ seq, envelope });
        throughSeq = seq;
      }
    }
    return { selected, throughSeq };
  }

  #isLateEnough({ created_at: createdAt }: Envelope): boolean {
    return this.#sinceMs === -Infinity || (parseTime(createdAt) ?? -Infinity) >= this.#sinceMs;
  }

  #batches(range: { sinceSeq: number; untilSeq?: number }): AsyncIterable<MessageBatch> {
    return this.#pool.tailBatches({
      ...range,
      signal: this.#signal,
      onGap: ({ count }) => this.#missed += count,
    });
  }

  *#tellOfMissed(): Generator<ReadEvent[], void, void> {
    const missed = this.#missed;
    this.#missed = 0;
    if (missed > 0) yield [{ missed }];
  }

  /** Delivers messages; then all up to number `throughSeq` are dealt with. */
  async *#deliver(
    selected: readonly Selected[],
    throughSeq: number | undefined,
  ): AsyncGenerator<ReadEvent[], void, void> {
    for (let at = 0; at < selected.length; at += this.#portionLength) {
      const portion = selected.slice(at, at + this.#portionLength);
      yield portion.map(({ envelope }) => ({ msg: toReadMessage(envelope) }));
      await this.#advance(portion[portion.length - 1].seq);
      if (this.#advances) { for (const { envelope } of portion) this.#acknowledge(envelope); }
    }
    if (throughSeq !== undefined) await this.#advance(throughSeq);
  }

  get #advances(): boolean {
    const { no_advance: noAdvance, all } = this.#request;
    return !noAdvance && !all;
  }

  /** Moves the cursor, unless it is to stay. */
  async #advance(seq: number): Promise<void> {
    if (!this.#advances || seq <= this.#advancedSeq) return;
    await this.#context.home.advance(this.#session, this.#key, { seq, created: this.#created });
    this.#advancedSeq = seq;
  }

  /** Sends the receipt that a message asks for; nobody waits for it, or hears that it failed. */
  #acknowledge(message: Envelope): void {
    const { store, home, background, now } = this.#context;
    const reader = this.#request.sender || home.current(this.#session);
    const receipt = newReadReceipt(message, reader, now());
    if (receipt === undefined) return;
    background((async () => {
      // Its sender may be younger than this reading.
      const inbox = (await store.refresh()).source(message.sender)?.pipes.get("inbox");
      if (inbox !== undefined) await store.append(inbox, [receipt]);
    })());
  }
}
