/**
 * Appends as fast as it can: `endurance_feeder.ts DIRECTORY POOL SECONDS`. The last
 * message is {@linkcode END}. Prints how many it appended.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { makeMessage, makeTags } from "../process/workload.ts";
import { END } from "./endurance_end.ts";

/** Every so many appends, a few messages go together. */
const BATCH_EVERY = 8;
const BATCH_LENGTH = 16;
/** Messages are made in advance and sent over and over: what is measured is appending. */
const KINDS = 1000;

if (import.meta.main) {
  const [dir, name, seconds] = Deno.args;
  const inputs = Array.from({ length: KINDS }, (_, i) => {
    return { data: makeMessage(1, i), tags: makeTags(1, i) };
  });
  using client = new Client({ dir });
  using pool = client.openPool(name);
  const endMs = performance.now() + 1000 * Number(seconds);
  let count = 0;
  for (let turn = 0; performance.now() < endMs; turn++) {
    const at = turn % (KINDS - BATCH_LENGTH);
    const length = turn % BATCH_EVERY === 0 ? BATCH_LENGTH : 1;
    count += pool.appendMany(inputs.slice(at, at + length)).length;
  }
  pool.append(END);
  console.log(count + 1);
}
