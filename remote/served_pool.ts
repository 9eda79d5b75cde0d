/**
 * What a server can be asked about one pool: its routes, and what their answers mean.
 *
 * @module
 */

import { type Outgoing, parseEnvelope, parseTime } from "../pool/internal_mod.ts";
import {
  type AppendOptions,
  IoError,
  Message,
  NotFoundError,
  PlasmiteError,
  type PoolInfo,
} from "../pool/mod.ts";
import { readPoolAnswer } from "./describe.ts";
import { isRecord, notUnderstood, parseJson } from "./failure.ts";
import { ConnectionError, type Opened, type RequestOptions, type Transport } from "./transport.ts";

/** Gives a request up. */
export interface Abortable {
  /** Aborts it. */
  signal?: AbortSignal;
}

/** One pool of a server. */
export class ServedPool {
  /** What the pool is called in errors, and by who opened it. */
  readonly name: string;
  readonly #transport: Transport;
  readonly #path: string;

  /** The pool that `transport` leads to and the server calls `poolName`. */
  constructor(transport: Transport, poolName: string, name: string) {
    this.#transport = transport;
    this.#path = `/v0/pools/${encodeURIComponent(poolName)}`;
    this.name = name;
  }

  /** Where the server answers. */
  get server(): string {
    return this.#transport.server;
  }

  /** Describes the pool. */
  async info({ signal }: Abortable = {}): Promise<PoolInfo> {
    return readPoolAnswer(await this.#exchange("GET", "/info", { signal }), this.name);
  }

  /** Deletes the pool. */
  async delete(): Promise<void> {
    await this.#exchange("DELETE", "", { body: "null", isChange: true });
  }

  /** The message with this sequence number. */
  async get(seq: number): Promise<Message> {
    if (!Number.isSafeInteger(seq) || seq < 0) {
      throw new NotFoundError("not found", { seq, path: this.name });
    }
    const text = await this.#exchange("GET", `/messages/${seq}`, { seq });
    const envelope = /^\s*\{\s*"message"\s*:([^]*)\}\s*$/.exec(text)?.[1];
    if (envelope === undefined) throw this.#notUnderstood("it holds no message", { seq });
    try {
      const { seq, time, tags, json } = parseEnvelope(envelope);
      return new Message(seq, time.seconds, time.nanos, tags, json.text);
    } catch (error) {
      if (!(error instanceof PlasmiteError)) throw error;
      throw this.#notUnderstood(error.message, { seq, cause: error });
    }
  }

  /** The number of the first message that `query` selects, or of the next one appended. */
  async firstSeq(query: URLSearchParams, { signal }: Abortable = {}): Promise<number> {
    const answer = parseJson(await this.#exchange("GET", `/messages?${query}`, { signal }));
    if (isRecord(answer) && Array.isArray(answer.messages)) {
      const seq = answer.messages.length > 0 ? answer.messages[0]?.seq : answer.next_seq;
      if (Number.isSafeInteger(seq)) return seq;
    }
    throw this.#notUnderstood("it lists no messages");
  }

  /** Opens a stream of messages, or tells why there is none. */
  openTail(query: URLSearchParams, { signal }: Abortable): Promise<Opened> {
    return this.#transport.open(`${this.#path}/tail?${query}`, { pool: this.name, signal });
  }

  /** Appends one message, with the route that every server has. */
  async append(outgoing: Outgoing, { durability }: AppendOptions): Promise<Message> {
    const end = durability === undefined ? "}" : `,"durability":${JSON.stringify(durability)}}`;
    const body = inputText(outgoing).slice(0, -1) + end;
    const answer = parseJson(await this.#write("/append", body));
    const message = isRecord(answer) ? answer.message : undefined;
    return this.#committed(outgoing, message);
  }

  /** Appends many messages in one request, all or none of them. */
  async appendMany(
    outgoing: readonly Outgoing[],
    { durability }: AppendOptions,
  ): Promise<Message[]> {
    const query = durability === undefined ? "" : `?durability=${durability}`;
    const body = outgoing.map((one) => inputText(one) + "\n").join("");
    const answer = parseJson(await this.#write(`/messages${query}`, body, "application/jsonl"));
    const receipts = isRecord(answer) && Array.isArray(answer.messages) ? answer.messages : [];
    if (receipts.length !== outgoing.length) {
      throw this.#notUnderstood("it does not say what became of the messages");
    }
    return outgoing.map((one, index) => this.#committed(one, receipts[index]));
  }

  async #write(path: string, body: string, contentType?: string): Promise<string> {
    try {
      return await this.#exchange("POST", path, { body, contentType, isChange: true });
    } catch (error) {
      if (!(error instanceof ConnectionError) || !error.mayHaveArrived) throw error;
      // Asking again could append it twice.
      throw new IoError(`the answer of ${this.server} to an append was lost`, {
        path: this.name,
        cause: error,
        hint: "It may have been appended or not: look at the newest messages before you send " +
          `it again, with \`pls follow ${this.name} --tail 10\`.`,
      });
    }
  }

  #exchange(
    method: string,
    path: string,
    options: Omit<RequestOptions, "pool">,
  ): Promise<string> {
    return this.#transport.exchange(method, this.#path + path, { ...options, pool: this.name });
  }

  /** A message with the number and time that the server gave it. */
  #committed({ json, tags }: Outgoing, receipt: unknown): Message {
    const { seq, time: text } = isRecord(receipt) ? receipt : {};
    const time = typeof text === "string" ? parseTime(text) : undefined;
    if (typeof seq !== "number" || time === undefined) {
      throw this.#notUnderstood("it does not say what became of the message");
    }
    return new Message(seq, time.seconds, time.nanos, tags, json.text);
  }

  #notUnderstood(what: string, { seq, cause }: { seq?: number; cause?: unknown } = {}) {
    return notUnderstood(what, { pool: this.name, seq }, cause);
  }
}

function inputText({ json, tags }: Outgoing): string {
  return `{"data":${json.text},"tags":${JSON.stringify(tags)}}`;
}
