/**
 * Pools of NATS with the synchronous methods that pools in files have, for what was written against
 * those: another thread does the work, and this one stands still meanwhile.
 *
 * @module
 */

import { NotFoundError, PlasmiteError } from "@plasmite/pool";
import { outgoingOf, parseEnvelope } from "../../pool/internal_mod.ts";
import { Message, type MessageInput, type PoolInfo, type PoolOptions } from "../../pool/mod.ts";
import { type Call, FLAGS_LENGTH, type Result, State } from "./serve_sync_worker.ts";

/** The longest answer of the thread, in bytes. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Longer than any call takes. */
const PATIENCE_MS = 30_000;

/** The pools of a server. */
export class SyncPools implements Disposable {
  readonly #worker: Worker;
  readonly #flags: Int32Array<SharedArrayBuffer>;
  readonly #answer: Uint8Array<SharedArrayBuffer>;
  /** Where the server is; there is no directory. */
  readonly dir: string;

  /** The pools of the server at `url`. */
  constructor(url: string) {
    this.dir = url;
    const flagBytes = FLAGS_LENGTH * Int32Array.BYTES_PER_ELEMENT;
    const shared = new SharedArrayBuffer(flagBytes + ANSWER_BYTES_MAX);
    this.#flags = new Int32Array(shared, 0, FLAGS_LENGTH);
    this.#answer = new Uint8Array(shared, flagBytes);
    this.#worker = new Worker(import.meta.resolve("./serve_sync_worker.ts"), { type: "module" });
    this.#worker.postMessage({ url, shared });
  }

  /** Creates a pool. */
  createPool(name: string, options?: PoolOptions): PoolInfo {
    return this.#ask({ method: "createPool", name, options });
  }

  /** Deletes a pool. */
  deletePool(name: string): void {
    this.#ask({ method: "deletePool", name });
  }

  /** Describes a pool. */
  poolInfo(name: string): PoolInfo {
    return this.#ask({ method: "poolInfo", name });
  }

  /** Opens a pool, which needs no closing. */
  openPool(name: string): SyncPool {
    this.poolInfo(name);
    return new SyncPool(name, (call) => this.#ask(call));
  }

  /** Ends the thread. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  #ask<T>(call: Call): T {
    Atomics.store(this.#flags, 0, State.Asked);
    this.#worker.postMessage(call);
    if (Atomics.wait(this.#flags, 0, State.Asked, PATIENCE_MS) === "timed-out") {
      throw new Error(`no answer to ${JSON.stringify(call)}`);
    }
    const bytes = this.#answer.slice(0, this.#flags[1]);
    const { error, value }: Result = JSON.parse(new TextDecoder().decode(bytes));
    if (error === undefined) return value as T;
    throw error.kind === "NotFound"
      ? new NotFoundError(error.message)
      : new PlasmiteError(error.kind, error.message);
  }
}

/** One of them. */
export class SyncPool implements Disposable {
  readonly #name: string;
  readonly #ask: <T>(call: Call) => T;

  /** The pool `name`. */
  constructor(name: string, ask: <T>(call: Call) => T) {
    this.#name = name;
    this.#ask = ask;
  }

  /** Appends one message. */
  append(data: unknown, tags: readonly string[] = []): Message {
    return this.appendMany([{ data, tags }])[0];
  }

  /** Appends messages. */
  appendMany(inputs: readonly MessageInput[]): Message[] {
    const messages = inputs.map(outgoingOf).map(({ json, tags }) => ({ text: json.text, tags }));
    const call: Call = { method: "appendMany", name: this.#name, messages };
    return this.#ask<string[]>(call).map(toMessage);
  }

  /** Reads a message. */
  get(seq: number): Message {
    return toMessage(this.#ask({ method: "get", name: this.#name, seq }));
  }

  /** Describes the pool. */
  info(): PoolInfo {
    return this.#ask({ method: "poolInfo", name: this.#name });
  }

  /** Does nothing. */
  [Symbol.dispose](): void {}
}

function toMessage(envelope: string): Message {
  const { seq, time, tags, json } = parseEnvelope(envelope);
  return new Message(seq, time.seconds, time.nanos, tags, json.text);
}
