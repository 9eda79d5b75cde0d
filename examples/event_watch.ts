/**
 * Shows the events that carry all of the given tags: those still retained, then new
 * ones as they are published.
 *
 *     deno run --allow-env --allow-read --allow-write examples/event_watch.ts alert latency
 *
 * @module
 */

import { Client, type Gap } from "@plasmite/pool";

/** Says what was overwritten before it could be read. */
function onGap({ count, fromSeq }: Gap): void {
  console.error(`missed ${count} events from ${fromSeq} on: use a larger pool`);
}

using client = new Client();
using pool = client.pool("events", { sizeBytes: 8 * 1024 * 1024 });

for await (const { seq, tags, data } of pool.tail({ tags: Deno.args, onGap })) {
  console.log(`${seq} ${tags.join(",")} ${JSON.stringify(data)}`);
}
