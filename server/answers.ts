/**
 * Answers that succeeded.
 *
 * @module
 */

import { type PoolInfo, poolInfoJson, type PoolListing } from "../pool/mod.ts";
import { failureJson, JSON_HEADERS } from "./refusal.ts";

const encoder = new TextEncoder();

/** An answer whose body is JSON text that is there already. */
export function jsonTextAnswer(text: string): Response {
  const bytes = encoder.encode(text);
  return new Response(bytes, {
    headers: { ...JSON_HEADERS, "content-length": `${bytes.length}` },
  });
}

/** An answer whose body is a value. */
export function jsonAnswer(value: unknown): Response {
  return jsonTextAnswer(JSON.stringify(value));
}

/** A pool's description. */
export function poolAnswer(info: PoolInfo): Response {
  return jsonAnswer({ pool: poolInfoJson(info, Date.now()) });
}

/** Descriptions of many pools, and of those that can't be read, why. */
export function poolsAnswer(listings: readonly PoolListing[]): Response {
  const nowMs = Date.now();
  const pools = listings.map(({ name, path, info, error }) => {
    return error === undefined
      ? poolInfoJson(info, nowMs)
      : { name, path, error: failureJson(error) };
  });
  return jsonAnswer({ pools });
}
