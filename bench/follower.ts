/**
 * Follows a pool and prints, after as many messages as asked for, how many
 * milliseconds each took from its append to here.
 *
 * @module
 */

import { Pool } from "@plasmite/pool";

const [path, count] = Deno.args;
using pool = new Pool(path);
const tail = pool.tail({ last: 0, maxMessages: Number(count) });
console.log("following");
const delaysMs: number[] = [];
for await (const { data } of tail) {
  const { sentAt } = data as { sentAt: number };
  delaysMs.push(performance.timeOrigin + performance.now() - sentAt);
}
console.log(JSON.stringify(delaysMs));
