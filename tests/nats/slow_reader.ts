/**
 * Reads a pool and is in no hurry: it takes some messages, waits, and then reads the rest. Says
 * what that took in memory. Arguments: the server, the pool, the last number, what to read.
 *
 * @module
 */

import { connect } from "@plasmite/pool/nats";

/** Long enough for a server to send far more than is wanted. */
const WAIT_MS = 1500;

const [url, name, lastNumber, how] = Deno.args;
const untilSeq = Number(lastNumber);

await using client = connect(url);
const pool = await client.openPool(name);
// What it takes to read at all is there before it is measured.
await Array.fromAsync(pool.tail({ maxMessages: 1 }));
const atStart = Deno.memoryUsage();

let [messages, bytes, waitingGrowth, retained] = [0, 0, 0, Infinity];
for await (const batch of pool.tailBatches({ sinceSeq: 1, untilSeq })) {
  if (messages === 0) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    waitingGrowth = Deno.memoryUsage().rss - atStart.rss;
  }
  messages += batch.length;
  if (how === "lines") bytes += batch.jsonLines().length;
  else for (const { json } of batch.messages()) bytes += json.length;
  if (messages < untilSeq * 0.75) continue;
  // At its lowest, when garbage was collected, it is what is really held.
  const { heapUsed, external } = Deno.memoryUsage();
  retained = Math.min(retained, heapUsed + external - atStart.heapUsed - atStart.external);
}
const residentGrowth = Deno.memoryUsage().rss - atStart.rss;
console.log(JSON.stringify({ messages, bytes, waitingGrowth, retained, residentGrowth }));
