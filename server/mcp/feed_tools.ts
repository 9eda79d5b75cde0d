/**
 * Tools that append messages.
 *
 * @module
 */

import { z } from "zod";
import { AlreadyExistsError, type MessagePool, NotFoundError } from "../../pool/mod.ts";
import { poolName } from "../requests.ts";
import type { Serving } from "../serving.ts";
import { data } from "./data_schema.ts";
import { exactJson } from "./exact_json.ts";
import * as schemas from "./schemas.ts";
import { defineTool, type Tool } from "./tool.ts";

/** The most messages of one call. */
const MESSAGES_MAX = 200;

const WRITES = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false,
} as const;

const create = z.boolean().nullish().describe(
  "Make the pool, of 1 MiB, when there is none of that name. Default false.",
);
const labels = schemas.tags.optional().describe("Words that readers can select by.");

/** Tools that append messages. */
export const feedTools: readonly Tool[] = [
  defineTool({
    name: "plasmite_feed",
    title: "Feed a message",
    description: "Appends one message to a pool, for everybody who reads it. It gets the next " +
      "number, and is there until newer messages take its place.",
    access: "write",
    annotations: WRITES,
    input: z.strictObject({ pool: schemas.pool, data, tags: labels, create }),
    output: z.object({ message: schemas.envelope }),
    async run({ pool, data, tags, create }, { serving }) {
      return await feed(serving, poolName(pool), create === true, async (open) => {
        return { message: exactJson((await open.append(data, tags)).envelope) };
      });
    },
  }),
  defineTool({
    name: "plasmite_feed_many",
    title: "Feed several messages",
    description: "Appends several messages to a pool in order, all of them or none: nobody sees " +
      "another message between them.",
    access: "write",
    annotations: WRITES,
    input: z.strictObject({
      pool: schemas.pool,
      messages: z.array(z.strictObject({ data, tags: labels })).min(1).max(MESSAGES_MAX),
      create,
    }),
    output: z.object({
      fed: z.number().describe("How many."),
      first_seq: z.number(),
      last_seq: z.number(),
    }),
    async run({ pool, messages, create }, { serving }) {
      return await feed(serving, poolName(pool), create === true, async (open) => {
        const sent = await open.appendMany(messages);
        return { fed: sent.length, first_seq: sent[0].seq, last_seq: sent[sent.length - 1].seq };
      });
    },
  }),
];

/** Appends by `work`, to a pool that is made when `creates` says so. */
async function feed<T>(
  { pools, client }: Serving,
  name: string,
  creates: boolean,
  work: (pool: MessagePool) => Promise<T>,
): Promise<T> {
  try {
    return await pools.use(name, work);
  } catch (error) {
    const isMissing = error instanceof NotFoundError && error.seq === undefined;
    if (!isMissing || !creates) throw error;
  }
  try {
    await client.createPool(name);
  } catch (error) {
    // Somebody else was faster.
    if (!(error instanceof AlreadyExistsError)) throw error;
  }
  return await pools.use(name, work);
}
