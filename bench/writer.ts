/**
 * Appends messages to a pool as fast as it goes and prints when it began and ended, in
 * milliseconds since 1970.
 *
 * @module
 */

import { Pool } from "@plasmite/pool";

const [path, count] = Deno.args;
using pool = new Pool(path, { lockTimeoutMs: 60_000 });
const data = { id: 1, fill: "x".repeat(1000) };
const startMs = performance.timeOrigin + performance.now();
for (let i = 0; i < Number(count); i++) pool.append(data);
console.log(JSON.stringify([startMs, performance.timeOrigin + performance.now()]));
