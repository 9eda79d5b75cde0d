/**
 * Tails and the pool they follow: it is deleted, replaced, followed by many, and filled for long.
 *
 * @module
 */

import { NotFoundError } from "@plasmite/pool";
import { connect } from "@plasmite/pool/nats";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { seqs } from "../pool/scratch.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { mayFailEarly, World } from "./world.ts";

const server = sharedServer();

natsTest("a pool that is deleted while it is followed ends its tails with NotFound", async () => {
  await using world = await World.create(server());
  const { client, pool } = world;
  await world.fill(2);
  const [reading, untouched] = [pool.tail(), pool.tail({ untilSeq: 10 })];
  assertEquals((await reading.next()).value?.seq, 1);
  assertEquals((await reading.next()).value?.seq, 2);
  const nexts = [
    reading.next(),
    untouched.next().then(() => untouched.next()).then(() => untouched.next()),
  ].map(mayFailEarly);
  await pool.info();
  await client.deletePool(pool.name);
  for (const next of nexts) {
    const error = await assertRejects(() => next, NotFoundError, "deleted or replaced");
    assertEquals(error.path, pool.name);
  }
  assertEquals((await reading.next()).done, true);
  await assertRejects(() => pool.tail().next(), NotFoundError);
});

natsTest("a pool that is replaced while it is followed ends its tails with NotFound", async () => {
  await using world = await World.create(server());
  const { client, pool } = world;
  await world.fill(5);
  const tail = pool.tail();
  for (let i = 0; i < 5; i++) await tail.next();
  const next = mayFailEarly(tail.next());
  await client.deletePool(pool.name);
  await client.createPool(pool.name);
  const again = await client.openPool(pool.name);
  await again.appendMany(Array.from({ length: 10 }, (_, i) => ({ data: `other ${i}` })));
  await assertRejects(() => next, NotFoundError, "deleted or replaced");
  // Who opens it now gets the new one.
  assertEquals((await again.get(6)).data, "other 5");
});

natsTest("a pool that was replaced while nobody looked ends its tails with NotFound", async () => {
  await using world = await World.create(server());
  const { client, pool } = world;
  await world.fill(5);
  const tails = [pool.tail(), pool.tail({ untilSeq: 20 }), pool.tail({ tags: ["third"] })];
  for (const tail of tails) await tail.next();
  for (let i = 0; i < 4; i++) await tails[0].next();
  await client.deletePool(pool.name);
  await client.createPool(pool.name);
  const again = await client.openPool(pool.name);
  await again.appendMany(Array.from({ length: 30 }, (_, i) => ({ data: `other ${i}` })));
  for (const tail of tails) {
    const error = await assertRejects(async () => {
      for await (const { data } of tail) assert(typeof data !== "string", String(data));
    }, NotFoundError);
    assertEquals(error.path, pool.name);
  }
});

natsTest(
  "a pool that is deleted is not appended to again under its name, until it is opened",
  async () => {
    await using world = await World.create(server());
    const { client, pool } = world;
    await pool.append(1);
    await client.deletePool(pool.name);
    const start = performance.now();
    const error = await assertRejects(() => pool.append(2), NotFoundError);
    assertEquals(error.path, pool.name);
    assert(performance.now() - start < 5000, "it waited for a leader of nothing");
    await client.createPool(pool.name);
    assertEquals((await pool.append(3)).seq, 1);
  },
);

natsTest("a hundred tails of one pool each deliver everything once, in order", async () => {
  await using world = await World.create(server());
  const tails = Array.from({ length: 100 }, (_, i) => {
    return world.collect({
      maxMessages: i % 2 === 0 ? 300 : 100,
      tags: i % 2 === 0 ? [] : ["third"],
    });
  });
  const sent = [...await world.fill(150), ...await world.fill(150)];
  const third = sent.filter(({ tags }) => tags.includes("third"));
  for (const [i, tail] of tails.entries()) {
    assertEquals(seqs(await tail), seqs(i % 2 === 0 ? sent : third));
  }
});

natsTest("tails of many pools, and appends to them, share one connection", async () => {
  await using client = connect(server().url);
  const connections = async () =>
    (await server().monitor<{ num_connections: number }>("/connz")).num_connections;
  await client.listPools();
  const before = await connections();
  const pools = await Promise.all(
    Array.from({ length: 30 }, (_, i) => client.pool(`shared ${i}`)),
  );
  const tails = pools.map((pool) => pool.tail({ maxMessages: 2 }));
  const nexts = tails.map((tail) => tail.next());
  await Promise.all(pools.map((pool, i) => pool.append(i)));
  for (const [i, next] of nexts.entries()) assertEquals((await next).value?.data, i);
  assertEquals(await connections(), before);
  await Promise.all(tails.map((tail) => tail.return?.()));
});

natsTest("the limit of what may consume a stream is told, not waited out", async () => {
  await using world = await World.create(server());
  const { bare, pool } = world;
  await bare.manager.streams.add({
    name: "pls_narrow",
    subjects: ["pls.narrow"],
    max_consumers: 2,
  });
  const narrow = await world.client.openPool("narrow");
  await narrow.append(1);
  const tails = [narrow.tail(), narrow.tail()];
  for (const tail of tails) await tail.next();
  const start = performance.now();
  const error = await assertRejects(() => narrow.tail().next(), Error);
  assertStringIncludes(String(error), "consumer");
  assert(performance.now() - start < 5000);
  await Promise.all(tails.map((tail) => tail.return?.()));
  assert(pool);
});
