/**
 * The tool that waits for messages.
 *
 * @module
 */

import { z } from "zod";
import type { MessagePool } from "../../pool/mod.ts";
import { LineTail } from "../line_tail.ts";
import { poolName } from "../requests.ts";
import { batchFields, firstThatFit, linesIn, linesOf, readFirst, type Reading } from "./batch.ts";
import { READ_TIME_MS, selectionOf, seqOf } from "./read_tools.ts";
import * as schemas from "./schemas.ts";
import { defineTool, type Fields, READS, type ToolCall } from "./tool.ts";

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
  annotations: READS,
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
  using _telling = tellOf(call, timeoutMs);
  let hasLost = false;
  const onGap = () => hasLost = true;
  const selection = { ...selectionOf(args), maxMessages: count, onGap };
  const told = ({ lines, truncated }: Reading, examinedSeq: number, isOver: boolean) => {
    const last = lines.at(-1);
    const seq = last === undefined ? examinedSeq : seqOf(last);
    const facts = { lines, afterSeq, examinedSeq: seq, info, truncated, hasLost };
    return { ...batchFields(facts), timed_out: isOver };
  };
  // What is there already comes first, however short the wait is to be.
  if (startSeq < info.nextSeq) {
    const range = { sinceSeq: startSeq, untilSeq: info.nextSeq - 1, timeoutMs: READ_TIME_MS };
    const reading = await readFirst(linesOf(pool, { ...selection, ...range }, call));
    if (reading.lines.length > 0) return told(reading, startSeq, false);
  }
  const sinceSeq = Math.max(startSeq, info.nextSeq);
  const options = { ...selection, sinceSeq, timeoutMs, signal };
  const tail = await LineTail.open(pool, options, serving.filters);
  try {
    const next = await tail.next();
    signal.throwIfAborted();
    const reading = firstThatFit(next === undefined ? [] : linesIn(next.bytes));
    const examinedSeq = Math.max(sinceSeq, tail.nextSeq ?? sinceSeq) - 1;
    return told(reading, examinedSeq, next === undefined);
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
