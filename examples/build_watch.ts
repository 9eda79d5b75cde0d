/**
 * Shows how far a build is, live, and ends with it. Start it before, during or after
 * `build_progress.ts`: what it missed is still in the pool.
 *
 *     deno run --allow-env --allow-read --allow-write examples/build_watch.ts nightly
 *
 * @module
 */

import { Client } from "@plasmite/pool";

const [build = "nightly"] = Deno.args;

using client = new Client();
using pool = client.pool("build");

const where = `.data.build == ${JSON.stringify(build)}`;
for await (const { tags, data } of pool.tail({ where })) {
  const { step, percent, ok } = data as { step?: string; percent?: number; ok?: boolean };
  if (!tags.includes("done")) {
    console.log(`${step}: ${percent} %`);
    continue;
  }
  console.log(ok ? "done" : "failed");
  Deno.exitCode = ok ? 0 : 1;
  break;
}
