/**
 * Writers and readers of one pool, each a process of its own, and what they told.
 *
 * @module
 */

import { Child } from "../../process/child.ts";
import { type Entry, type Failure, readEntry, type Run } from "./account.ts";
import type { Inspector } from "./inspector.ts";
import { awaited } from "./patience.ts";
import type { Evidence } from "./verdict.ts";

/** What a writer does. */
export interface WriterShape {
  /** Messages in a batch; one is appended by itself. */
  readonly batchLength: number;
  /** Batches under way at once. */
  readonly batchesAtOnce: number;
  /** How long it rests after that, in milliseconds. */
  readonly pauseMs: number;
}

/** How many there are of each. */
export interface LoadShape {
  readonly writers: readonly WriterShape[];
  readonly readerCount: number;
}

/** A writer of single messages, two of several batches at once, and two readers. */
export const USUAL_LOAD: LoadShape = {
  writers: [
    { batchLength: 1, batchesAtOnce: 1, pauseMs: 2 },
    { batchLength: 256, batchesAtOnce: 4, pauseMs: 150 },
    { batchLength: 100, batchesAtOnce: 8, pauseMs: 150 },
  ],
  readerCount: 2,
};

/** Failures and lost connections of a process that are told when something did not happen. */
const TOLD_LAST = 6;

const ACCESS = ["--allow-net", "--allow-read", "--allow-env"];

/** What one process told. */
class Worker {
  readonly runs: Run[] = [];
  readonly failures: Failure[] = [];
  readonly gaps: string[] = [];
  readonly reconnects: string[] = [];
  /** How many messages it was acknowledged, or got. */
  count = 0;
  readonly name: string;
  readonly child: Child;
  #taken = 0;
  #hasToStop = false;
  #newsMs = performance.now();

  constructor(name: string, child: Child) {
    this.name = name;
    this.child = child;
  }

  /** Takes in what it told since the last time. */
  update(): void {
    const { text } = this.child.stdout;
    const before = this.count;
    const end = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(this.#taken, end).split("\n")) {
      const entry = readEntry(line);
      if (entry !== undefined) this.#take(entry);
    }
    this.#taken = Math.max(this.#taken, end);
    if (this.count > before) this.#newsMs = performance.now();
  }

  /** Whether it has ended though nobody told it to. */
  get hasBroken(): boolean {
    return !this.#hasToStop && !this.child.running;
  }

  /** Fails when it has ended though nobody told it to. */
  check(): void {
    if (!this.hasBroken) return;
    throw new Error(`${this.name} ended too early: ${this.child.stderr.text}`);
  }

  /** What it is at, for people. */
  describe(): string {
    const { name, count, failures, reconnects } = this;
    const told = [...failures.map(({ message }) => message), ...reconnects].slice(-TOLD_LAST);
    const idleMs = performance.now() - this.#newsMs;
    return [`${name}: ${count}, the last ${Math.round(idleMs)} ms ago`, ...told].join("\n  ");
  }

  /** Has it stop, and waits until it has. */
  async stop(): Promise<void> {
    this.check();
    this.#hasToStop = true;
    await this.child.send("stop");
    const code = await this.child.exit();
    if (code !== 0) throw new Error(`${this.name} ended with ${code}: ${this.child.stderr.text}`);
    this.update();
  }

  #take(entry: Entry): void {
    switch (entry.what) {
      case "acknowledged":
      case "delivered":
        this.runs.push(entry.run);
        this.count += entry.run.count;
        break;
      case "failed":
        this.failures.push(entry.failure);
        break;
      case "gap":
        this.gaps.push(entry.text);
        break;
      case "reconnect":
        this.reconnects.push(entry.text);
    }
  }
}

/** Writers and readers at work. */
export class Load implements AsyncDisposable {
  readonly #writers: Worker[] = [];
  readonly #readers: Worker[] = [];

  private constructor() {}

  /** Starts processes that use the pool `pool` at `url`. */
  static async start(url: string, pool: string, shape: LoadShape = USUAL_LOAD): Promise<Load> {
    const load = new Load();
    try {
      shape.writers.forEach(({ batchLength, batchesAtOnce, pauseMs }, index) => {
        const numbers = [index + 1, batchLength, batchesAtOnce, pauseMs].map(String);
        const args = [url, pool, ...numbers];
        load.#writers.push(startWorker(`writer ${index + 1}`, "./writer.ts", args));
      });
      for (let index = 0; index < shape.readerCount; index++) {
        load.#readers.push(startWorker(`reader ${index}`, "./reader.ts", [url, pool]));
      }
      await Promise.all(load.#workers().map(({ child }) => child.ready()));
      await load.goesOn();
    } catch (error) {
      await load[Symbol.asyncDispose]();
      throw error;
    }
    return load;
  }

  /** How many messages were acknowledged so far. */
  get acknowledgedCount(): number {
    this.#update();
    return this.#writers.reduce((sum, { count }) => sum + count, 0);
  }

  /** Waits until each writer was acknowledged a message, and each reader got one, from now on. */
  async goesOn(): Promise<void> {
    this.#update();
    const before = new Map(this.#workers().map((worker) => [worker, worker.count]));
    for (const [worker, count] of before) {
      await this.#awaited(`${worker.name} goes on`, () => worker.count > count);
    }
  }

  /** Waits until `count` more messages are acknowledged. */
  async acknowledges(count: number): Promise<void> {
    const enough = this.acknowledgedCount + count;
    await this.#awaited(`${count} more messages`, () => this.acknowledgedCount >= enough);
  }

  /** Ends the writers, lets the readers catch up and ends them, and tells what there is to judge. */
  async finish(inspector: Inspector): Promise<Evidence> {
    await Promise.all(this.#writers.map((writer) => writer.stop()));
    await inspector.current();
    const { state } = await inspector.info();
    for (const reader of this.#readers) {
      await this.#awaited(
        `${reader.name} has all ${state.last_seq} messages`,
        () => (reader.runs.at(-1)?.seq ?? 0) + (reader.runs.at(-1)?.count ?? 0) > state.last_seq,
      );
    }
    await Promise.all(this.#readers.map((reader) => reader.stop()));
    return {
      acknowledged: this.#writers.flatMap(({ runs }) => runs),
      failures: this.#writers.flatMap(({ failures }) => failures),
      readers: this.#readers.map(({ runs }) => runs),
      gaps: this.#readers.flatMap(({ gaps }) => gaps),
      replicas: await inspector.replicas(),
    };
  }

  /** What the readers told about lost connections. */
  get reconnects(): string[] {
    return this.#readers.flatMap(({ reconnects }) => reconnects);
  }

  /** Ends all processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers().map(({ child }) => child[Symbol.asyncDispose]()));
  }

  #workers(): Worker[] {
    return [...this.#writers, ...this.#readers];
  }

  #update(): void {
    for (const worker of this.#workers()) worker.update();
  }

  async #awaited(what: string, isSo: () => boolean): Promise<void> {
    try {
      await awaited(what, () => {
        this.#update();
        return isSo() || this.#workers().some((worker) => worker.hasBroken) ? true : undefined;
      });
    } catch (error) {
      const states = this.#workers().map((worker) => worker.describe()).join("\n");
      throw new Error(`it did not happen: ${what}\n${states}`, { cause: error });
    }
    for (const worker of this.#workers()) worker.check();
  }
}

function startWorker(name: string, script: string, args: readonly string[]): Worker {
  return new Worker(name, Child.deno(import.meta.resolve(script), ACCESS, args));
}
