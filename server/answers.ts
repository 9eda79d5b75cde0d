/**
 * Answers that succeeded.
 *
 * @module
 */

import { type PoolInfo, poolInfoJson, type PoolListing } from "../pool/mod.ts";
import { failureJson } from "./refusal.ts";

/** An answer whose body is JSON text, which is sent without a `Response` around it. */
export class JsonAnswer {
  /** The JSON text. */
  readonly text: string;

  /** Answers with `text`. */
  constructor(text: string) {
    this.text = text;
  }
}

/** What a route answers. */
export type Answer = Response | JsonAnswer;

/** An answer whose body is a value. */
export function jsonAnswer(value: unknown): JsonAnswer {
  return new JsonAnswer(JSON.stringify(value));
}

/** A pool's description. */
export function poolAnswer(info: PoolInfo): JsonAnswer {
  return jsonAnswer({ pool: poolInfoJson(info, Date.now()) });
}

/** Descriptions of many pools, and of those that can't be read, why. */
export function poolsAnswer(listings: readonly PoolListing[]): JsonAnswer {
  const nowMs = Date.now();
  const pools = listings.map(({ name, path, info, error }) => {
    return error === undefined
      ? poolInfoJson(info, nowMs)
      : { name, path, error: failureJson(error) };
  });
  return jsonAnswer({ pools });
}
