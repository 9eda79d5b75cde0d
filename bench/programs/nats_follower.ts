/**
 * Follows what `nats_sender.ts` sends: `nats_follower.ts WAY URL POOL COUNT`. Says when it is warm,
 * and after the last of `COUNT` messages how long each took, in milliseconds.
 *
 * @module
 */

import { natsLink } from "../nats_links.ts";
import { endWithParent } from "./end_with_parent.ts";
import { epochMs, WARM_UP_MESSAGES } from "./latency_times.ts";

const [way, url, pool, count] = Deno.args;
const link = await natsLink(way, url, pool);
endWithParent(() => Deno.exit(1));

const tookMs: number[] = [];
let warmUps = 0;
for await (const message of link.follow()) {
  const nowMs = epochMs();
  const { id, sentMs } = message.data as { id: number; sentMs: number };
  if (id < 0 && ++warmUps === WARM_UP_MESSAGES) console.log("warm");
  if (id < 0) continue;
  if (id !== tookMs.length) throw new Error(`message ${id} came in the place of ${tookMs.length}`);
  tookMs.push(nowMs - sentMs);
  if (tookMs.length === Number(count)) break;
}
console.log(JSON.stringify(tookMs));
await link[Symbol.asyncDispose]();
Deno.exit();
