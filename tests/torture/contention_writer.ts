/**
 * One of many writers: `contention_writer.ts DIRECTORY WRITER SECONDS RECORD`. After the
 * starting signal it appends for that long, alone and in batches, records what it was
 * told in the file RECORD, and prints a report.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { awaitStart } from "../process/start_signal.ts";
import { makeBatch } from "../process/workload.ts";
import { Entries, POOL, type WriterReport } from "./contention_pool.ts";

if (import.meta.main) {
  const [dir, id, seconds, path] = Deno.args;
  const writer = Number(id);
  const record = new Entries();
  const slower = { "1": 0, "10": 0, "100": 0, "1000": 0 };
  const report: WriterReport = { messages: 0, appends: 0, longestWaitMs: 0, slower };
  await awaitStart();
  using client = new Client({ dir });
  using pool = client.pool(POOL.name, POOL.options);
  const deadline = performance.now() + 1000 * Number(seconds);
  while (performance.now() < deadline) {
    const batch = makeBatch(writer, report.messages + 1);
    const start = performance.now();
    const sent = pool.appendMany(batch);
    const waitMs = performance.now() - start;
    for (const { seq } of sent) record.add(seq, writer, ++report.messages);
    report.appends++;
    report.longestWaitMs = Math.max(report.longestWaitMs, waitMs);
    for (const ms of ["1", "10", "100", "1000"] as const) if (waitMs > Number(ms)) slower[ms]++;
  }
  record.save(path);
  console.log(JSON.stringify(report));
}
