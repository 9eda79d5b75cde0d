/**
 * Messages that are sent all at once, one behind the other, and what the server says of each.
 *
 * @module
 */

import { JetStreamApiError } from "@nats-io/jetstream";
import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { isTransient } from "./failure.ts";
import { ANSWER_LIMIT_MS, type Link } from "./link.ts";
import { addHeaders, type Publication } from "./record.ts";

/** What a slow network takes in a millisecond: large messages have more time to be answered. */
const SLOW_BYTES_PER_MS = 100;

/** How long to wait for the other answers once something went wrong. */
const SETTLE_MS = 1000;

const STATUS_NO_RESPONDERS = 503;
/** Refused: the same message is being stored at this moment. */
const DUPLICATE_IN_PROCESS = 10158;

/** What became of one message, as far as is known. */
export type Fate =
  /** It is stored, under this number. */
  | { readonly kind: "stored"; readonly seq: number }
  /** No answer came, or none that says anything: the server or the leader is away. */
  | { readonly kind: "unknown" }
  /** Nobody takes messages for the subject: there is no leader, or no stream. */
  | { readonly kind: "no responders" }
  /** The server does not want this one, and never will. */
  | { readonly kind: "refused"; readonly error: unknown };

const UNKNOWN: Fate = { kind: "unknown" };

/** Where messages go, and how answers come back. */
export interface Route {
  /** The open connection of `link`. */
  readonly connection: NatsConnection;
  readonly link: Link;
  /** Answers come to this subject, followed by a token. */
  readonly inbox: string;
  /** Where messages are published to. */
  readonly subject: string;
}

/** Tokens are never used again: a late answer must not be taken for another one. */
let tokenCount = 0;

/** What an acknowledgement or a refusal says. */
interface Answer {
  readonly seq?: number;
  readonly error?: {
    readonly code: number;
    readonly err_code: number;
    readonly description: string;
  };
}

const decoder = new TextDecoder();

/** Messages on their way. */
export class Flight {
  /** What became of each message, once all are answered or the wait is over. Never rejects. */
  readonly ended: Promise<Fate[]>;
  readonly #inbox: string;
  readonly #fates: Fate[];
  /** The place in the order of each message that is not answered, by token. */
  readonly #waiting = new Map<string, number>();
  readonly #land: () => void;
  readonly #answerLimitMs: number;
  #answeredMs = performance.now();
  #timer: ReturnType<typeof setTimeout>;
  #isSettling = false;

  /** Sends `publications`, of which there is at least one. */
  constructor(publications: readonly Publication[], route: Route) {
    const { promise, resolve } = Promise.withResolvers<Fate[]>();
    const { link, subject } = route;
    this.ended = promise;
    this.#inbox = route.inbox;
    this.#fates = publications.map(() => UNKNOWN);
    const largest = Math.max(...publications.map(({ bytes }) => bytes));
    this.#answerLimitMs = ANSWER_LIMIT_MS + largest / SLOW_BYTES_PER_MS;
    this.#timer = setTimeout(() => this.#checkSilence(), this.#answerLimitMs);
    const unlisten = link.listen({
      onDown: () => this.#land(),
      onForbidden: (error) => {
        if (error.subject === subject) this.fail(error);
      },
    });
    // Assigned directly, it would be made among V8's old objects, and keep the publications there.
    const land = () => {
      clearTimeout(this.#timer);
      unlisten();
      resolve(this.#fates);
    };
    this.#land = land;
    if (link.isUp) this.#sendAll(publications, route);
    else this.#land();
  }

  /** Takes in what the server says about one message. */
  answer(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length);
    const index = this.#waiting.get(token);
    if (index === undefined) return;
    this.#waiting.delete(token);
    this.#answeredMs = performance.now();
    const fate = readFate(message);
    this.#fates[index] = fate;
    if (this.#waiting.size === 0) this.#land();
    else if (fate.kind !== "stored") this.#settle();
  }

  /** Ends it: the server does not let this user publish there, or listen for answers. */
  fail(error: unknown): void {
    for (const index of this.#waiting.values()) this.#fates[index] = { kind: "refused", error };
    this.#land();
  }

  #sendAll(publications: readonly Publication[], route: Route): void {
    try {
      publications.forEach((publication, index) => this.#send(publication, index, route));
    } catch {
      // The connection was closed under way; the next flight has another one.
      this.#land();
    }
  }

  #send(publication: Publication, index: number, { connection, inbox, subject }: Route): void {
    const token = String(++tokenCount);
    const made = headers();
    addHeaders(made, publication);
    this.#waiting.set(token, index);
    connection.publish(subject, publication.payload, { reply: inbox + token, headers: made });
  }

  /** Gives the other answers a moment. */
  #settle(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#land(), SETTLE_MS);
  }

  #checkSilence(): void {
    const leftMs = this.#answeredMs + this.#answerLimitMs - performance.now();
    if (leftMs <= 0) return this.#land();
    this.#timer = setTimeout(() => this.#checkSilence(), leftMs);
  }
}

function readFate(message: Msg): Fate {
  if (message.headers?.code === STATUS_NO_RESPONDERS) return { kind: "no responders" };
  // nats-server 2.10 gives number 0 to what it has not agreed on with others yet.
  const { seq, error }: Answer = JSON.parse(decoder.decode(message.data));
  if (error === undefined) return seq === undefined || seq < 1 ? UNKNOWN : { kind: "stored", seq };
  const refusal = new JetStreamApiError(error);
  const isPassing = error.err_code === DUPLICATE_IN_PROCESS || isTransient(refusal);
  return isPassing ? UNKNOWN : { kind: "refused", error: refusal };
}
