/**
 * How many requests of a kind may run at once. There is no queue: who comes too late is
 * told at once.
 *
 * @module
 */

import { BusyError } from "../pool/mod.ts";

/** A number of places, each taken by one request at a time. */
export class Admission {
  readonly #what: string;
  readonly #limit: number;
  #taken = 0;

  /** `limit` places for `what`, which is named in errors. */
  constructor(what: string, limit: number) {
    this.#what = what;
    this.#limit = limit;
  }

  /** How many places are taken. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes a place.
   *
   * @returns what gives it back; a second call does nothing.
   * @throws {BusyError} when all are taken.
   */
  enter(): () => void {
    if (this.#taken >= this.#limit) {
      throw new BusyError(`the server has ${this.#limit} ${this.#what} under way, its limit`, {
        hint: "Try again in a moment, or raise the server's --max-tail-concurrency.",
      });
    }
    this.#taken++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#taken--;
    };
  }

  /** Runs `work` in a place. */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    const leave = this.enter();
    try {
      return await work();
    } finally {
      leave();
    }
  }
}
