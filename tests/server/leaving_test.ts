/**
 * Clients that leave as soon as their request is sent.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { eventually } from "./eventually.ts";
import { RawConnection, requestText } from "./raw_http.ts";
import { startTestServer } from "./start_server.ts";

Deno.test("a client that leaves before its answer holds no place", async () => {
  await using server = await startTestServer({ limits: { maxTailConcurrency: 4 } });
  const append = requestText(
    "POST /v0/pools/work/append",
    ["content-type: application/json", "content-length: 10"],
    '{"data":1}',
  );
  for (const request of [append, requestText("GET /v0/pools/work/info")]) {
    for (let i = 0; i < 50; i++) {
      using connection = await RawConnection.open(server.port);
      await connection.send(request);
    }
  }
  await eventually("all places are free", async () => {
    return await server.metric("plasmite_operations") === 0;
  });
  assertEquals((await server.call("/v0/pools/work/info")).status, 200);
});
