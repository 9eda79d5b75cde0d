/**
 * A writer that is killed sooner or later: `killed_writer.ts DIRECTORY POOL WRITER`.
 * Appends one message or a few at a time, for ever, and prints `SEQ COUNTER` for each
 * as soon as the append returned.
 *
 * @module
 */

import { Client, type MessageInput } from "@plasmite/pool";
import { makeMessage, makeTags } from "./workload.ts";

/** Most messages appended together: as many can be committed without being acknowledged. */
export const BATCH_MAX = 8;
/** Batches made in advance, so that a kill finds the writer appending and not making them. */
const BATCHES_IN_ADVANCE = 200;

/** Batches of different sizes that go on with message number `counter`. */
function makeBatches(writer: number, counter: number): MessageInput[][] {
  return Array.from({ length: BATCHES_IN_ADVANCE }, (_, number) => {
    return Array.from({ length: number % BATCH_MAX + 1 }, () => ({
      data: makeMessage(writer, counter),
      tags: makeTags(writer, counter++),
    }));
  });
}

if (import.meta.main) {
  const [dir, name, writer] = [Deno.args[0], Deno.args[1], Number(Deno.args[2])];
  const encoder = new TextEncoder();
  using client = new Client({ dir });
  using pool = client.openPool(name);
  let counter = 1;
  while (true) {
    for (const batch of makeBatches(writer, counter)) {
      const lines = pool.appendMany(batch).map(({ seq }) => `${seq} ${counter++}\n`);
      Deno.stdout.writeSync(encoder.encode(lines.join("")));
    }
  }
}
