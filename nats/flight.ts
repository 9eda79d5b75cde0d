/**
 * Messages that are sent one behind the other, many of them before the first is acknowledged,
 * until nothing is left to send or something is wrong.
 *
 * @module
 */

import { JetStreamApiError } from "@nats-io/jetstream";
import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { isTransient } from "./failure.ts";
import { ANSWER_LIMIT_MS, type Link } from "./link.ts";
import { addHeaders, type Publication } from "./record.ts";

/** Bytes under way at once, at most, unless it is one message. */
const WINDOW_BYTES_MAX = 4 * 1024 * 1024;

/** How long to wait for the other answers once something went wrong. */
const SETTLE_MS = 1000;

const STATUS_NO_RESPONDERS = 503;
/** Refused: the message named as the one before is not the newest one. */
const WRONG_LAST_ID = 10070;
/** Refused: the same message is being stored at this moment. */
const DUPLICATE_IN_PROCESS = 10158;

/** One message to send. */
export interface Shipment {
  /** What is sent. */
  readonly publication: Publication;
}

/** Why messages have to be sent again, or can't be sent at all. */
export type Trouble =
  /** Another writer's message came in between. */
  | { readonly kind: "contention" }
  /** No answer came: the connection, the server or the leader is away. */
  | { readonly kind: "silence" }
  /** Nobody takes messages for the subject: there is no leader, or no stream. */
  | { readonly kind: "no responders" }
  /** The server does not want this one, and never will. */
  | { readonly kind: "refused"; readonly id: string; readonly error: unknown };

/** What a flight is made of. */
export interface FlightParts<Kind extends Shipment> {
  /** The open connection of `link`. */
  readonly connection: NatsConnection;
  readonly link: Link;
  /** Answers come to this subject, followed by a token of {@linkcode Flight.answer}'s. */
  readonly inbox: string;
  /** Where it is published to. */
  readonly subject: string;
  /** What is to be sent, in order; what is under way is taken out of it. */
  readonly queue: Kind[];
  /** How many may be under way at once. */
  readonly window: number;
  /** Told of every message that is stored. */
  readonly onStored: (shipment: Kind, seq: number) => void;
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
export class Flight<Kind extends Shipment> {
  /** Settled when it has ended: with nothing, or with what was wrong. Never rejects. */
  readonly ended: Promise<Trouble | undefined>;
  readonly #parts: FlightParts<Kind>;
  readonly #land: (trouble?: Trouble) => void;
  /** Sent and not known to be stored, by token, in the order they were sent. */
  readonly #sent = new Map<string, Kind>();
  #waitingCount = 0;
  #bytes = 0;
  #previousId: string | undefined;
  #trouble: Trouble | undefined;
  #answeredMs = performance.now();
  #timer: ReturnType<typeof setTimeout>;

  /** Sends what is in the queue. */
  constructor(parts: FlightParts<Kind>) {
    this.#parts = parts;
    const { promise, resolve } = Promise.withResolvers<Trouble | undefined>();
    this.ended = promise;
    this.#timer = setTimeout(() => this.#checkSilence(), ANSWER_LIMIT_MS);
    const unlisten = parts.link.listen({
      onDown: () => this.#land({ kind: "silence" }),
      onForbidden: (error) => {
        if (error.subject === parts.subject) this.fail(error);
      },
    });
    this.#land = (trouble) => {
      this.#trouble ??= trouble;
      clearTimeout(this.#timer);
      unlisten();
      resolve(this.#trouble);
    };
    if (parts.link.isUp) this.fill();
    else this.#land({ kind: "silence" });
  }

  /** Sends as much of the queue as may be under way; without any, the flight has ended. */
  fill(): void {
    if (this.#trouble !== undefined) return;
    const { queue, window } = this.#parts;
    let count = 0;
    while (count < queue.length && this.#sent.size < window && this.#bytes < WINDOW_BYTES_MAX) {
      this.#send(queue[count++]);
    }
    queue.splice(0, count);
    if (this.#sent.size === 0) this.#land();
  }

  /** What was sent and is not known to be stored, in the order it was sent. */
  unstored(): Kind[] {
    return [...this.#sent.values()];
  }

  /** Takes in what the server says about one message. */
  answer(message: Msg): void {
    const token = message.subject.slice(this.#parts.inbox.length);
    const shipment = this.#sent.get(token);
    if (shipment === undefined) return;
    this.#answeredMs = performance.now();
    this.#waitingCount--;
    const answer = readAnswer(message, shipment.publication.id);
    if (typeof answer === "number") {
      this.#sent.delete(token);
      this.#bytes -= shipment.publication.bytes;
      this.#parts.onStored(shipment, answer);
      this.fill();
    } else this.#stop(answer);
    if (this.#trouble !== undefined && this.#waitingCount === 0) this.#land();
  }

  /** Ends as the client library gave up listening for answers. */
  fail(error: unknown): void {
    const [first] = this.#sent.values();
    this.#land(
      first === undefined ? undefined : { kind: "refused", id: first.publication.id, error },
    );
  }

  #send(shipment: Kind): void {
    const { connection, inbox, subject } = this.#parts;
    const { publication } = shipment;
    const token = String(++tokenCount);
    const made = headers();
    addHeaders(made, publication);
    // With nothing before it under way there is nothing that it could overtake.
    if (this.#sent.size > 0) made.set("Nats-Expected-Last-Msg-Id", this.#previousId!);
    connection.publish(subject, publication.payload, { reply: inbox + token, headers: made });
    this.#previousId = publication.id;
    this.#sent.set(token, shipment);
    this.#bytes += publication.bytes;
    this.#waitingCount++;
  }

  /** Sends no more, and ends when the rest is answered or has had the time for it. */
  #stop(trouble: Trouble): void {
    if (this.#trouble !== undefined) return;
    this.#trouble = trouble;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#land(), SETTLE_MS);
  }

  #checkSilence(): void {
    const leftMs = this.#answeredMs + ANSWER_LIMIT_MS - performance.now();
    if (leftMs <= 0) return this.#land({ kind: "silence" });
    this.#timer = setTimeout(() => this.#checkSilence(), leftMs);
  }
}

/** The number of a message that was stored, or what is the matter with it. */
function readAnswer(message: Msg, id: string): number | Trouble {
  if (message.headers?.code === STATUS_NO_RESPONDERS) return { kind: "no responders" };
  const { seq, error }: Answer = JSON.parse(decoder.decode(message.data));
  if (error === undefined) {
    return seq ?? { kind: "refused", id, error: new Error("an answer without a seq") };
  }
  if (error.err_code === WRONG_LAST_ID) return { kind: "contention" };
  const refusal = new JetStreamApiError(error);
  const isPassing = error.err_code === DUPLICATE_IN_PROCESS || isTransient(refusal);
  return isPassing ? { kind: "silence" } : { kind: "refused", id, error: refusal };
}
