/**
 * One of many services that publish events to the same pool. Run it several times at
 * once, under different names:
 *
 *     deno run --allow-env --allow-read --allow-write examples/event_publish.ts web
 *
 * @module
 */

import { Client } from "@plasmite/pool";

const [service = "web"] = Deno.args;

using client = new Client();
using pool = client.pool("events", { sizeBytes: 8 * 1024 * 1024 });

pool.append({ service, version: "2.4.1" }, ["deploy"]);
// Readers see these together, with nothing of other services in between.
pool.appendMany([
  { data: { service, requestsPerSecond: 1420 }, tags: ["metric"] },
  { data: { service, message: "slow answers" }, tags: ["alert", "latency"] },
]);
