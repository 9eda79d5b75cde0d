/**
 * Sends messages at a steady rate: `nats_sender.ts WAY URL POOL RATE COUNT`. Each holds its number
 * and when it was handed over, in milliseconds since 1970.
 *
 * Ahead of the `COUNT` messages, numbered from 0, go others that warm up all who take part, until
 * something comes in. Ends when all are acknowledged.
 *
 * @module
 */

import { natsLink } from "../nats_links.ts";
import { endWithParent } from "./end_with_parent.ts";
import { epochMs } from "./latency_times.ts";
import { pause } from "./program.ts";

const FILL = "x".repeat(985);

const [way, url, pool, rate, count] = Deno.args;
const link = await natsLink(way, url, pool);
let isWarm = false;
endWithParent(() => Deno.exit(1), () => isWarm = true);

while (!isWarm) {
  await send(-1);
  await pause(1);
}
const acknowledged: Promise<unknown>[] = [];
const startMs = performance.now();
for (let id = 0; id < Number(count); id++) {
  const dueMs = startMs + id / Number(rate) * 1000;
  while (performance.now() < dueMs) await pause(1);
  acknowledged.push(send(id));
}
await Promise.all(acknowledged);
console.log("done");
await link[Symbol.asyncDispose]();
Deno.exit();

function send(id: number): Promise<unknown> {
  return Promise.resolve(link.append({ id, sentMs: epochMs(), fill: FILL }));
}
