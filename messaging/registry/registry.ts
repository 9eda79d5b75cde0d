/**
 * The registry of a mesh: a pool with all operations in one order, which decides who was first.
 *
 * Whoever wants to change something appends an operation, reads all up to it, and knows whether
 * it won: every process that reads the same messages comes to the same result, so no process has
 * to be there for the others. A pool gives up old messages; therefore the state is written into it
 * every now and then, and a reader begins with the newest state in it.
 *
 * @module
 */

import { CorruptError, type Message, type MessagePool } from "../../pool/mod.ts";
import type { MessagingError } from "../contracts/mod.ts";
import type { Operation, SnapshotPart, SnapshotRecord } from "./operation.ts";
import { RegistryState } from "./state.ts";

/** Operations from one snapshot to the next. */
const SNAPSHOT_EVERY = 256;

/** Messages that are looked at first for a snapshot; then four times as many. */
const LOOK_BACK = 2 * SNAPSHOT_EVERY;
const LOOK_BACK_GROWTH = 4;

/** Characters of a part of a snapshot: servers take messages of a limited size. */
const PART_LENGTH = 200_000;

/** A snapshot in a registry. */
interface Snapshot {
  /** The operations up to this number are in it. */
  readonly at: number;
  readonly state: RegistryState;
}

/** The operations in a pool, and what they make. */
export class Registry {
  readonly #pool: MessagePool;
  #state = new RegistryState();
  /** All before this message are in the state. */
  #nextSeq = 1;
  #snapshotAt = 0;
  /** Settled when nobody reads any more. */
  #turn: Promise<void> = Promise.resolve();

  /** The registry in `pool`; nothing is read yet. */
  constructor(pool: MessagePool) {
    this.#pool = pool;
  }

  /** What was read last. */
  get state(): RegistryState {
    return this.#state;
  }

  /** Reads what has come. */
  async refresh(): Promise<RegistryState> {
    await this.#inTurn(() => this.#readOn());
    return this.#state;
  }

  /**
   * Appends an operation, and finds out what came of it.
   *
   * @returns its number.
   * @throws {MessagingError} when it can't be, as something else was first.
   */
  propose(operation: Operation): Promise<number> {
    return this.#inTurn(async () => {
      await this.#readOn();
      const early = this.#state.refusal(operation);
      if (early !== undefined) throw early;
      const { seq } = await this.#pool.append(operation);
      const refusal = await this.#readTo(seq, 1);
      if (refusal !== undefined) throw refusal;
      if (seq - this.#snapshotAt >= SNAPSHOT_EVERY) await this.#writeSnapshot();
      return seq;
    });
  }

  /** Calls `onOperation` whenever something has come, until `signal` ends it. */
  async follow(onOperation: () => void, signal: AbortSignal): Promise<void> {
    const tail = this.#pool.tailBatches({ sinceSeq: this.#nextSeq, signal });
    for await (const _batch of tail) onOperation();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.then(() => {}, () => {});
    return await done;
  }

  async #readOn(): Promise<void> {
    const { nextSeq, bounds } = await this.#pool.info();
    await this.#readTo(nextSeq - 1, bounds?.oldest ?? nextSeq);
  }

  /**
   * Reads up to message `lastSeq`; the oldest one is `oldest`.
   *
   * @returns why the last one changed nothing, if so.
   */
  async #readTo(lastSeq: number, oldest: number): Promise<MessagingError | undefined> {
    if (lastSeq < this.#nextSeq) return;
    const isFirst = this.#nextSeq === 1 && lastSeq > LOOK_BACK;
    if (isFirst || this.#nextSeq < oldest) await this.#begin(lastSeq, oldest);
    let refusal: MessagingError | undefined;
    for await (const message of this.#messages(this.#nextSeq, lastSeq)) {
      refusal = this.#takeIn(message);
    }
    this.#nextSeq = lastSeq + 1;
    return refusal;
  }

  #takeIn({ seq, data }: Message): MessagingError | undefined {
    const operation = data as Operation | SnapshotPart;
    if (operation.op !== "snapshot") return this.#state.apply(operation, seq);
    this.#snapshotAt = operation.at;
  }

  /** Begins with the newest snapshot before message `lastSeq`, if there is one. */
  async #begin(lastSeq: number, oldest: number): Promise<void> {
    for (let count = LOOK_BACK;; count *= LOOK_BACK_GROWTH) {
      const fromSeq = Math.max(oldest, lastSeq - count + 1);
      const messages = await Array.fromAsync(this.#messages(fromSeq, lastSeq));
      const snapshot = newestSnapshot(messages);
      if (snapshot !== undefined) {
        this.#state = snapshot.state;
        this.#snapshotAt = snapshot.at;
        this.#nextSeq = snapshot.at + 1;
        return;
      }
      if (fromSeq > oldest) continue;
      if (oldest <= 1) return;
      throw new CorruptError("the registry of sources and pipes has lost its beginning", {
        path: this.#pool.name,
        hint: "Another program has appended to it, or removed from it. Put a copy back.",
      });
    }
  }

  async *#messages(fromSeq: number, lastSeq: number): AsyncGenerator<Message> {
    const range = { sinceSeq: fromSeq, untilSeq: lastSeq };
    for await (const batch of this.#pool.tailBatches(range)) yield* batch.messages();
  }

  async #writeSnapshot(): Promise<void> {
    const at = this.#nextSeq - 1;
    const chunks = chunksOf(this.#state.snapshot());
    const id = crypto.randomUUID();
    await this.#pool.appendMany(chunks.map((records, part) => {
      const data: SnapshotPart = { op: "snapshot", id, at, part, parts: chunks.length, records };
      return { data };
    }));
    this.#snapshotAt = at;
  }
}

/** The newest snapshot of which all parts are among `messages`, and all operations behind it. */
function newestSnapshot(messages: readonly Message[]): Snapshot | undefined {
  const parts = new Map<string, SnapshotPart[]>();
  for (let i = messages.length - 1; i >= 0; i--) {
    const operation = messages[i].data as Operation | SnapshotPart;
    if (operation.op !== "snapshot") continue;
    const { id, at, parts: count } = operation;
    const found = parts.get(id) ?? [];
    parts.set(id, found);
    found.push(operation);
    if (found.length < count || at + 1 < messages[0].seq) continue;
    found.sort((a, b) => a.part - b.part);
    const state = RegistryState.fromSnapshot(found.flatMap(({ records }) => records));
    return { at, state };
  }
}

function chunksOf(records: Iterable<SnapshotRecord>): SnapshotRecord[][] {
  const chunks: SnapshotRecord[][] = [[]];
  let length = 0;
  for (const record of records) {
    const more = JSON.stringify(record).length;
    if (length > 0 && length + more > PART_LENGTH) {
      chunks.push([]);
      length = 0;
    }
    chunks[chunks.length - 1].push(record);
    length += more;
  }
  return chunks;
}
