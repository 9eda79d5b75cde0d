/**
 * One of several writers: `writer.ts POOL_FILE COUNT NAME`. Warms up, says `ready`, waits for
 * a line, appends COUNT messages of about 1 KiB as fast as it goes, and prints when it began and
 * ended, in milliseconds since 1970.
 *
 * Each message has the writer's name and counts from 1, so that a reader sees whether any
 * is missing or out of order.
 *
 * @module
 */

import { Pool } from "@plasmite/pool";

/** What a writer appends before it is measured, so that its code is compiled. */
const WARM_UP_APPENDS = 5000;

const [path, count, writer] = Deno.args;
const fill = "x".repeat(985);
using pool = new Pool(path, { lockTimeoutMs: 60_000 });
append(WARM_UP_APPENDS);
console.log("ready");
await Deno.stdin.read(new Uint8Array(16));
const startMs = performance.timeOrigin + performance.now();
append(Number(count));
console.log(JSON.stringify([startMs, performance.timeOrigin + performance.now()]));

function append(count: number): void {
  for (let counter = 1; counter <= count; counter++) pool.append({ writer, counter, fill });
}
