/**
 * Works through what `produce.ts` put into the pool, then waits for more:
 *
 *     deno run --allow-env --allow-read --allow-write examples/consume.ts
 *
 * @module
 */

import { Client, NotFoundError, type Pool } from "@plasmite/pool";

using client = new Client();

let pool: Pool;
try {
  pool = client.openPool("work");
} catch (error) {
  if (!(error instanceof NotFoundError)) throw error;
  console.error("There is no work yet: run produce.ts first.");
  Deno.exit(1);
}

for await (const { seq, tags, data } of pool.tail()) {
  console.log(seq, tags, data);
}
