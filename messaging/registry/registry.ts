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
import { type MessagingError, newError } from "../contracts/mod.ts";
import {
  type Operation,
  operationOf,
  type SnapshotPart,
  type SnapshotRecord,
} from "./operation.ts";
import { type PipeRecord, RegistryState } from "./state.ts";

/** Operations from one snapshot to the next. */
const SNAPSHOT_EVERY = 256;

/** Operations from a snapshot that was not written, as its writer has failed, to another attempt. */
const SNAPSHOT_AGAIN = 64;

/** Messages that are looked at first for a snapshot; then four times as many. */
const LOOK_BACK = 2 * SNAPSHOT_EVERY;
const LOOK_BACK_GROWTH = 4;

/** Characters of a part of a snapshot: servers take messages of a limited size. */
const PART_LENGTH = 200_000;

/**
 * The part of the pool that a snapshot may take. Behind it there has to be room for operations, and
 * for the snapshots that others begin at the same time.
 */
const SNAPSHOT_SHARE = 1 / 8;

/** What came of an operation. */
export interface Outcome {
  /** Its number. */
  readonly seq: number;
  /** The pipes that it has removed. */
  readonly removed: readonly PipeRecord[];
}

/** A snapshot in a registry. */
interface Snapshot {
  /** The operations up to this number are in it. */
  readonly at: number;
  /** How many messages it is in. */
  readonly parts: number;
  readonly state: RegistryState;
}

/** The operations in a pool, and what they make. */
export class Registry {
  readonly #pool: MessagePool;
  #state = new RegistryState();
  /** All before this message are in the state. */
  #nextSeq = 1;
  #snapshotAt = 0;
  /** Parts of the newest snapshot. */
  #snapshotParts = 0;
  #ringSizeBytes = Infinity;
  /** What the operation that was read last has removed. */
  #removed: readonly PipeRecord[] = [];
  /** The reading that has not begun yet: whoever asks before it does gets what it finds. */
  #nextRefresh: Promise<RegistryState> | undefined;
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
  refresh(): Promise<RegistryState> {
    this.#nextRefresh ??= this.#inTurn(async () => {
      this.#nextRefresh = undefined;
      await this.#readOn();
      return this.#state;
    });
    return this.#nextRefresh;
  }

  /**
   * Appends an operation, and finds out what came of it.
   *
   * @throws {MessagingError} when it can't be, as something else was first.
   */
  async propose(operation: Operation): Promise<Outcome> {
    // With all who ask: while a server is away, they need not wait one behind the other.
    await this.refresh();
    return await this.#inTurn(async () => {
      const early = this.#state.refusal(operation);
      if (early !== undefined) throw early;
      if (this.#isFull && operation.op.startsWith("create-")) throw newMeshFull();
      const { seq } = await this.#pool.append(operation);
      const refusal = await this.#readTo(seq, 1);
      if (refusal !== undefined) throw refusal;
      const removed = this.#removed;
      // The operation counts, whatever comes of this: the next one tries again.
      if (this.#isSnapshotTurn(seq)) await this.#writeSnapshot().catch(() => {});
      return { seq, removed };
    });
  }

  /** Whether a snapshot takes so much of the pool that there may be no more sources and pipes. */
  get #isFull(): boolean {
    const sizeBytes = (this.#snapshotParts - 1) * PART_LENGTH;
    return sizeBytes > this.#ringSizeBytes * SNAPSHOT_SHARE;
  }

  /**
   * Whether it is for who appended number `seq` to write a snapshot. Of many who append at the same
   * time it is for one: the snapshots of all would push out the operations behind them.
   */
  #isSnapshotTurn(seq: number): boolean {
    return this.#isSnapshotDue && (seq - this.#snapshotAt) % SNAPSHOT_AGAIN === 0;
  }

  get #isSnapshotDue(): boolean {
    return this.#nextSeq - 1 - this.#snapshotAt >= SNAPSHOT_EVERY;
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
    const { nextSeq, bounds, ringSizeBytes } = await this.#pool.info();
    this.#ringSizeBytes = ringSizeBytes;
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
      if (message.seq > this.#nextSeq && await this.#isOvertaken()) break;
      refusal = this.#takeIn(message);
      // Reading may fail behind any of them, and none may be taken in twice.
      this.#nextSeq = message.seq + 1;
    }
    if (this.#nextSeq <= lastSeq && await this.#isOvertaken()) {
      await this.#readOn();
      return newOvertaken();
    }
    this.#nextSeq = Math.max(this.#nextSeq, lastSeq + 1);
    return refusal;
  }

  /** Whether what comes next was given up, by others who appended much in the meantime. */
  async #isOvertaken(): Promise<boolean> {
    const { nextSeq, bounds } = await this.#pool.info();
    return (bounds?.oldest ?? nextSeq) > this.#nextSeq;
  }

  #takeIn({ seq, data }: Message): MessagingError | undefined {
    const operation = operationOf(data);
    if (operation === undefined) return undefined;
    if (operation.op !== "snapshot") {
      this.#removed = this.#state.removedBy(operation);
      return this.#state.apply(operation, seq);
    }
    if (operation.at < this.#snapshotAt) return undefined;
    this.#snapshotAt = operation.at;
    this.#snapshotParts = operation.parts;
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
        this.#snapshotParts = snapshot.parts;
        this.#nextSeq = snapshot.at + 1;
        return;
      }
      if (fromSeq > oldest) continue;
      const { nextSeq, bounds } = await this.#pool.info();
      // Overtaken: a newer one is behind what was looked at.
      if (bounds !== undefined && bounds.oldest > oldest) {
        return await this.#begin(nextSeq - 1, bounds.oldest);
      }
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
    // Others who have seen the same operations may have written it by now.
    await this.#readOn();
    if (!this.#isSnapshotDue) return;
    const at = this.#nextSeq - 1;
    const chunks = chunksOf(this.#state.snapshot());
    const id = crypto.randomUUID();
    await this.#pool.appendMany(chunks.map((records, part) => {
      const data: SnapshotPart = { op: "snapshot", id, at, part, parts: chunks.length, records };
      return { data };
    }));
    this.#snapshotAt = at;
    this.#snapshotParts = chunks.length;
  }
}

function newOvertaken(): MessagingError {
  return newError(
    "E_INTERNAL",
    "others have changed so much that it can't be told what came of it",
    {
      hint: "See what there is before you try again.",
    },
  );
}

function newMeshFull(): MessagingError {
  return newError("E_INTERNAL", "the mesh is full: its sources and pipes take too much room", {
    hint: "Remove sources or pipes that nobody needs any more.",
  });
}

/** The newest snapshot of which all parts are among `messages`, and all operations behind it. */
function newestSnapshot(messages: readonly Message[]): Snapshot | undefined {
  const parts = new Map<string, SnapshotPart[]>();
  for (let i = messages.length - 1; i >= 0; i--) {
    const operation = operationOf(messages[i].data);
    if (operation?.op !== "snapshot") continue;
    const { id, at, parts: count } = operation;
    const found = parts.get(id) ?? [];
    parts.set(id, found);
    found.push(operation);
    if (found.length < count || at + 1 < messages[0].seq) continue;
    found.sort((a, b) => a.part - b.part);
    const state = RegistryState.fromSnapshot(found.flatMap(({ records }) => records));
    return { at, parts: count, state };
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
