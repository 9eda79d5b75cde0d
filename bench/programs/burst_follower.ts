/**
 * Follows a pool with some tails at once: `burst_follower.ts POOL_FILE TAILS BURST`. Says
 * `ready`, and then `done` whenever all tails have got BURST messages more. Ends with its
 * standard input.
 *
 * Every message is parsed, and none may be missing.
 *
 * @module
 */

import { Pool } from "@plasmite/pool";

const [path, tailCount, burst] = Deno.args;
const tails = Number(tailCount);
const pool = new Pool(path);
let expected = tails * Number(burst);
let delivered = 0;

async function follow(tail: ReturnType<Pool["tail"]>): Promise<void> {
  for await (const { data } of tail) {
    if (typeof (data as { id: number }).id !== "number") throw new Error("not what was sent");
    if (++delivered < expected) continue;
    expected += tails * Number(burst);
    console.log("done");
  }
}

for (let i = 0; i < tails; i++) follow(pool.tail({ last: 0, gapPolicy: "error" }));
console.log("ready");
for await (const _ of Deno.stdin.readable);
Deno.exit();
