/**
 * A process that appends one message: `poke.ts POOL-PATH '{"data": …, "tags": […]}'`.
 *
 * @module
 */

import { Pool } from "@plasmite/pool";

if (import.meta.main) {
  const [path, message] = Deno.args;
  const { data, tags } = JSON.parse(message);
  using pool = new Pool(path);
  pool.append(data, tags);
}
