/**
 * A real pool and the reference next to it, with all that is open on them.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  Client,
  type ErrorKind,
  type Message,
  PlasmiteError,
  type Pool,
  type PoolOptions,
} from "@plasmite/pool";
import { ScratchClient } from "../pool/scratch.ts";
import { frameBytes, nanosOf, type ReferenceMessage, ReferencePool } from "./model_reference.ts";
import type { ModelTail } from "./model_tail.ts";
import type { Counts } from "./torture.ts";

/** The clock starts here: 2026-01-01. */
const START_MS = Date.UTC(2026, 0, 1);
/** Messages have microseconds, which run on between the ticks of the clock. */
const CLOCK_DRIFT_NANOS = 3_000_000n;

/** One pool, real and as the reference has it, used by two clients as by two processes. */
export class World implements Disposable {
  /** What the clock says, in milliseconds since 1970. */
  nowMs = START_MS;
  /** The reference. */
  reference!: ReferencePool;
  /** The real one, opened by each client. */
  handles: Pool[] = [];
  /** Tails that are open. */
  tails: ModelTail[] = [];
  readonly #clients: [ScratchClient, Client];
  readonly #realNow = Date.now;
  #number = 0;

  /** Opens one with an empty pool; `counts` goes on counting. */
  constructor(options: PoolOptions, readonly counts: Counts) {
    const client = new ScratchClient();
    this.#clients = [client, new Client({ dir: client.dir })];
    Date.now = () => this.nowMs;
    this.create(options);
  }

  /** Adds to what was counted. */
  count(what: string, by = 1): void {
    this.counts[what] = Number(this.counts[what] ?? 0) + by;
  }

  /** The client that makes, finds and deletes pools. */
  get client(): Client {
    return this.#clients[0];
  }

  /** What the pool is called now. */
  get name(): string {
    return `pool${this.#number}`;
  }

  /** The pool file. */
  get path(): string {
    return this.client.path(this.name);
  }

  /** What can be read now. */
  get visible(): ReferenceMessage[] {
    return this.reference.visible(this.nowMs);
  }

  /** Makes a pool of another name the one that is talked of, empty so far. */
  rename(): void {
    this.#number++;
  }

  /** Creates the pool and opens it. */
  create(options: PoolOptions): void {
    const { ringSizeBytes, maxAgeMs, maxMessages } = this.client.createPool(this.name, options);
    this.reference = new ReferencePool({ ringBytes: ringSizeBytes, maxAgeMs, maxMessages });
    this.open();
  }

  /** Opens the pool by both clients. */
  open(): void {
    this.handles = this.#clients.map((client) => client.openPool(this.name));
  }

  /** Closes the pool, and finds that its tails end. */
  async close(): Promise<void> {
    for (const handle of this.handles) handle.close();
    for (const tail of this.tails) await tail.checkEnded();
    this.tails = [];
    failsWith("Usage", () => this.handles[0].info());
  }

  /** Takes over what the real pool made of an append. */
  committed(messages: readonly Message[], inputs: readonly { tags: string[]; json: string }[]) {
    const { nextSeq, history } = this.reference;
    const taken: ReferenceMessage[] = [];
    assertEquals(messages.length, inputs.length);
    let before = history.get(nextSeq - 1)?.nanos ?? -1n;
    messages.forEach(({ seq, time, tags, json }, i) => {
      assertEquals({ seq, tags, json }, { seq: nextSeq + i, ...inputs[i] });
      const nanos = nanosOf(time);
      const drift = nanos - BigInt(this.nowMs) * 1_000_000n;
      const isNow = i === 0 && drift < CLOCK_DRIFT_NANOS && drift > -CLOCK_DRIFT_NANOS;
      assert(nanos === before + 1n || isNow && nanos > before, `message ${seq} at ${time}`);
      taken.push({ seq, nanos, ...inputs[i], bytes: frameBytes(inputs[i]) });
      before = nanos;
    });
    if (taken.length > 0) this.reference.append(taken);
  }

  /** Compares what the two pools hold. */
  compare(): void {
    const infos = this.handles.map((handle) => handle.info());
    const { usedBytes, bounds, times } = infos[0];
    assertEquals(infos[1], infos[0]);
    const { messages, mustHoldFrom } = this.reference;
    assert(
      this.reference.adopt(usedBytes),
      `${usedBytes} bytes used, of messages from ${messages[0]?.seq}, needed from ${mustHoldFrom}`,
    );
    const [oldest, newest] = [this.visible.at(0), this.visible.at(-1)];
    assertEquals(bounds, oldest && newest && { oldest: oldest.seq, newest: newest.seq });
    if (oldest && newest) {
      assertEquals(nanosOf(times!.oldest!), oldest.nanos);
      assertEquals(nanosOf(times!.newest), newest.nanos);
    }
  }

  [Symbol.dispose](): void {
    Date.now = this.#realNow;
    for (const client of this.#clients.toReversed()) client.close();
  }
}

/** Finds that a message of the real pool is that of the reference. */
export function assertSame(message: Message, expected: ReferenceMessage | undefined): void {
  const { seq, time, tags, json } = message;
  const { bytes } = expected ?? {};
  assertEquals({ seq, nanos: nanosOf(time), tags, json, bytes }, expected);
  assertEquals(JSON.stringify(message.data), JSON.stringify(JSON.parse(json)));
}

/** Finds that `work` fails with an error of this kind. */
export function failsWith(kind: ErrorKind, work: () => unknown): void {
  let thrown: unknown;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  assertInstanceOf(thrown, PlasmiteError);
  assertEquals(thrown.kind, kind, thrown.message);
}
