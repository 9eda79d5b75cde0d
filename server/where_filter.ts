/**
 * Predicates that clients bring: jq programs, which may run for ever, take all the memory there
 * is, or change what others share. So each request has a thread for its own, with a limit on
 * both, which ends with it.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import { UsageError } from "../pool/mod.ts";
import type { Admission } from "./admission.ts";

/** How long the predicates may take for the messages of one batch, in milliseconds. */
const ANSWER_TIME_MS = 2000;
/** How long a thread may take to start and to compile them: machines can be busy. */
const START_TIME_MS = 15_000;
/** How much memory a thread may take, in MiB. */
const MEMORY_MIB = 256;

/** That of this module: a bundle has its thread beside itself, as JavaScript. */
const SUFFIX = import.meta.url.endsWith(".ts") ? "ts" : "js";

/** What the thread runs. */
const THREAD = startable(new URL(`./where_worker.${SUFFIX}`, import.meta.url));

const decoder = new TextDecoder();

/** What the thread answers. */
export type WhereAnswer = { matches: number[] } | { failure: { message: string; hint?: string } };

/** Asks predicates in a thread of its own. Ask for one thing at a time. */
export class WhereFilter implements Disposable {
  readonly #worker: Worker;
  readonly #leave: () => void;
  #failure: Error | undefined;
  #settle: PromiseWithResolvers<number[]> | undefined;

  private constructor(expressions: readonly string[], leave: () => void) {
    this.#leave = leave;
    this.#worker = new Worker(THREAD, {
      workerData: [...expressions],
      // No variables: it reads none, and a copy of all would be asked for.
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
    });
    this.#worker.on("message", (answer: WhereAnswer) => {
      if ("matches" in answer) this.#settle?.resolve(answer.matches);
      else this.#fail(new UsageError(answer.failure.message, { hint: answer.failure.hint }));
    });
    this.#worker.on("error", (error: Error) => {
      const isTooLarge = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.#fail(isTooLarge ? refused(`more than ${MEMORY_MIB} MiB of memory`) : error);
    });
    this.#worker.on("exit", () => this.#fail(refused("more than it may")));
  }

  /**
   * Starts a thread for `expressions`, in one of `places`.
   *
   * @throws {UsageError} when one is not jq.
   * @throws {BusyError} when there is no place.
   */
  static async start(expressions: readonly string[], places: Admission): Promise<WhereFilter> {
    const filter = new WhereFilter(expressions, places.enter());
    await filter.#answer(START_TIME_MS);
    return filter;
  }

  /**
   * Which of these envelopes, one in each line, pass: their numbers, from 0, in order.
   *
   * @throws {UsageError} when the predicates give no boolean, or take too much.
   */
  matches(lines: Uint8Array): Promise<number[]> {
    // As text: bytes take the runtime about 100 ms per megabyte to hand over.
    this.#worker.postMessage(decoder.decode(lines));
    return this.#answer(ANSWER_TIME_MS);
  }

  /** Ends the thread, whatever it is doing. */
  [Symbol.dispose](): void {
    this.#fail(refused("more than it may"));
  }

  async #answer(timeMs: number): Promise<number[]> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#settle = Promise.withResolvers();
    const timer = setTimeout(() => this.#fail(refused(`more than ${timeMs} ms`)), timeMs);
    try {
      return await this.#settle.promise;
    } finally {
      clearTimeout(timer);
      this.#settle = undefined;
    }
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#settle?.reject(error);
    // Also when it runs for ever.
    this.#worker.terminate().catch(() => {});
    this.#leave();
  }
}

/** A thread runs a file or a text, and no module of a registry: a text imports that. */
function startable(module: URL): URL {
  if (module.protocol === "file:") return module;
  return new URL(`data:text/javascript,${encodeURIComponent(`import "${module.href}";`)}`);
}

function refused(what: string): UsageError {
  return new UsageError(`where took ${what} for a few messages`, {
    hint: "Use a simpler expression, or filter what you receive yourself; a message of many " +
      "megabytes is too large as well.",
  });
}
