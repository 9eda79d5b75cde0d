/**
 * One of many readers: `crowd_reader.ts DIRECTORY TOTAL MANNER`. Says `ready`, waits for
 * a line, reads up to message TOTAL, and prints a report.
 *
 * MANNER is `messages` or `batches`, or `late`: after the first message it waits for
 * another line, while the writers overtake it.
 *
 * @module
 */

import { Client, type Message, type MessagePool } from "@plasmite/pool";
import { CROWD_POOL, type ReaderReport, waitForLine } from "./crowd.ts";
import { isGenuine } from "./workload.ts";

/** Bound on the whole run. */
const TIMEOUT_MS = 60_000;

async function* messagesOf(
  pool: MessagePool,
  manner: string,
  gaps: ReaderReport["gaps"],
): AsyncIterable<Message> {
  const options = {
    sinceSeq: 1,
    timeoutMs: TIMEOUT_MS,
    onGap: (gap: ReaderReport["gaps"][0]) => gaps.push(gap),
  };
  if (manner === "batches") {
    for await (const batch of pool.tailBatches(options)) yield* batch.messages();
  } else {
    yield* pool.tail(options);
  }
}

async function read(pool: MessagePool, total: number, manner: string): Promise<ReaderReport> {
  const report: ReaderReport = { delivered: [], gaps: [], counterfeit: [] };
  for await (const { seq, data, tags } of messagesOf(pool, manner, report.gaps)) {
    if (isGenuine(data, tags)) report.delivered.push([seq, data.writer, data.counter]);
    else report.counterfeit.push(seq);
    if (seq >= total) break;
    if (manner === "late" && report.delivered.length === 1) {
      console.log("first");
      await waitForLine();
    }
  }
  return report;
}

if (import.meta.main) {
  const [dir, total, manner] = Deno.args;
  console.log("ready");
  await waitForLine();
  using client = new Client({ dir });
  using pool = client.pool(CROWD_POOL.name, CROWD_POOL.options);
  console.log(JSON.stringify(await read(pool, Number(total), manner)));
}
