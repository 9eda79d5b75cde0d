/**
 * What the page asks of the server.
 *
 * @module
 */

import type { ErrorBody } from "./server_error.ts";
import { request } from "./session.ts";

/** A pool as the server describes it. */
export interface PoolInfo {
  /** Its name. */
  name: string;
  /** Identifies the pool for as long as it lives. */
  id: string;
  /** The number the next message gets. */
  next_seq: number;
  /** Size of the file in bytes. */
  file_size: number;
  /** First and last retained message; empty when there is none. */
  bounds: { oldest?: number; newest?: number };
  /** Counts, ages and use. */
  metrics: {
    message_count: number;
    age: { newest_age_ms: number | null; oldest_age_ms: number | null };
    utilization: { used_percent: number };
  };
}

/** A pool that can't be described, and why. */
export interface UnreadablePool {
  /** Its name. */
  name: string;
  /** Why it can't be read. */
  error: ErrorBody;
}

/** All pools, sorted by name. */
export async function listPools(signal?: AbortSignal): Promise<(PoolInfo | UnreadablePool)[]> {
  const response = await request("/v0/ui/pools", { signal });
  return (await response.json()).pools;
}

/** Describes one pool. */
export async function poolInfo(pool: string, signal?: AbortSignal): Promise<PoolInfo> {
  const response = await request(`/v0/ui/pools/${encodeURIComponent(pool)}/info`, { signal });
  return (await response.json()).pool;
}

/** Creates a pool of `sizeBytes`. */
export async function createPool(pool: string, sizeBytes: number): Promise<void> {
  await post("/v0/pools", JSON.stringify({ pool, size_bytes: sizeBytes }));
}

/** Deletes a pool. */
export async function deletePool(pool: string): Promise<void> {
  await request(`/v0/pools/${encodeURIComponent(pool)}`, { method: "DELETE" });
}

/**
 * Appends a message and returns its number.
 *
 * @param json JSON text. It is put into the request as it is, so it arrives as it is spelled.
 */
export async function append(pool: string, json: string, tags: readonly string[]): Promise<number> {
  const response = await post(
    `/v0/pools/${encodeURIComponent(pool)}/append`,
    `{"data":${json},"tags":${JSON.stringify(tags)}}`,
  );
  return (await response.json()).message.seq;
}

function post(path: string, body: string): Promise<Response> {
  return request(path, { method: "POST", body, headers: { "content-type": "application/json" } });
}
