/**
 * A process that appends one message: `poke.ts POOL '{"data": …, "tags": […]}'`, where POOL is the
 * path of a file or the URL of a pool on NATS.
 *
 * @module
 */

import { Pool } from "@plasmite/pool";

if (import.meta.main) {
  const [reference, message] = Deno.args;
  const { data, tags } = JSON.parse(message);
  if (reference.includes("://")) {
    const { connect } = await import("@plasmite/pool/nats");
    const { parseNatsReference } = await import("../../nats/internal_mod.ts");
    const { address, pool: name } = parseNatsReference(reference);
    await using client = connect(address);
    const pool = await client.openPool(name);
    await pool.append(data, tags);
  } else {
    using pool = new Pool(reference);
    pool.append(data, tags);
  }
}
