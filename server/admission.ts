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
  readonly #hint: string;
  #taken = 0;

  /** `limit` places for `what`; errors name it, and `hint` at what to do about it. */
  constructor(what: string, limit: number, hint: string) {
    this.#what = what;
    this.#limit = limit;
    this.#hint = hint;
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
        hint: this.#hint,
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
}
