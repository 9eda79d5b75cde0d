/**
 * One of several writers: `writer.ts POOL_FILE COUNT NAME`. Says `ready`, waits for a line,
 * appends COUNT messages of about 1 KiB as fast as it goes, and prints when it began and
 * ended, in milliseconds since 1970.
 *
 * Each message has the writer's name and counts from 1, so that a reader sees whether any
 * is missing or out of order.
 *
 * @module
 */

import { Pool } from "@plasmite/pool";

const [path, count, writer] = Deno.args;
const fill = "x".repeat(985);
using pool = new Pool(path, { lockTimeoutMs: 60_000 });
console.log("ready");
await Deno.stdin.read(new Uint8Array(16));
const startMs = performance.timeOrigin + performance.now();
for (let counter = 1; counter <= Number(count); counter++) {
  pool.append({ writer, counter, fill });
}
console.log(JSON.stringify([startMs, performance.timeOrigin + performance.now()]));
