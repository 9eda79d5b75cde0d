/**
 * Publishing to one stream: many messages under way at once, each stored once and in order.
 *
 * Each message has an id, by which the server knows one that is sent again; and each that is sent
 * while the one before it is still under way names that one's id, so that the server refuses it
 * unless it comes right behind. Nothing can overtake a message that got lost, whatever becomes of
 * connections and leaders; what was refused is sent again, from the first one on that was not
 * acknowledged. Writers that get between each other's messages have fewer under way at once.
 *
 * @module
 */

import { createInbox, type NatsConnection, type Subscription } from "@nats-io/transport-node";
import { backoffMs, BusyError, IoError, pause, type PlasmiteError } from "../pool/mod.ts";
import { isTransient, natsFailure } from "./failure.ts";
import { Flight, type Shipment, type Trouble } from "./flight.ts";
import { type Link, PATIENCE_MS } from "./link.ts";
import type { StreamNames } from "./names.ts";
import type { Publication } from "./record.ts";

/** Messages under way at once, at most. */
const WINDOW_MAX = 256;

/** Messages that were given together: they succeed together. */
class Group {
  readonly entries: Entry[];
  readonly stored: Promise<number[]>;
  readonly #seqs: number[] = [];
  #missing: number;
  #settle: PromiseWithResolvers<number[]> = Promise.withResolvers();

  constructor(publications: readonly Publication[]) {
    this.entries = publications.map((publication, index) => ({ publication, group: this, index }));
    this.#missing = publications.length;
    this.stored = this.#settle.promise;
  }

  store(seq: number, entry: Entry): void {
    this.#seqs[entry.index] = seq;
    if (--this.#missing === 0) this.#settle.resolve(this.#seqs);
  }

  fail(error: PlasmiteError): void {
    this.#settle.reject(error);
  }

  get storedCount(): number {
    return this.entries.length - this.#missing;
  }
}

/** One message on its way. */
interface Entry extends Shipment {
  readonly group: Group;
  /** Which of its group. */
  readonly index: number;
}

/** Publishes to one stream. */
export class Publisher {
  readonly #link: Link;
  readonly #names: StreamNames;
  readonly #pool: string;
  /** Not sent, or to be sent again, in order. */
  #queue: Entry[] = [];
  #isRunning = false;
  #window = WINDOW_MAX;
  #progressMs = 0;
  #inbox: { connection: NatsConnection; prefix: string; subscription: Subscription } | undefined;
  #flight: Flight<Entry> | undefined;

  /** Publishes to the stream `names` over `link`; errors call it `pool`. */
  constructor(link: Link, names: StreamNames, pool: string) {
    this.#link = link;
    this.#names = names;
    this.#pool = pool;
  }

  /**
   * Stores messages, in order, and returns their sequence numbers.
   *
   * @throws {PlasmiteError} when one was not stored, or is not known to be; those before it are.
   */
  publish(publications: readonly Publication[]): Promise<number[]> {
    const group = new Group(publications);
    if (!this.#isRunning) this.#progressMs = performance.now();
    for (const entry of group.entries) this.#queue.push(entry);
    if (this.#flight !== undefined) this.#flight.fill();
    else if (!this.#isRunning) this.#run();
    return group.stored;
  }

  /** Gives up the subscription to answers. */
  close(): void {
    this.#inbox?.subscription.unsubscribe();
    this.#inbox = undefined;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let attempt = 0; this.#queue.length > 0;) {
      const hadMs = this.#progressMs;
      try {
        const trouble = await this.#fly();
        if (trouble === undefined) continue;
        attempt = this.#progressMs > hadMs ? 1 : attempt + 1;
        await this.#overcome(trouble, attempt);
      } catch (error) {
        this.#failAll(natsFailure(error, { server: this.#link.url, pool: this.#pool }));
      }
    }
    this.#isRunning = false;
  }

  /** Sends what is queued, until all of it is stored or something is wrong. */
  async #fly(): Promise<Trouble | undefined> {
    const { connection } = await this.#link.open();
    this.#flight = new Flight<Entry>({
      connection,
      link: this.#link,
      inbox: this.#listenOn(connection),
      subject: this.#names.subject,
      queue: this.#queue,
      window: this.#window,
      onStored: (entry, seq) => {
        this.#progressMs = performance.now();
        entry.group.store(seq, entry);
      },
    });
    const trouble = await this.#flight.ended;
    this.#queue = [...this.#flight.unstored(), ...this.#queue];
    this.#flight = undefined;
    if (trouble?.kind === "contention") this.#window = Math.max(1, this.#window >> 1);
    else if (trouble === undefined) this.#window = Math.min(WINDOW_MAX, 2 * this.#window);
    return trouble;
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
  async #overcome(trouble: Trouble, attempt: number): Promise<void> {
    if (trouble.kind === "contention") return;
    if (trouble.kind === "refused") return this.#drop(trouble.id, trouble.error);
    if (trouble.kind === "no responders") await this.#checkStream();
    const isLate = performance.now() - this.#progressMs >= PATIENCE_MS;
    if (isLate || this.#link.closing.aborted) {
      throw trouble.kind === "silence" ? this.#unanswered() : this.#leaderless();
    }
    await pause(Math.min(backoffMs(attempt), 1000), this.#link.closing);
  }

  /** Fails with what became of the stream, if it is gone. */
  async #checkStream(): Promise<void> {
    const { manager } = await this.#link.open();
    try {
      await manager.streams.info(this.#names.stream);
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
  }

  /** One message is refused, so none of those given with it and behind it is stored. */
  #drop(id: string, cause: unknown): void {
    const group = this.#queue.find((entry) => entry.publication.id === id)?.group;
    if (group === undefined) return;
    this.#queue = this.#queue.filter((entry) => entry.group !== group);
    const server = this.#link.url;
    this.#fail(group, natsFailure(cause, { server, pool: this.#pool }));
  }

  #failAll(error: PlasmiteError): void {
    const groups = new Set(this.#queue.map(({ group }) => group));
    this.#queue = [];
    for (const group of groups) this.#fail(group, error);
  }

  #fail(group: Group, error: PlasmiteError): void {
    const { storedCount, entries } = group;
    if (storedCount === 0) return group.fail(error);
    const Kind = error.constructor as new (message: string, details: object) => PlasmiteError;
    const { path, hint, seq, cause } = error;
    group.fail(
      new Kind(`${error.message}; the first ${storedCount} of ${entries.length} were appended`, {
        ...{ path, hint, seq, cause },
      }),
    );
  }

  #unanswered(): IoError {
    const seconds = PATIENCE_MS / 1000;
    return new IoError(`${this.#link.url} did not say for ${seconds} s what became of an append`, {
      path: this.#pool,
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
