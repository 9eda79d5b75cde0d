/**
 * The tool that waits for messages.
 *
 * @module
 */

import { z } from "zod";
import type { MessagePool } from "../../pool/mod.ts";
import { LineTail } from "../line_tail.ts";
import { poolName } from "../requests.ts";
import { batchFields, firstThatFit, linesIn } from "./batch.ts";
import { selectionOf, seqOf } from "./read_tools.ts";
import * as schemas from "./schemas.ts";
import { defineTool, type Fields, type ToolCall } from "./tool.ts";

/** How often a client that asked for it is told how a wait is doing, in milliseconds. */
const TELL_EVERY_MS = 2000;

const input = z.strictObject({
  pool: schemas.pool,
  after_seq: schemas.afterSeq.describe(
    "Take messages after this one, those that are there already included: next_after_seq of the " +
      "call before. Without it, only messages fed from now on count.",
  ),
  count: schemas.count,
  timeout_ms: z.int().min(0).max(60_000).default(10_000).describe(
    "How long to wait, in milliseconds. To wait longer, call again with next_after_seq.",
  ),
  tags: schemas.selectingTags,
  where: schemas.where,
});

/** The tool that waits for messages. */
export const waitTool = defineTool({
  name: "plasmite_wait",
  title: "Wait for messages",
  description: "Waits until a message comes that matches, and returns it with those that came " +
    "with it; timed_out is true when none came in time. To follow a pool, call it again and " +
    "again, each time with next_after_seq as after_seq: then no message is missed.",
  access: "read",
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input,
  output: schemas.batch.extend({ timed_out: z.boolean() }),
  async run(args, call) {
    const { serving } = call;
    const leave = serving.tails.enter();
    try {
      return await serving.read(poolName(args.pool), (pool) => wait(pool, args, call));
    } finally {
      leave();
    }
  },
});

async function wait(
  pool: MessagePool,
  args: z.output<typeof input>,
  call: ToolCall,
): Promise<Fields> {
  const info = await pool.info();
  const { after_seq: afterSeq, count, timeout_ms: timeoutMs } = args;
  const startSeq = (afterSeq ?? info.nextSeq - 1) + 1;
  const { signal, serving } = call;
  const options = { ...selectionOf(args), sinceSeq: startSeq, maxMessages: count, timeoutMs };
  const tail = await LineTail.open(pool, { ...options, signal }, serving.filters);
  using _telling = tellOf(call, timeoutMs);
  try {
    const next = await tail.next();
    signal.throwIfAborted();
    const lines = next === undefined ? [] : linesIn(next.bytes);
    const fitting = firstThatFit(lines);
    const truncated = fitting.length < lines.length;
    const last = fitting.at(-1);
    const examinedSeq = last === undefined
      ? Math.max(startSeq, tail.nextSeq ?? startSeq) - 1
      : seqOf(last);
    const fields = batchFields({ lines: fitting, afterSeq, examinedSeq, info, truncated });
    return { ...fields, timed_out: next === undefined };
  } finally {
    tail.close();
  }
}

/** Tells the client now and then that it still waits. */
function tellOf({ tell }: ToolCall, total: number): Disposable {
  const startMs = performance.now();
  const timer = setInterval(() => {
    const progress = Math.min(total, Math.round(performance.now() - startMs));
    tell({ progress, total, message: `no message yet after ${Math.round(progress / 1000)} s` });
  }, TELL_EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
