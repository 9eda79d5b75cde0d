/**
 * Tools that read messages which are there.
 *
 * @module
 */

import { z } from "zod";
import { type MessagePool, parseSince, type PoolInfo } from "../../pool/mod.ts";
import { LineTail } from "../line_tail.ts";
import { poolName } from "../requests.ts";
import { batchFields, linesOf, readFirst, readLast } from "./batch.ts";
import { messageJson } from "./exact_json.ts";
import * as schemas from "./schemas.ts";
import { defineTool, type Fields, READS, type Tool, type ToolCall } from "./tool.ts";
import { ArgumentError } from "./tool_result.ts";

/** The longest time that reading what is there may take, in milliseconds. */
export const READ_TIME_MS = 30_000;

const readInput = z.strictObject({
  pool: schemas.pool,
  count: schemas.count,
  after_seq: schemas.afterSeq.describe(
    "Read on after this message, from older to newer: next_after_seq of the call before. Without " +
      "it, the newest messages are read.",
  ),
  since: z.string().nullish().describe(
    "Only messages since then: an age such as '10m' (s, m, h, d) or a time such as " +
      "'2026-01-31T12:00:00Z'.",
  ),
  tags: schemas.selectingTags,
  where: schemas.where,
});

/** What `plasmite_read` is asked for. */
type ReadArguments = z.output<typeof readInput>;

/** Tools that read messages which are there. */
export const readTools: readonly Tool[] = [
  defineTool({
    name: "plasmite_fetch",
    title: "Fetch a message",
    description: "Gives the message with a certain number.",
    access: "read",
    annotations: READS,
    input: z.strictObject({ pool: schemas.pool, seq: z.int().min(0).describe("Its number.") }),
    output: z.object({ message: schemas.envelope }),
    async run({ pool, seq }, { serving }) {
      const message = await serving.read(poolName(pool), (open) => open.get(seq));
      return { message: messageJson(message.envelope) };
    },
  }),
  defineTool({
    name: "plasmite_read",
    title: "Read messages",
    description:
      "Reads messages that are in a pool, without waiting: the newest ones that match, " +
      "or with after_seq the next ones after a message. Reading takes nothing away: others, and " +
      "you, can read the same messages again.",
    access: "read",
    annotations: READS,
    input: readInput,
    output: schemas.batch,
    run: (args, call) => call.serving.read(poolName(args.pool), (pool) => read(pool, args, call)),
  }),
];

/** Reads the newest messages of `pool`, or those after one. */
export async function read(
  pool: MessagePool,
  args: ReadArguments,
  call: ToolCall,
): Promise<Fields> {
  const info = await pool.info();
  const newest = info.nextSeq - 1;
  const { after_seq: afterSeq, count } = args;
  const firstSeq = await firstSince(pool, args, info, call);
  const selection = { ...selectionOf(args), untilSeq: newest, timeoutMs: READ_TIME_MS };
  if (newest < 1 || afterSeq !== undefined && afterSeq >= newest || firstSeq > newest) {
    // A wrong expression is wrong, also where there is nothing to ask it about.
    const { where } = selection;
    if (where !== undefined) {
      (await LineTail.open(pool, { where, last: 0 }, call.serving.filters)).close();
    }
    const examinedSeq = Math.max(newest, afterSeq ?? 0);
    return batchFields({ lines: [], afterSeq, examinedSeq, info, truncated: false });
  }
  if (afterSeq === undefined) {
    const found = await readLast(linesOf(pool, { ...selection, last: count }, call));
    const lines = found.lines.filter((line) => seqOf(line) >= firstSeq);
    const truncated = found.truncated && lines.length === found.lines.length;
    return batchFields({ lines, afterSeq, examinedSeq: newest, info, truncated });
  }
  const sinceSeq = Math.max(afterSeq + 1, firstSeq);
  const options = { ...selection, sinceSeq, maxMessages: count };
  const { lines, truncated } = await readFirst(linesOf(pool, options, call));
  // All after the last of them may not have been looked at.
  const isAll = !truncated && lines.length < count;
  const examinedSeq = isAll ? newest : seqOf(lines[lines.length - 1]);
  return batchFields({ lines, afterSeq, examinedSeq, info, truncated });
}

/** What arguments say of the messages that are wanted. */
export function selectionOf({ tags, where }: Pick<ReadArguments, "tags" | "where">) {
  return { tags, where: typeof where === "string" ? [where] : where };
}

/** The number in an envelope. */
export function seqOf(line: string): number {
  return (JSON.parse(line) as { seq: number }).seq;
}

/** The number of the first message since the time that is asked for; 0 without one. */
async function firstSince(
  pool: MessagePool,
  { since }: ReadArguments,
  { nextSeq }: PoolInfo,
  call: ToolCall,
): Promise<number> {
  if (since === undefined || since === null) return 0;
  try {
    parseSince(since, Date.now());
  } catch (error) {
    throw new ArgumentError("since", error instanceof Error ? error.message : String(error));
  }
  const options = { since, maxMessages: 1, untilSeq: nextSeq - 1, timeoutMs: READ_TIME_MS };
  const { lines: [first] } = await readFirst(linesOf(pool, options, call));
  return first === undefined ? nextSeq : seqOf(first);
}
