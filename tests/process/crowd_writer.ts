/**
 * One of many writers: `crowd_writer.ts DIRECTORY WRITER COUNT`. Says `ready`, waits for
 * a line, appends, and prints the sequence numbers it got as JSON.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { CROWD_POOL, waitForLine } from "./crowd.ts";
import { makeMessage, makeTags } from "./workload.ts";

/** Every so many messages, the next few go together. */
const BATCH_EVERY = 5;

if (import.meta.main) {
  const [dir, writer, count] = [Deno.args[0], Number(Deno.args[1]), Number(Deno.args[2])];
  console.log("ready");
  await waitForLine();
  using client = new Client({ dir });
  using pool = client.pool(CROWD_POOL.name, CROWD_POOL.options);
  const seqs: number[] = [];
  while (seqs.length < count) {
    const next = seqs.length + 1;
    const batch = next % BATCH_EVERY === 0 ? Math.min(next % 7 + 1, count - seqs.length) : 1;
    const inputs = Array.from({ length: batch }, (_, i) => ({
      data: makeMessage(writer, next + i),
      tags: makeTags(writer, next + i),
    }));
    for (const { seq } of pool.appendMany(inputs)) seqs.push(seq);
  }
  console.log(JSON.stringify(seqs));
}
