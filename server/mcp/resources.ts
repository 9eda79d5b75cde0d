/**
 * Pools as resources: what is listed, and the newest messages as what is read.
 *
 * @module
 */

import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { PermissionError } from "../../pool/mod.ts";
import { allows } from "../config.ts";
import { asFailure, failureJson } from "../refusal.ts";
import { poolName } from "../requests.ts";
import { read } from "./read_tools.ts";
import type { ToolCall } from "./tool.ts";
import { present } from "./tool_result.ts";

const PREFIX = "plasmite:///pools/";
const MIME_TYPE = "application/json";

/** How many messages a resource shows. */
const NEWEST = 20;

/** JSON-RPC error code of a pool that can't be read. */
const POOL_FAILURE = -32000;

/** What resources there can be. */
export const TEMPLATES = [{
  uriTemplate: `${PREFIX}{name}`,
  name: "pool",
  title: "Newest messages of a pool",
  description: `The newest ${NEWEST} messages of a pool, as plasmite_read gives them.`,
  mimeType: MIME_TYPE,
}];

/** The resource of the pool `name`. Names stand in it as they are. */
export function uriOf(name: string): string {
  return PREFIX + name;
}

/**
 * The pool that `uri` is the resource of.
 *
 * @throws {ProtocolError} when it is no such URI.
 */
export function nameIn(uri: string): string {
  const name = uri.startsWith(PREFIX) ? uri.slice(PREFIX.length) : "";
  if (name !== "" && !/[/?#]/.test(name)) return name;
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `not the URI of a pool, which is ${PREFIX}NAME: ${JSON.stringify(uri.slice(0, 200))}`,
  );
}

/** All pools as resources. */
export async function listResources({ serving }: ToolCall) {
  const listings = await orProtocolError(serving.config.access, () => serving.client.listPools());
  const resources = listings.map(({ name, error }) => ({
    uri: uriOf(name),
    name,
    description: error === undefined
      ? `The newest messages of the pool ${name}.`
      : `The pool ${name}, which can't be read: ${error.message}.`,
    mimeType: MIME_TYPE,
  }));
  return { resources: resources.sort((a, b) => a.uri < b.uri ? -1 : 1) };
}

/** The newest messages of the pool at `uri`. */
export async function readResource(uri: string, call: ToolCall) {
  const name = nameIn(uri);
  const { serving } = call;
  const fields = await orProtocolError(serving.config.access, async () => {
    const leave = serving.operations.enter();
    try {
      return await serving.read(poolName(name), (pool) => {
        return read(pool, { pool: name, count: NEWEST }, call);
      });
    } finally {
      leave();
    }
  });
  return { contents: [{ uri, mimeType: MIME_TYPE, text: JSON.stringify(fields) }] };
}

/** Fails unless the pool at `uri` is there and may be read. */
export async function checkResource(uri: string, { serving }: ToolCall): Promise<void> {
  const name = nameIn(uri);
  await orProtocolError(serving.config.access, () => serving.client.poolInfo(poolName(name)));
}

/** Runs `work`; failures become errors of the protocol. */
async function orProtocolError<T>(
  access: Parameters<typeof allows>[0],
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    if (!allows(access, "read")) throw new PermissionError(`the server is ${access}`);
    return await work();
  } catch (error) {
    const { kind, ...facts } = failureJson(asFailure(error));
    const data = present({ ...facts, error_kind: kind });
    throw new ProtocolError(POOL_FAILURE, String(facts.message), data);
  }
}
