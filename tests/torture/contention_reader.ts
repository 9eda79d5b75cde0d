/**
 * One of many readers: `contention_reader.ts DIRECTORY MANNER RECORD`. After the starting
 * signal it follows the pool, one by one or in batches as MANNER says (`messages` or
 * `batches`), to the message tagged `end`, records what it got in the file RECORD, and
 * prints a report.
 *
 * It fails unless what it got, and the gaps it was told of, are everything, in order and
 * once.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Client, type Gap, type Message, type MessagePool } from "@plasmite/pool";
import { awaitStart } from "../process/start_signal.ts";
import { isGenuine } from "../process/workload.ts";
import { Entries, POOL, type ReaderReport } from "./contention_pool.ts";

async function* messagesOf(
  pool: MessagePool,
  manner: string,
  onGap: (gap: Gap) => void,
): AsyncIterable<Message> {
  const options = { sinceSeq: 1, onGap };
  if (manner === "messages") yield* pool.tail(options);
  else for await (const batch of pool.tailBatches(options)) yield* batch.messages();
}

async function read(pool: MessagePool, manner: string, record: Entries): Promise<ReaderReport> {
  const report: ReaderReport = { delivered: 0, missed: 0, longestSilenceMs: 0, lastSeq: 0 };
  const onGap = ({ fromSeq, toSeq, count, reason }: Gap) => {
    assertEquals([fromSeq, reason], [report.lastSeq + 1, "retention"]);
    assertEquals(count, toSeq - fromSeq + 1);
    report.missed += count;
    report.lastSeq = toSeq;
  };
  let lastMs = performance.now();
  for await (const { seq, data, tags } of messagesOf(pool, manner, onGap)) {
    const nowMs = performance.now();
    report.longestSilenceMs = Math.max(report.longestSilenceMs, nowMs - lastMs);
    lastMs = nowMs;
    assertEquals(seq, report.lastSeq + 1);
    report.lastSeq = seq;
    report.delivered++;
    if (tags[0] === "end") break;
    assert(isGenuine(data, tags), `message ${seq} is torn`);
    record.add(seq, data.writer, data.counter);
  }
  return report;
}

if (import.meta.main) {
  const [dir, manner, path] = Deno.args;
  const record = new Entries();
  await awaitStart();
  using client = new Client({ dir });
  using pool = client.pool(POOL.name, POOL.options);
  const report = await read(pool, manner, record);
  record.save(path);
  console.log(JSON.stringify(report));
}
