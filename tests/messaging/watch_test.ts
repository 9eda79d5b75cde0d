/**
 * Waiting for what comes to pipes, while pipes come and go.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { MessagingService } from "../../messaging/service/mod.ts";
import { sharedServer } from "../nats/nats_server.ts";
import { PATIENCE_MS } from "../server/eventually.ts";
import { meshTest, type World } from "./world.ts";

const server = sharedServer();

/** A service with a client and sessions of its own. */
async function service(world: World, home: string): Promise<MessagingService> {
  const client = world.client();
  const options = { client, prefix: world.prefix, home, createdBy: "", engine: world.where };
  return await MessagingService.open(options);
}

/** Two services on one mesh: one that waits, and one that changes things. */
async function pair(
  world: World,
  work: (waiting: MessagingService, changing: MessagingService) => Promise<void>,
): Promise<void> {
  const home = Deno.makeTempDirSync({ prefix: "pls-home-" });
  try {
    await using waiting = await service(world, `${home}/waiting`);
    await using changing = await service(world, `${home}/changing`);
    await work(waiting, changing);
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
}

/** What has to pass for the waiting one to begin: there is no other sign of it. */
async function settled(waiting: MessagingService): Promise<void> {
  for (let i = 0; i < 20; i++) await waiting.call("List", {});
}

const PIPE = { handle: "", name: "lobby" };

meshTest(server, "a wait goes on when one of its pipes is removed", async (world) => {
  await pair(world, async (waiting, changing) => {
    await changing.call("PipeCreate", PIPE);
    await changing.call("Create", { handle: "nina" });
    const found = waiting.call("ListWatch", { patterns: [] }, AbortSignal.timeout(PATIENCE_MS));
    found.catch(() => {});
    await settled(waiting);
    await changing.call("PipeDestroy", { handle: "", name: "", bare_target: "lobby" });
    await settled(waiting);
    await changing.call("Send", { handle: "nina", channel: "inbox", payload: "here" });
    const { sources } = await found;
    assertEquals(sources[0].pipe_infos?.map(({ pipe, unread }) => [pipe, unread]), [["inbox", 1]]);
  });
});

meshTest(
  server,
  "a wait sees what comes to pipes that were created since, also anew",
  async (world) => {
    await pair(world, async (waiting, changing) => {
      await changing.call("PipeCreate", PIPE);
      const request = { patterns: ["lob*"] };
      const found = waiting.call("ListWatch", request, AbortSignal.timeout(PATIENCE_MS));
      found.catch(() => {});
      await settled(waiting);
      await changing.call("PipeDestroy", { handle: "", name: "", bare_target: "lobby" });
      await changing.call("PipeCreate", PIPE);
      await changing.call("Send", { bare_target: "lobby", payload: "here" });
      const { uncollared_pipes: pipes } = await found;
      assertEquals(pipes?.map(({ info }) => [info.pipe, info.unread]), [["lobby", 1]]);
    });
  },
);
