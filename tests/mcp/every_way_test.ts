/**
 * Everything a client may rely on, in each revision of the protocol over each transport. The
 * promises of one way are checked at the same time, as several agents would use one server.
 *
 * @module
 */

import { feeding } from "./promises/feeding.ts";
import { listing } from "./promises/listing.ts";
import { pools } from "./promises/pools.ts";
import { prompts } from "./promises/prompts.ts";
import { reading } from "./promises/reading.ts";
import { resources } from "./promises/resources.ts";
import { selecting } from "./promises/selecting.ts";
import { subscribing } from "./promises/subscribing.ts";
import { waiting } from "./promises/waiting.ts";
import { WAYS } from "./ways.ts";
import { type Promises, World } from "./world.ts";

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

/** How many promises are checked at once. */
const AT_ONCE = 8;

for (const way of WAYS) {
  Deno.test(`a client over ${way.transport}, revision ${way.revision}`, async (t) => {
    await using world = await World.start(way);
    const left = Object.entries(PROMISES).values();
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (const [name, check] of left) {
        // They share a connection: the test around them sees whether anything stays open.
        const sanitizers = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
        await t.step({ name, fn: () => check(world), ...sanitizers });
      }
    }));
  });
}
