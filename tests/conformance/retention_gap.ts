/**
 * The operation `retention_gap`: what a reader is told when messages it asked for are
 * gone, under either policy.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { type Gap, RetentionGapError } from "@plasmite/pool";
import type { MessagePool } from "../../pool/mod.ts";
import { withPool, type Workplace } from "./engines.ts";
import type { Step } from "./manifest.ts";
import type { Outcome } from "./operations.ts";

/** Text that makes a message about 1 KiB long. */
const FILLER = "x".repeat(1000);
/** Longest wait for a message that is there already. */
const PATIENCE_MS = 10_000;

/** Overfills a new pool and checks what tails from sequence number 1 deliver. */
export async function checkRetentionGap(step: Step, { client }: Workplace): Promise<Outcome> {
  const sizeBytes = step.input.size_bytes as number;
  await client.createPool(step.pool, { sizeBytes });
  await withPool(client, step.pool, async (pool) => {
    const { oldest, newest } = await overfill(pool, sizeBytes);
    await checkContinue(pool, oldest, newest);
    await checkError(pool);
  });
  return {};
}

async function overfill(
  pool: MessagePool,
  sizeBytes: number,
): Promise<{ oldest: number; newest: number }> {
  const appendsMax = Math.ceil(sizeBytes / FILLER.length) + 1;
  for (let count = 1; count <= appendsMax; count++) {
    await pool.append({ count, filler: FILLER });
    const { bounds } = await pool.info();
    if (bounds !== undefined && bounds.oldest > 1) return bounds;
  }
  throw new Error(`${appendsMax} messages did not push the oldest one out of ${sizeBytes} bytes`);
}

async function checkContinue(pool: MessagePool, oldest: number, newest: number): Promise<void> {
  const gaps: Gap[] = [];
  const seqs: number[] = [];
  const options = { sinceSeq: 1, maxMessages: newest - oldest + 1, timeoutMs: PATIENCE_MS };
  const tail = pool.tail({ ...options, gapPolicy: "continue", onGap: (gap) => gaps.push(gap) });
  for await (const { seq, data } of tail) {
    requireEqual(data, { count: seq, filler: FILLER }, `data of message ${seq}`);
    seqs.push(seq);
  }
  const retained = Array.from({ length: newest - oldest + 1 }, (_, i) => oldest + i);
  requireEqual(seqs, retained, "what `continue` delivers");
  const gap = { fromSeq: 1, toSeq: oldest - 1, count: oldest - 1, reason: "retention" };
  requireEqual(gaps, [gap], "the gaps that `continue` reports");
}

async function checkError(pool: MessagePool): Promise<void> {
  const tail = pool.tail({ sinceSeq: 1, gapPolicy: "error", timeoutMs: PATIENCE_MS });
  const error = await tail.next().then(() => undefined, (error) => error);
  if (!(error instanceof RetentionGapError)) throw new Error("`error` must fail with RetentionGap");
  requireEqual(error.seq, 1, "the seq of the error, the first missing one,");
  const after = await tail.next().catch((error) => error);
  requireEqual(after, { done: true, value: undefined }, "what a tail gives after its error");
}

function requireEqual(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what} must be ${JSON.stringify(expected)}, not ${Deno.inspect(actual)}`);
}
