/**
 * Publishing to one stream: many messages under way at once, each stored once.
 *
 * Messages are sent in flights; the next one starts when all of the one before are acknowledged.
 * Each message has an id, by which the server knows one that is sent again: what was not
 * acknowledged is, from the first on and one by one. Should a later message of the same append be
 * stored already, it is looked for in the stream instead; is it not there, which takes a change of
 * leader in the middle of a flight, nothing is sent that would stand in the wrong order: the append
 * fails.
 *
 * JetStream can be told which message has to come before another, and that must not be used: a
 * replica that was away checks it against what it knew before (nats-server 2.9 to 2.11), silently
 * leaves out what all others have stored, and may become leader.
 *
 * @module
 */

import { createInbox, type NatsConnection, type Subscription } from "@nats-io/transport-node";
import { backoffMs, pause } from "../pool/internal_mod.ts";
import { BusyError, IoError, type PlasmiteError, UsageError } from "../pool/mod.ts";
import { isTransient, natsFailure } from "./failure.ts";
import { type Fate, Flight } from "./flight.ts";
import { type Link, PATIENCE_MS } from "./link.ts";
import type { StreamNames } from "./names.ts";
import { ID_HEADER, type Publication } from "./record.ts";

/** Messages in a flight, and their bytes, at most; one message may be larger. */
const FLIGHT_LENGTH_MAX = 256;
const FLIGHT_BYTES_MAX = 4 * 1024 * 1024;

/** How many numbers are looked through for a message of which nothing is known but one behind it. */
const LOOK_BACK_LENGTH = 512;

/** Messages that were given together: they succeed together. */
class Group {
  readonly entries: Entry[];
  /** Their numbers, once all are stored. */
  readonly stored: Promise<number[]>;
  readonly #seqs: (number | undefined)[];
  readonly #end: PromiseWithResolvers<number[]> = Promise.withResolvers();
  #storedCount = 0;

  constructor(publications: readonly Publication[]) {
    this.entries = publications.map((publication, index) => ({ publication, group: this, index }));
    this.#seqs = publications.map(() => undefined);
    this.stored = this.#end.promise;
  }

  store({ index }: Entry, seq: number): void {
    this.#seqs[index] = seq;
    if (++this.#storedCount < this.entries.length) return;
    const seqs = this.#seqs as number[];
    if (seqs.every((seq, index) => index === 0 || seq > seqs[index - 1])) this.#end.resolve(seqs);
    else this.#end.reject(outOfOrder(`they are messages ${seqs.join(", ")}`));
  }

  /**
   * Between which numbers `entry` has to be stored, as one of those behind it is; undefined when
   * none is.
   */
  placeOf({ index }: Entry): { afterSeq: number; beforeSeq: number } | undefined {
    const beforeSeq = this.#seqs.find((seq, other) => other > index && seq !== undefined);
    if (beforeSeq === undefined) return undefined;
    const before = this.#seqs.findLast((seq, other) => other < index && seq !== undefined);
    return { afterSeq: before ?? beforeSeq - LOOK_BACK_LENGTH, beforeSeq };
  }

  /** Ends it with `error`, which is told to be about a part where that is so. */
  fail(error: PlasmiteError): void {
    const { entries: { length } } = this;
    if (this.#storedCount === 0) return this.#end.reject(error);
    const first = this.#seqs.indexOf(undefined);
    const isRow = first === this.#storedCount;
    const count = isRow
      ? `the first ${first} of ${length} were appended`
      : `${this.#storedCount} of ${length} were appended, not the one at index ${first}`;
    const { message, hint, path, seq, cause } = error;
    // These two say that nothing was.
    const Kind = error instanceof UsageError || error instanceof BusyError
      ? IoError
      : error.constructor as new (message: string, details: object) => PlasmiteError;
    this.#end.reject(new Kind(`${message}; ${count}`, { hint, path, seq, cause }));
  }
}

/** One message on its way. */
interface Entry {
  readonly publication: Publication;
  readonly group: Group;
  /** Which of its group. */
  readonly index: number;
  /** It was sent, and may be stored. */
  isDoubtful?: boolean;
}

/** Publishes to one stream. */
export class Publisher {
  readonly #link: Link;
  readonly #names: StreamNames;
  readonly #pool: string;
  /** Not sent, or to be sent again, in order. */
  #queue: Entry[] = [];
  /** How many of the queue are to be sent one by one, as they were sent before. */
  #resendCount = 0;
  #isRunning = false;
  #isClosed = false;
  #progressMs = 0;
  #inbox: { connection: NatsConnection; prefix: string; subscription: Subscription } | undefined;
  #flight: Flight | undefined;

  /** Publishes to the stream `names` over `link`; errors call it `pool`. */
  constructor(link: Link, names: StreamNames, pool: string) {
    this.#link = link;
    this.#names = names;
    this.#pool = pool;
  }

  /**
   * Stores messages, in order, and returns their sequence numbers.
   *
   * @throws {PlasmiteError} when one was not stored, or is not known to be.
   */
  publish(publications: readonly Publication[]): Promise<number[]> {
    const group = new Group(publications);
    for (const entry of group.entries) this.#queue.push(entry);
    if (!this.#isRunning) this.#run();
    return group.stored;
  }

  /** Gives up listening for answers, once all that was given to send is answered. */
  close(): void {
    this.#isClosed = true;
    if (this.#isRunning) return;
    this.#inbox?.subscription.unsubscribe();
    this.#inbox = undefined;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    this.#progressMs = performance.now();
    for (let attempt = 0; this.#queue.length > 0;) {
      try {
        const trouble = await this.#fly(this.#takeFlight());
        attempt = trouble === undefined ? 0 : attempt + 1;
        if (trouble !== undefined) await this.#overcome(trouble, attempt);
      } catch (error) {
        this.#failAll(this.#asFailure(error));
      }
    }
    this.#isRunning = false;
    if (this.#isClosed) this.close();
  }

  /** Takes what is sent together out of the queue. */
  #takeFlight(): Entry[] {
    const most = this.#resendCount > 0 ? 1 : FLIGHT_LENGTH_MAX;
    let count = 0;
    let bytes = 0;
    while (count < Math.min(most, this.#queue.length)) {
      bytes += this.#queue[count].publication.bytes;
      if (count > 0 && bytes > FLIGHT_BYTES_MAX) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Sends messages; what is not stored goes back to the queue, unless its append has failed. */
  async #fly(entries: readonly Entry[]): Promise<"unknown" | "no responders" | undefined> {
    let fates: Fate[];
    try {
      const { connection } = await this.#link.open();
      const { subject } = this.#names;
      const inbox = this.#listenOn(connection);
      const publications = entries.map(({ publication }) => publication);
      this.#flight = new Flight(publications, { connection, link: this.#link, inbox, subject });
      fates = await this.#flight.ended;
    } catch (error) {
      this.#queue.unshift(...entries);
      throw error;
    } finally {
      this.#flight = undefined;
    }
    return await this.#takeIn(entries, fates);
  }

  async #takeIn(
    entries: readonly Entry[],
    fates: readonly Fate[],
  ): Promise<"unknown" | "no responders" | undefined> {
    this.#resendCount = Math.max(0, this.#resendCount - entries.length);
    const failures = new Map<Group, PlasmiteError>();
    const unstored: { entry: Entry; kind: "unknown" | "no responders" }[] = [];
    entries.forEach((entry, index) => {
      const fate = fates[index];
      if (fate.kind === "stored") {
        this.#progressMs = performance.now();
        entry.group.store(entry, fate.seq);
      } else if (fate.kind === "refused") {
        if (!failures.has(entry.group)) failures.set(entry.group, this.#asFailure(fate.error));
      } else {
        entry.isDoubtful ||= fate.kind === "unknown";
        unstored.push({ entry, kind: fate.kind });
      }
    });
    const found = new Set<Entry>();
    for (const { entry } of unstored) {
      const place = failures.has(entry.group) ? undefined : entry.group.placeOf(entry);
      if (place === undefined) continue;
      // Its acknowledgement was lost, or it was: sent again it would stand behind the others.
      const seq = await this.#find(entry.publication.id, place);
      if (seq === undefined) failures.set(entry.group, outOfOrder("one of them is missing"));
      else {
        found.add(entry);
        entry.group.store(entry, seq);
      }
    }
    for (const [group, error] of failures) this.#drop(group, error);
    const again = unstored.filter(({ entry }) => !failures.has(entry.group) && !found.has(entry));
    this.#queue.unshift(...again.map(({ entry }) => entry));
    this.#resendCount += again.length;
    return again.at(0)?.kind;
  }

  /** The number between two others under which the message `id` is stored. */
  async #find(
    id: string,
    { afterSeq, beforeSeq }: { afterSeq: number; beforeSeq: number },
  ): Promise<number | undefined> {
    const { stream } = this.#names;
    for (let seq = beforeSeq - 1; seq > Math.max(0, afterSeq); seq--) {
      const stored = await this.#link.ask(
        { pool: this.#pool },
        ({ manager }) => manager.streams.getMessage(stream, { seq }),
      );
      if (stored?.header?.get(ID_HEADER) === id) return seq;
    }
    return undefined;
  }

  /** The subject to which answers come, up to a token. */
  #listenOn(connection: NatsConnection): string {
    if (this.#inbox?.connection !== connection) {
      const prefix = `${createInbox()}.`;
      const subscription = connection.subscribe(`${prefix}*`, {
        callback: (error, message) => {
          if (error === null) this.#flight?.answer(message);
          else this.#giveUpInbox(error);
        },
      });
      this.#inbox = { connection, prefix, subscription };
    }
    return this.#inbox.prefix;
  }

  /** The server does not let this user listen there. */
  #giveUpInbox(error: Error): void {
    this.#inbox = undefined;
    this.#flight?.fail(error);
  }

  /** Waits as long as is needed before sending again; or gives up, by throwing. */
  async #overcome(trouble: "unknown" | "no responders", attempt: number): Promise<void> {
    if (trouble === "no responders") await this.#checkStream();
    if (performance.now() - this.#progressMs >= PATIENCE_MS) {
      throw trouble === "unknown" ? this.#unanswered() : this.#leaderless();
    }
    await pause(Math.min(backoffMs(attempt), 1000), this.#link.closing);
    if (this.#link.closing.aborted) throw this.#unanswered();
  }

  /** Fails when the stream is gone, or is one that takes nothing. */
  async #checkStream(): Promise<void> {
    const { manager } = await this.#link.open();
    const { stream, subject } = this.#names;
    try {
      const { config: { subjects = [] } } = await manager.streams.info(stream);
      if (subjects.some((one) => one === subject || /[*>]/.test(one))) return;
    } catch (error) {
      if (isTransient(error)) return;
      throw error;
    }
    throw new UsageError(`the stream ${stream} does not take what is published to ${subject}`, {
      path: this.#pool,
      hint: "Another program made or changed it, or it mirrors another one: append to that, or " +
        `have ${subject} among its subjects.`,
    });
  }

  /** Gives up what is left of a group. */
  #drop(group: Group, error: PlasmiteError): void {
    const isOther = (entry: Entry) => entry.group !== group;
    this.#resendCount = this.#queue.slice(0, this.#resendCount).filter(isOther).length;
    this.#queue = this.#queue.filter(isOther);
    group.fail(error);
  }

  #failAll(error: PlasmiteError): void {
    const doubtful = new Set(this.#queue.filter((one) => one.isDoubtful).map(({ group }) => group));
    for (const group of new Set(this.#queue.map(({ group }) => group))) {
      const isUnsure = error instanceof BusyError && doubtful.has(group);
      this.#drop(group, isUnsure ? this.#unanswered() : error);
    }
  }

  #asFailure(error: unknown): PlasmiteError {
    return natsFailure(error, { server: this.#link.url, pool: this.#pool });
  }

  #unanswered(): IoError {
    const when = this.#link.closing.aborted
      ? "before the client was closed"
      : `for ${PATIENCE_MS / 1000} s`;
    return new IoError(`${this.#link.url} did not say ${when} what became of an append`, {
      path: this.#pool,
      mayBeDone: true,
      hint: "It may have been appended or not: look at the newest messages before you send it " +
        `again, with \`pls follow ${this.#pool} --tail 10\`.`,
    });
  }

  #leaderless(): BusyError {
    return new BusyError(`the pool had no leader for ${PATIENCE_MS / 1000} s`, {
      path: this.#pool,
      hint: "Too many of the servers that hold it are down, or can't reach each other. Nothing " +
        "was appended: try again when they are back.",
    });
  }
}

function outOfOrder(how: string): IoError {
  return new IoError(`messages of one append were not stored in their order: ${how}`, {
    hint: "The pool's leader changed at that moment. See what arrived before you send it again.",
  });
}
