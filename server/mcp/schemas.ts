/**
 * Arguments and results that several tools share.
 *
 * @module
 */

import { z } from "zod";

/** The name of a pool. */
export const pool = z.string().min(1).describe(
  "Name of the pool, such as 'builds'. plasmite_pool_list tells which there are.",
);

/** Tags that select or label messages. Blanks around one do not count. */
export const tags = z.array(z.string().trim().min(1));

/** Tags that a message must all carry. */
export const selectingTags = tags.optional().describe(
  "Only messages that carry every one of these tags.",
);

/** Predicates on messages. */
export const where = z.union([z.string(), z.array(z.string()).max(16)]).optional().describe(
  "Only messages for which this jq expression on the whole message gives true, such as " +
    "'.data.status == \"failed\"' or '.meta.tags | index(\"x\") != null'; of a list, all of them.",
);

/** Where to go on reading. */
export const afterSeq = z.int().min(0).optional();

/** How many messages. */
export const count = z.int().min(1).max(200).default(20).describe("At most this many messages.");

/** A message as it is told. */
export const envelope = z.looseObject({
  seq: z.number().describe("Its number in the pool: one higher than that of the one before."),
  time: z.string().describe("When it was appended: RFC 3339, UTC."),
  meta: z.looseObject({ tags: z.array(z.string()) }),
  data: z.unknown().describe("What was fed: any JSON value."),
});

/** A pool as it is told. */
export const poolInfo = z.looseObject({
  name: z.string(),
  path: z.string(),
  bounds: z.looseObject({ oldest: z.number().optional(), newest: z.number().optional() }).optional()
    .describe("Numbers of its oldest and newest message; none when it is empty."),
  metrics: z.looseObject({
    age: z.looseObject({
      oldest_age_ms: z.number().nullable(),
      newest_age_ms: z.number().nullable(),
    }).optional().describe("How long ago those were fed."),
  }).optional(),
  error: z.looseObject({}).optional().describe("Why it can't be read; then there are no figures."),
});

const seqOrNull = z.number().nullable();

/** Messages that were read, and where to go on. */
export const batch = z.looseObject({
  messages: z.array(envelope).describe("In ascending order of seq."),
  next_after_seq: z.number().describe("Give this as after_seq to go on where this call ended."),
  last_returned_seq: seqOrNull,
  oldest_available_seq: seqOrNull,
  newest_available_seq: seqOrNull,
  fell_behind: z.boolean().describe(
    "Messages after after_seq were given up before they were read.",
  ),
  truncated: z.boolean().describe("There was more than fits in one answer: call again to go on."),
});
