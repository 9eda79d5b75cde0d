/**
 * Tools that list, create, describe and delete pools.
 *
 * @module
 */

import { z } from "zod";
import { poolInfoJson } from "../../pool/mod.ts";
import { failureJson } from "../refusal.ts";
import { poolName } from "../requests.ts";
import * as schemas from "./schemas.ts";
import { defineTool, READS, type Tool } from "./tool.ts";

const onePool = z.object({ pool: schemas.poolInfo });

/** Tools that list, create, describe and delete pools. */
export const poolTools: readonly Tool[] = [
  defineTool({
    name: "plasmite_pool_list",
    title: "List pools",
    description: "Lists the pools there are, with their sizes, the numbers of their oldest and " +
      "newest messages, and how long ago those were fed. Begin here when you do not know which " +
      "pool to use.",
    access: "read",
    annotations: READS,
    input: z.strictObject({}),
    output: z.object({ pools: z.array(schemas.poolInfo) }),
    async run(_args, { serving }) {
      const nowMs = Date.now();
      const listings = await serving.client.listPools();
      const pools = listings.map(({ name, path, info, error }) => {
        return error === undefined
          ? poolInfoJson(info, nowMs)
          : { name, path, error: failureJson(error) };
      });
      return { pools };
    },
  }),
  defineTool({
    name: "plasmite_pool_create",
    title: "Create a pool",
    description: "Makes an empty pool. Its size is fixed: when it is full, the oldest messages " +
      "make room for new ones. Fails when there is one of that name, which is then left as it is.",
    access: "write",
    annotations: { ...READS, readOnlyHint: false },
    input: z.strictObject({
      name: z.string().min(1).describe("Name for the pool: letters, digits, '.', '_' and '-'."),
      size: z.int().min(1).default(1_048_576).describe("Size of its file in bytes."),
    }),
    output: onePool,
    async run({ name, size }, { serving }) {
      const info = await serving.client.createPool(poolName(name), { sizeBytes: size });
      return { pool: poolInfoJson(info, Date.now()) };
    },
  }),
  defineTool({
    name: "plasmite_pool_info",
    title: "Describe a pool",
    description: "Tells how large a pool is, how full, and the numbers and ages of its oldest " +
      "and newest messages.",
    access: "read",
    annotations: READS,
    input: z.strictObject({ pool: schemas.pool }),
    output: onePool,
    async run({ pool }, { serving }) {
      const info = await serving.client.poolInfo(poolName(pool));
      return { pool: poolInfoJson(info, Date.now()) };
    },
  }),
  defineTool({
    name: "plasmite_pool_delete",
    title: "Delete a pool",
    description: "Deletes a pool and all messages in it, for everybody. There is no way back: " +
      "do it only when you were asked to.",
    access: "write",
    annotations: { ...READS, readOnlyHint: false, destructiveHint: true },
    input: z.strictObject({ pool: schemas.pool }),
    output: z.object({ deleted: z.object({ pool: z.string() }) }),
    async run({ pool }, { serving }) {
      const name = poolName(pool);
      await serving.client.deletePool(name);
      serving.pools.forget(name);
      return { deleted: { pool: name } };
    },
  }),
];
