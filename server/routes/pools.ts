/**
 * Routes that create, describe, list and delete pools.
 *
 * @module
 */

import { type PoolOptions, UsageError } from "../../pool/mod.ts";
import { type JsonAnswer, jsonAnswer, poolAnswer, poolsAnswer } from "../answers.ts";
import { Refusal } from "../refusal.ts";
import { poolName, poolNameOfPath, readObject } from "../requests.ts";
import type { Call, Route, RouteDocumentation } from "../route.ts";

const POOL_ANSWER = {
  type: "application/json",
  description: '{"pool": POOLINFO}: sizes, bounds, age and use of the pool.',
};

const LIST = {
  summary: "List the pools, sorted by name",
  answer: {
    type: "application/json",
    description: '{"pools": [POOLINFO or {"name", "path", "error"}, ...]}.',
  },
} as const satisfies RouteDocumentation;

const INFO = {
  summary: "Describe a pool",
  answer: POOL_ANSWER,
} as const satisfies RouteDocumentation;

/** Routes that create, describe, list and delete pools. */
export const poolRoutes: readonly Route[] = [
  { method: "GET", path: "/v0/pools", access: "read", ...LIST, handle: list },
  { method: "GET", path: "/v0/ui/pools", access: "read", ...LIST, handle: list },
  {
    method: "POST",
    path: "/v0/pools",
    access: "write",
    summary: "Create a pool",
    body: {
      type: "application/json",
      description: '{"pool": NAME, "size_bytes", "index_capacity", "max_age_ms", ' +
        '"max_messages"}: all but the name may be left out.',
    },
    answer: POOL_ANSWER,
    handle: create,
  },
  {
    method: "POST",
    path: "/v0/pools/open",
    access: "read",
    summary: "Describe a pool that is named in the body",
    body: { type: "application/json", description: '{"pool": NAME}.' },
    answer: POOL_ANSWER,
    async handle({ request, serving, admit }) {
      const body = await readObject(request, serving.config.limits.maxBodyBytes);
      const name = poolName(body.pool);
      admit();
      return poolAnswer(await serving.client.poolInfo(name));
    },
  },
  { method: "GET", path: "/v0/pools/:pool/info", access: "read", ...INFO, handle: info },
  { method: "GET", path: "/v0/ui/pools/:pool/info", access: "read", ...INFO, handle: info },
  {
    method: "DELETE",
    path: "/v0/pools/:pool",
    access: "write",
    summary: "Delete a pool and all that is in it",
    answer: { type: "application/json", description: '{"ok": true}.' },
    async handle({ segments, serving, admit }) {
      const name = poolNameOfPath(segments.pool);
      admit();
      await serving.client.deletePool(name);
      serving.pools.forget(name);
      return jsonAnswer({ ok: true });
    },
  },
];

async function list({ serving, admit }: Call): Promise<JsonAnswer> {
  admit();
  return poolsAnswer(await serving.client.listPools());
}

async function info({ segments, serving, admit }: Call): Promise<JsonAnswer> {
  const name = poolNameOfPath(segments.pool);
  admit();
  return poolAnswer(await serving.client.poolInfo(name));
}

async function create({ request, serving, admit }: Call): Promise<JsonAnswer> {
  const body = await readObject(request, serving.config.limits.maxBodyBytes);
  const name = poolName(body.pool);
  const options: PoolOptions = {
    sizeBytes: optionalNumber(body, "size_bytes"),
    indexCapacity: optionalNumber(body, "index_capacity"),
    maxAgeMs: optionalNumber(body, "max_age_ms"),
    maxMessages: optionalNumber(body, "max_messages"),
  };
  admit();
  return poolAnswer(await serving.client.createPool(name, options));
}

function optionalNumber(body: Record<string, unknown>, key: string): number | undefined {
  const value = body[key] ?? undefined;
  if (value === undefined || typeof value === "number") return value;
  throw new Refusal(422, new UsageError(`${key} must be a number`));
}
