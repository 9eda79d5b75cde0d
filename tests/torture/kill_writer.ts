/**
 * A writer that is killed sooner or later: `kill_writer.ts DIRECTORY POOL WRITER DURABILITY`.
 * After the starting signal it appends one message or a few at a time, for ever, and
 * prints `SEQ COUNTER SIZE` of each batch as soon as the append returned.
 *
 * @module
 */

import { Client, type Durability } from "@plasmite/pool";
import { awaitStart } from "../process/start_signal.ts";
import { makeBatch } from "../process/workload.ts";

/** Batches made in advance, so that a kill finds the writer appending and not making them. */
const BATCHES_IN_ADVANCE = 64;

if (import.meta.main) {
  const [dir, name, id, durability] = Deno.args;
  const writer = Number(id);
  const encoder = new TextEncoder();
  await awaitStart();
  using client = new Client({ dir });
  using pool = client.openPool(name);
  let made = 1;
  let counter = 1;
  while (true) {
    const batches = Array.from({ length: BATCHES_IN_ADVANCE }, () => {
      const batch = makeBatch(writer, made);
      made += batch.length;
      return batch;
    });
    for (const batch of batches) {
      const [{ seq }] = pool.appendMany(batch, { durability: durability as Durability });
      Deno.stdout.writeSync(encoder.encode(`${seq} ${counter} ${batch.length}\n`));
      counter += batch.length;
    }
  }
}
