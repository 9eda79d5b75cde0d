/**
 * Opens and closes pools and tails over and over, in every way there is:
 * `endurance_reopener.ts DIRECTORY SECONDS`. Prints how often.
 *
 * @module
 */

import { assert } from "@std/assert";
import { Client, NotFoundError, type Pool } from "@plasmite/pool";

const NAME = "reopened";
const SIZE_BYTES = 64 * 1024;
/** Long enough for a tail to wait and to watch the file. */
const WAIT_MS = 1;

/** Tails that end by themselves, are broken off, are aborted, and end with the pool. */
async function openTails(pool: Pool): Promise<void> {
  for await (const { seq } of pool.tail({ last: 1 })) {
    assert(seq === pool.info().bounds!.newest);
    break;
  }
  await Array.fromAsync(pool.tailBatches({ last: 0, timeoutMs: WAIT_MS }));
  const aborter = new AbortController();
  const aborted = pool.tail({ last: 0, tags: ["none"], signal: aborter.signal });
  const left = pool.tail({ last: 0, where: ".data > 0" });
  const ends = [aborted.next(), left.next()];
  setTimeout(() => aborter.abort(), WAIT_MS);
  await ends[0];
  pool.close();
  assert((await ends[1]).done);
}

function misuse(client: Client): void {
  try {
    client.openPool("missing");
  } catch (error) {
    assert(error instanceof NotFoundError);
  }
}

if (import.meta.main) {
  const [dir, seconds] = Deno.args;
  using client = new Client({ dir });
  const endMs = performance.now() + 1000 * Number(seconds);
  let count = 0;
  for (; performance.now() < endMs; count++) {
    using pool = client.pool(NAME, { sizeBytes: SIZE_BYTES });
    pool.append(count, count % 2 === 0 ? [] : ["odd"]);
    await openTails(pool);
    misuse(client);
    if (count % 10 === 0) client.deletePool(NAME);
  }
  console.log(count);
}
