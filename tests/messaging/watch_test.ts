/**
 * Waiting for what comes to pipes, while pipes come and go.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { MessagingError } from "../../messaging/contracts/mod.ts";
import { MessagingService } from "../../messaging/service/mod.ts";
import { sharedServer } from "../nats/nats_server.ts";
import { PATIENCE_MS } from "../server/eventually.ts";
import { meshTest, type World } from "./world.ts";

const server = sharedServer();

/** A service with a client and sessions of its own. */
function service(world: World, home: string): Promise<MessagingService> {
  return MessagingService.open(world.serviceOptions(home));
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

/** Waits that begin when something is sent. */
const WAITS = 60;

meshTest(server, "a wait misses nothing that is sent while it begins", async (world) => {
  await pair(world, async (waiting, changing) => {
    await changing.call("Create", { handle: "nina" });
    await changing.call("PipeCreate", PIPE);
    for (let i = 0; i < WAITS; i++) {
      const isLobby = i % 2 === 0;
      const target = isLobby ? { bare_target: "lobby" } : { handle: "nina", channel: "inbox" };
      const found = waiting.call("ListWatch", {}, AbortSignal.timeout(PATIENCE_MS));
      // From before the wait has begun to when it is sure to have.
      for (let k = i % 12; k > 0; k--) await changing.call("Status", {});
      for (let k = i % 5; k > 0; k--) await changing.call("List", {});
      await changing.call("Send", { ...target, payload: String(i) });
      await found;
      const read = { handle: "", channel: "", ...target };
      const got: (string | undefined)[] = [];
      for await (const portion of waiting.read(read)) {
        got.push(...portion.map(({ msg }) => msg?.payload));
      }
      assertEquals(got, [String(i)]);
    }
  });
});

meshTest(server, "whoever follows a pipe is told when it is removed", async (world) => {
  await pair(world, async (waiting, changing) => {
    await changing.call("PipeCreate", PIPE);
    await changing.call("Send", { bare_target: "lobby", payload: "a" });
    const request = { handle: "", channel: "", bare_target: "lobby", follow: true };
    const reading = waiting.read(request, AbortSignal.timeout(PATIENCE_MS))[Symbol.asyncIterator]();
    assertEquals((await reading.next()).value?.[0].msg?.payload, "a");
    const following = assertRejects(() => reading.next(), MessagingError);
    await settled(waiting);
    await changing.call("PipeDestroy", { handle: "", name: "", bare_target: "lobby" });
    await changing.call("PipeCreate", PIPE);
    assertEquals((await following).code, "E_PIPE_NOT_FOUND");
    await changing.call("Send", { bare_target: "lobby", payload: "b" });
    // The cursor was that of the pipe before.
    const got = await Array.fromAsync(waiting.read({ ...request, follow: false }));
    assertEquals(got.flat().map(({ msg }) => msg?.payload), ["b"]);
  });
});

/** Services that do the same at once. */
const SERVICES = 8;

meshTest(
  server,
  "of several who connect as one source or remove it, all or one succeed",
  async (world) => {
    const home = Deno.makeTempDirSync({ prefix: "pls-home-" });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => Deno.removeSync(home, { recursive: true }));
    const services: MessagingService[] = [];
    for (let i = 0; i < SERVICES; i++) services.push(stack.use(await service(world, home)));
    for (let round = 0; round < 5; round++) {
      const handle = `nina-${round}`;
      await Promise.all(
        services.map((one, i) => one.call("Connect", { handle, session: `s${i}` })),
      );
      const statuses = await Promise.all(
        services.map((one, i) => one.call("Status", { session: `s${i}` })),
      );
      assertEquals(statuses.map(({ current }) => current), services.map(() => handle));
      const removed = await Promise.allSettled(
        services.map((one) => one.call("SourceDestroy", { handle })),
      );
      const codes = removed.map((one) => one.status === "fulfilled" ? "" : one.reason.code);
      const isGone = (code: string) => code === "E_SOURCE_NOT_FOUND";
      assertEquals([codes.filter((code) => code === "").length, codes.filter(isGone).length], [
        1,
        SERVICES - 1,
      ]);
      const after = await services[0].call("Status", { session: "s5" });
      assertEquals(after.current, undefined);
    }
    assertEquals(await world.poolNames(), ["_registry"]);
  },
);
