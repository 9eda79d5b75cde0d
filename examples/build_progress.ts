/**
 * A build that tells how far it is. Follow it with `build_watch.ts`:
 *
 *     deno run --allow-env --allow-read --allow-write examples/build_progress.ts nightly
 *
 * @module
 */

import { Client } from "@plasmite/pool";

const [build = "nightly"] = Deno.args;

using client = new Client();
using pool = client.pool("build");

for (const step of ["compile", "test", "package"]) {
  pool.append({ build, step, percent: 0 });
  // The work of the step goes here.
  pool.append({ build, step, percent: 100 });
}
pool.append({ build, ok: true }, ["done"]);
