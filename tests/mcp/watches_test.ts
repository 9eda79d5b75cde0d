/**
 * Who watches a pool is told of its news once, until the last of its subscriptions ends.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { assertEquals } from "@std/assert";
import { Watches } from "../../server/mcp/watches.ts";
import { Place, within } from "../cli/pls.ts";

/** Somebody who is told of news. */
class Listener {
  readonly told: string[] = [];
  #next = Promise.withResolvers<void>();

  readonly onNews = (name: string) => {
    this.told.push(name);
    this.#next.resolve();
  };

  async news(): Promise<void> {
    await within("news", this.#next.promise);
    this.#next = Promise.withResolvers();
  }
}

Deno.test("who subscribed to a pool twice is told once of each news, until both have ended", async () => {
  await using place = new Place();
  using pools = new Client({ dir: place.pools });
  using pool = pools.pool("work");
  using watches = new Watches(pools);
  const [twice, other] = [new Listener(), new Listener()];
  const subscriptions = [["work"], ["work", "work"]].map((names) => {
    return watches.add(names, twice.onNews);
  });
  const last = watches.add(["work"], other.onNews);
  for (const { ready } of [...subscriptions, last]) await ready;
  pool.append(1);
  await Promise.all([twice.news(), other.news()]);
  assertEquals([twice.told, other.told], [["work"], ["work"]]);
  subscriptions[0].end();
  pool.append(2);
  await Promise.all([twice.news(), other.news()]);
  assertEquals(twice.told.length, 2);
  subscriptions[1].end();
  pool.append(3);
  await other.news();
  assertEquals([twice.told.length, other.told.length], [2, 3]);
  last.end();
});
