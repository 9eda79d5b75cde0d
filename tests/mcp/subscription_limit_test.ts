/**
 * How many pools one client can subscribe to.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { MODERN, type Revision } from "./ways.ts";
import { uriOf, World } from "./world.ts";

/** As many as there may be. */
const LIMIT = 64;

/** The smallest pools there are: there have to be many. */
const SIZE_BYTES = 65_536;

for (const transport of ["stdio", "http"] as const) {
  Deno.test(`over ${transport} a session subscribes to ${LIMIT} pools, and is told so`, async () => {
    await using world = await World.start({ transport, revision: "2025-11-25" });
    const names = Array.from({ length: LIMIT + 1 }, () => world.pool(SIZE_BYTES));
    for (const name of names.slice(0, LIMIT)) await world.subscribe(uriOf(name));
    // The same once more takes no place.
    await world.subscribe(uriOf(names[0]));
    const last = uriOf(names[LIMIT]);
    const error = await world.subscribe(last).then(() => undefined, (error) => error);
    assert(String(error?.message).includes(String(LIMIT)), String(error));
    await world.mcp.unsubscribeResource({ uri: uriOf(names[0]) });
    await world.subscribe(last);
    for (const name of names.slice(1)) world.feed(name, { data: 1 });
    for (const name of names.slice(1)) await world.updated(uriOf(name), 1);
    assertEquals(world.updatesOf(uriOf(names[0])), 0);
  });

  Deno.test(`over ${transport} a stream tells of all pools that it says it does`, async () => {
    const revision: Revision = MODERN;
    await using world = await World.start({ transport, revision });
    const names = Array.from({ length: LIMIT + 1 }, () => world.pool(SIZE_BYTES));
    const uris = names.map(uriOf);
    const listening = await world.mcp.listen({ resourceSubscriptions: uris }).catch(() =>
      undefined
    );
    const honored = listening?.honoredFilter.resourceSubscriptions ?? [];
    for (const name of names) world.feed(name, { data: 1 });
    for (const uri of honored) await world.updated(uri, 1);
    await listening?.close();
  });
}
