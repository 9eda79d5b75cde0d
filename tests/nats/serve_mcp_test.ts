/**
 * Everything that a client of MCP may rely on, with the pools on NATS: `pls mcp --engine` over
 * standard input and output, and `/mcp` of `pls serve --engine`, in each revision of the protocol.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Place } from "../cli/pls.ts";
import { Serving } from "../cli/serving.ts";
import { feeding } from "../mcp/promises/feeding.ts";
import { listing } from "../mcp/promises/listing.ts";
import { pools } from "../mcp/promises/pools.ts";
import { prompts } from "../mcp/promises/prompts.ts";
import { reading } from "../mcp/promises/reading.ts";
import { resources } from "../mcp/promises/resources.ts";
import { selecting } from "../mcp/promises/selecting.ts";
import { subscribing } from "../mcp/promises/subscribing.ts";
import { waiting } from "../mcp/promises/waiting.ts";
import { clientOf, httpTransport, MODERN, stdioTransport, type Way, WAYS } from "../mcp/ways.ts";
import { type Promises, World } from "../mcp/world.ts";
import { eventually } from "../server/eventually.ts";
import { NatsServer, NO_NATS } from "./nats_server.ts";
import { SyncPools } from "./serve_sync_pools.ts";

const PROMISES: Promises = {
  ...listing,
  ...pools,
  ...feeding,
  ...reading,
  ...selecting,
  ...waiting,
  ...resources,
  ...subscribing,
  ...prompts,
};

/** Promises that are about files, and why NATS does not give them. */
const NOT_HERE: Readonly<Record<string, string>> = {
  "a damaged pool is listed with its error and keeps nobody from the others":
    "a pool on NATS is no file that could be damaged",
  "a resource whose pool is missing or damaged is an error that says which":
    "a pool on NATS is no file that could be damaged",
  "a pool is described with its bounds, sizes and times": "its path is no file, but a URL",
};

/** How many promises are checked at once. */
const AT_ONCE = 8;

/** A process of `pls` on NATS with a client, in place of one on files. */
async function startWorld(way: Way, server: NatsServer, stack: AsyncDisposableStack) {
  const place = stack.use(new Place());
  const pools = stack.use(new SyncPools(server.url));
  pools.createPool("first");
  const mcp = clientOf(way.revision);
  let complaints = "";
  if (way.transport === "stdio") {
    const transport = stdioTransport(place.pools, "--engine", server.url);
    transport.stderr!.on("data", (chunk) => complaints += chunk);
    await mcp.connect(transport);
  } else {
    const { url } = stack.use(await Serving.start(place, "--engine", server.url));
    await mcp.connect(httpTransport(url));
    // Older clients open a stream of notices on the side.
    if (way.revision !== MODERN) {
      await eventually("the client listens", async () => {
        const text = await (await fetch(`${url}/metrics`)).text();
        return /^plasmite_tails 1$/m.test(text);
      });
    }
  }
  stack.defer(async () => {
    await mcp.close();
    assertEquals(complaints, "", "standard error stays clean");
  });
  await mcp.listTools();
  const world = Object.create(World.prototype, {
    way: { value: way },
    mcp: { value: mcp },
    pools: { value: pools },
    updates: { value: [] },
    // What the methods of a world keep to themselves.
    newName: { value: nameMaker() },
  });
  mcp.setNotificationHandler("notifications/resources/updated", ({ params }) => {
    world.updates.push(params.uri);
  });
  return world as World;
}

function nameMaker(): () => string {
  let made = 0;
  return () => `pool-${++made}`;
}

/**
 * One way of those that tests/mcp tries: the engine does not know which it is. That `pls mcp` gets at
 * NATS over standard input and output is shown in serve_away_test.ts.
 */
const TRIED = WAYS.filter(({ transport, revision }) => transport === "http" && revision === MODERN);

for (const way of TRIED) {
  Deno.test({
    name: `a client over ${way.transport}, revision ${way.revision}, with pools on NATS`,
    ignore: NO_NATS !== undefined,
    fn: async (t) => {
      // Some messages of promises are larger than a server takes by itself.
      await using server = await NatsServer.start({ config: "max_payload: 8MB" });
      await using stack = new AsyncDisposableStack();
      const world = await startWorld(way, server, stack);
      const left = Object.entries(PROMISES).values();
      await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        for (const [name, check] of left) {
          // They share a connection: the test around them sees whether anything stays open.
          const sanitizers = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
          const ignore = Object.hasOwn(NOT_HERE, name);
          await t.step({ name, ignore, fn: () => check(world), ...sanitizers });
        }
      }));
    },
  });
}

Deno.test("the promises that NATS does not give are ones that there are", () => {
  for (const [name, reason] of Object.entries(NOT_HERE)) {
    assertEquals(Object.hasOwn(PROMISES, name), true, name);
    console.log(`not promised on NATS: ${name}: ${reason}`);
  }
});
