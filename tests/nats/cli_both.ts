/**
 * The same calls of `pls` on a pool of this machine and on one of NATS, and what of their outputs
 * has to be the same.
 *
 * @module
 */

import type { CallOptions, Outcome, Place } from "../cli/pls.ts";
import type { NatsServer } from "./nats_server.ts";

/** A call, in which `POOL` stands for the reference of the pool. */
export interface Call extends CallOptions {
  /** The arguments. */
  readonly args: readonly string[];
}

/** What a call on each engine gave, made comparable. */
export interface Pair {
  /** On a pool of this machine. */
  readonly file: Outcome;
  /** On one of NATS. */
  readonly nats: Outcome;
}

/** What stands for a reference in calls. */
const POOL = "POOL";

/** A pool `name` of this machine, and one of NATS. */
export class Both {
  readonly #place: Place;
  readonly #url: string;
  readonly #name: string;

  /** The pools need not be there. Nothing that is printed may have `name` in it by chance. */
  constructor(place: Place, server: NatsServer, name: string) {
    this.#place = place;
    this.#url = server.pool(name);
    this.#name = name;
  }

  /** Makes a call on each, one after the other. */
  async call(...args: string[]): Promise<Pair> {
    return await this.callWith({ args });
  }

  /** Makes a call with standard input or environment variables on each. */
  async callWith({ args, ...options }: Call): Promise<Pair> {
    const on = async (reference: string) => {
      const outcome = await this.#place.call(
        args.map((word) => word === POOL ? reference : word),
        options,
      );
      return { ...outcome, ...this.#masked(outcome) };
    };
    return { file: await on(this.#name), nats: await on(this.#url) };
  }

  #masked({ stdout, stderr }: Outcome): Pick<Outcome, "stdout" | "stderr"> {
    return { stdout: this.#mask(stdout), stderr: this.#mask(stderr) };
  }

  /** References, paths, times and what takes time differ from call to call. */
  #mask(text: string): string {
    const path = `${this.#place.pools}/${this.#name}.plasmite`;
    return text.replaceAll(this.#url, POOL).replaceAll(path, POOL).replaceAll(this.#name, POOL)
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
      .replaceAll(/"elapsed_ms":\d+/g, '"elapsed_ms":MS');
  }
}

/** The keys of a JSON value, and of all that is in it: `{"a":[{"b":1}]}` has `a` and `a.0.b`. */
export function keysOf(value: unknown, prefix = ""): string[] {
  if (typeof value !== "object" || value === null) return [prefix];
  const members = Object.entries(value);
  if (members.length === 0) return [prefix];
  return members.flatMap(([key, member]) => {
    return keysOf(member, prefix === "" ? key : `${prefix}.${key}`);
  });
}
