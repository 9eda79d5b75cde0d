/**
 * Puts a piece of work into a pool, for whoever follows it:
 *
 *     deno run --allow-env --allow-read --allow-write examples/produce.ts cat.png
 *
 * @module
 */

import { Client } from "@plasmite/pool";

const [file = "cat.png"] = Deno.args;

using client = new Client();
using pool = client.pool("work"); // Makes the pool when it is missing.

const sent = pool.append({ task: "thumbnail", file }, ["image"]);
console.log(`sent ${sent.seq} at ${sent.time}`);
