/**
 * "From now on" begins when it is said to have begun: whoever was told that a subscription stands,
 * or got the headers of a tail, misses nothing that is fed from then on.
 *
 * @module
 */

import { connect } from "@plasmite/pool/nats";
import { assertEquals } from "@std/assert";
import { Watches } from "../../server/mcp/watches.ts";
import { DEFAULT_LIMITS, startServer } from "../../server/mod.ts";
import { within } from "../cli/pls.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { Bare } from "./world.ts";

const server = sharedServer();

/** Often enough for what goes wrong one time in ten. */
const ROUNDS = 60;

/** Longer than a tail waits that misses its message; those that get it end at once. */
const TAIL_MS = 5000;

natsTest("a message fed when a subscription stands is told of", async () => {
  await using client = connect(server().url);
  await client.createPool("watched");
  await using bare = await Bare.connect(server(), "watched");
  for (let round = 1; round <= ROUNDS; round++) {
    using watches = new Watches(client);
    const news = Promise.withResolvers<void>();
    await watches.add(["watched"], () => news.resolve()).ready;
    bare.connection.publish(bare.subject, "1");
    await within(`news in round ${round}`, news.promise);
  }
});

for (const path of ["/v0/pools/jobs/tail", "/v0/ui/pools/jobs/events"]) {
  natsTest(
    `a message fed when the headers of ${path}?last=0 are there comes behind them`,
    async () => {
      await using client = connect(server().url);
      await client.pool("jobs");
      await using bare = await Bare.connect(server(), "jobs");
      const running = await startServer(client, {
        ...{ hostname: "127.0.0.1", port: 0, access: "read-write", corsOrigins: [] },
        limits: DEFAULT_LIMITS,
      });
      try {
        for (let round = 1; round <= ROUNDS; round++) {
          const query = `last=0&max=1&timeout_ms=${TAIL_MS}`;
          const response = await fetch(`http://127.0.0.1:${running.port}${path}?${query}`);
          bare.connection.publish(bare.subject, `{"round":${round}}`);
          const [line] = (await response.text()).match(/\{"seq".*/) ?? [];
          assertEquals(JSON.parse(line ?? "{}").data, { round });
        }
      } finally {
        await running.shutdown(1000);
      }
    },
  );
}
