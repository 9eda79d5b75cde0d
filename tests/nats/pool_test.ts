/**
 * Creating, describing, listing and deleting pools, and what their limits do.
 *
 * @module
 */

import { AlreadyExistsError, type Gap, NotFoundError, UsageError } from "@plasmite/pool";
import { connect, type NatsPoolOptions } from "@plasmite/pool/nats";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { seqs } from "../pool/scratch.ts";
import { eventually } from "../server/eventually.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { newName, World } from "./world.ts";

const server = sharedServer();

natsTest("a pool is created, described, opened and deleted", async () => {
  await using client = connect(server().url);
  const name = newName();
  await assertRejects(() => client.openPool(name), NotFoundError);
  await assertRejects(() => client.poolInfo(name), NotFoundError);
  await assertRejects(() => client.deletePool(name), NotFoundError);
  const before = Date.now() - 1000;
  const created = await client.createPool(name, { sizeBytes: 65_536 });
  assertEquals(created, await client.poolInfo(name));
  assertEquals([created.name, created.sizeBytes, created.nextSeq], [name, 65_536, 1]);
  assertEquals([created.maxAgeMs, created.maxMessages, created.usedBytes], [0, 0, 0]);
  assertEquals([created.bounds, created.times], [undefined, undefined]);
  assertMatch(created.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assertMatch(created.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  assert(Date.parse(created.createdAt) > before);
  const pool = await client.openPool(name);
  const sent = await pool.appendMany([{ data: 1 }, { data: "second" }]);
  const info = await pool.info();
  assertEquals(info, await client.poolInfo(name));
  assertEquals([info.bounds, info.nextSeq], [{ oldest: 1, newest: 2 }, 3]);
  assertEquals(info.times, { oldest: sent[0].time, newest: sent[1].time });
  assertEquals([info.id, info.createdAt], [created.id, created.createdAt]);
  assert(info.usedBytes > 0);
  await client.deletePool(name);
  await assertRejects(() => client.openPool(name), NotFoundError);
  await assertRejects(() => pool.info(), NotFoundError);
  await assertRejects(() => pool.append(3), NotFoundError);
  await assertRejects(() => pool.get(1), NotFoundError);
});

natsTest("what exists is not created again, and keeps its messages", async () => {
  await using world = await World.create(server(), { pool: { sizeBytes: 65_536 } });
  const { client, pool } = world;
  await pool.append("kept");
  for (const options of [{ sizeBytes: 65_536 }, { sizeBytes: 131_072 }, undefined]) {
    const error = await assertRejects(
      () => client.createPool(pool.name, options),
      AlreadyExistsError,
    );
    assertEquals(error.path, pool.name);
  }
  const { id, sizeBytes } = await pool.info();
  const again = await client.pool(pool.name, { sizeBytes: 131_072 });
  assertEquals((await again.get(1)).data, "kept");
  assertEquals([(await again.info()).id, sizeBytes], [id, 65_536]);
});

natsTest("a pool that many open at once is created once", async () => {
  const name = newName();
  const ids = await Promise.all(Array.from({ length: 8 }, async () => {
    await using client = connect(server().url);
    const pool = await client.pool(name);
    return (await pool.info()).id;
  }));
  assertEquals(new Set(ids).size, 1);
});

natsTest("a stream that takes a pool's subject keeps it from being created", async () => {
  await using world = await World.create(server());
  await world.bare.manager.streams.add({ name: "taker", subjects: ["pls.taken"] });
  await assertRejects(() => world.client.createPool("taken"), AlreadyExistsError);
  await assertRejects(() => world.client.openPool("taken"), NotFoundError);
  await world.bare.manager.streams.delete("taker");
});

natsTest("pools are listed by name with what they hold", async () => {
  await using client = connect(server().url);
  for (const { name } of await client.listPools()) await client.deletePool(name);
  assertEquals(await client.listPools(), []);
  const names = Array.from({ length: 70 }, (_, i) => `listed ${i % 2 === 0 ? "é" : "E"}${i}`);
  await Promise.all(names.map((name) => client.createPool(name, { sizeBytes: 65_536 })));
  const pool = await client.openPool(names[3]);
  const before = Date.now() - 1000;
  const { time } = await pool.append(1);
  const listed = await client.listPools();
  assertEquals(listed.map(({ name }) => name), names.sort());
  for (const { name, path, mtime, info, error } of listed) {
    assertEquals(error, undefined);
    assertEquals([info?.name, info?.path, info?.sizeBytes], [name, path, 65_536]);
    assert(mtime !== null && mtime.getTime() > before - 60_000);
  }
  const filled = listed.find(({ name }) => name === pool.name);
  assertEquals(filled?.info?.times?.newest, time);
  assert((filled?.mtime?.getTime() ?? 0) > before);
  await Promise.all(names.map((name) => client.deletePool(name)));
});

natsTest("sizes and limits out of range are refused before anything is created", async () => {
  await using client = connect(server().url);
  const name = newName();
  const refused: NatsPoolOptions[] = [
    { sizeBytes: 0 },
    { sizeBytes: 1 },
    { sizeBytes: 65_536.5 },
    { sizeBytes: NaN },
    { sizeBytes: Number.MAX_SAFE_INTEGER },
    { maxAgeMs: -1 },
    { maxAgeMs: 1 },
    { maxMessages: -1 },
    { maxMessages: 0.5 },
    { replicas: 0 },
    { replicas: 6 },
    { replicas: 1.5 },
    { indexCapacity: 16 },
  ];
  for (const options of refused) {
    await assertRejects(() => client.createPool(name, options), UsageError);
  }
  // One server can't keep three copies.
  const error = await assertRejects(() => client.createPool(name, { replicas: 3 }), UsageError);
  assertStringIncludes(error.hint ?? "", "server");
  await assertRejects(() => client.openPool(name), NotFoundError);
});

natsTest("what new pools get can be said once for a client", async () => {
  const newPools = { sizeBytes: 65_536, maxMessages: 7 };
  await using client = connect(server().url, { newPools });
  const [one, other] = [newName(), newName()];
  const { sizeBytes, maxMessages } = await (await client.pool(one)).info();
  assertEquals([sizeBytes, maxMessages], [65_536, 7]);
  const info = await client.createPool(other, { maxMessages: 9, sizeBytes: undefined });
  assertEquals([info.sizeBytes, info.maxMessages], [65_536, 9]);
});

natsTest(
  "a pool holds no more bytes than its size, and drops its oldest messages for new ones",
  async () => {
    await using world = await World.create(server(), { pool: { sizeBytes: 65_536 } });
    const { pool } = world;
    const data = "x".repeat(1000);
    for (let i = 0; i < 4; i++) {
      await pool.appendMany(Array.from({ length: 50 }, () => ({ data })));
      assert((await pool.info()).usedBytes <= 65_536);
    }
    const { bounds, usedBytes, sizeBytes, nextSeq, times } = await pool.info();
    assertEquals([sizeBytes, nextSeq, bounds?.newest], [65_536, 201, 200]);
    // As many as fit: each takes some hundred bytes beside its payload at most.
    assert(
      usedBytes > 60_000 && bounds!.oldest > 130 && bounds!.oldest < 160,
      String(bounds?.oldest),
    );
    assertEquals((await pool.get(bounds!.oldest)).time, times?.oldest);
    await assertRejects(() => pool.get(bounds!.oldest - 1), NotFoundError);
    const gaps: Gap[] = [];
    const kept = await world.collect({
      sinceSeq: 1,
      untilSeq: 200,
      onGap: (gap) => gaps.push(gap),
    });
    const oldest = bounds!.oldest;
    assertEquals(seqs(kept), Array.from({ length: 201 - oldest }, (_, i) => oldest + i));
    assertEquals(gaps, [{ fromSeq: 1, toSeq: oldest - 1, count: oldest - 1, reason: "retention" }]);
  },
);

natsTest("a pool of so many messages keeps that many", async () => {
  await using world = await World.create(server(), { pool: { maxMessages: 5 } });
  await world.fill(12);
  const { bounds, maxMessages, nextSeq } = await world.pool.info();
  assertEquals([bounds, maxMessages, nextSeq], [{ oldest: 8, newest: 12 }, 5, 13]);
  assertEquals(seqs(await world.collect({ untilSeq: 12 })), [8, 9, 10, 11, 12]);
});

natsTest("messages go when they are too old, and their numbers are not used again", async () => {
  await using world = await World.create(server(), { pool: { maxAgeMs: 1000 } });
  const { pool } = world;
  await world.fill(3);
  assertEquals((await pool.info()).maxAgeMs, 1000);
  await eventually("they are gone", async () => (await pool.info()).bounds === undefined);
  await assertRejects(() => pool.get(3), NotFoundError);
  const { nextSeq, times } = await pool.info();
  assertEquals([nextSeq, times], [4, undefined]);
  const gaps: Gap[] = [];
  const tail = world.collect({ sinceSeq: 2, untilSeq: 4, onGap: (gap) => gaps.push(gap) });
  assertEquals((await pool.append("fourth")).seq, 4);
  assertEquals(seqs(await tail), [4]);
  assertEquals(gaps, [{ fromSeq: 2, toSeq: 3, count: 2, reason: "retention" }]);
});

natsTest("a stream that another program made without limits is a pool as well", async () => {
  await using world = await World.create(server());
  const { client, bare } = world;
  await bare.manager.streams.add({ name: "pls_adopted", subjects: ["pls.adopted"] });
  const pool = await client.openPool("adopted");
  const { sizeBytes, maxMessages, maxAgeMs, id } = await pool.info();
  assertEquals([sizeBytes, maxMessages, maxAgeMs], [2 ** 40, 0, 0]);
  assertMatch(id, /^created /);
  await pool.append({ n: 1 });
  assertEquals((await pool.get(1)).data, { n: 1 });
  await client.deletePool("adopted");
});

natsTest("a client of one server does not take the pools of another", async () => {
  await using client = connect(server().url);
  const error = await assertRejects(() => client.openPool("nats://127.0.0.1:1/work"), UsageError);
  assertStringIncludes(error.message, client.server);
});

natsTest(
  "a client that is closed, or whose signal is aborted, refuses and ends its tails",
  async () => {
    const abort = new AbortController();
    for (const end of ["close", "abort"]) {
      await using world = await World.create(server(), { connect: { signal: abort.signal } });
      const { client, pool } = world;
      const tail = pool.tail();
      const next = tail.next();
      await pool.info();
      if (end === "close") client.close();
      else abort.abort();
      assertEquals((await next).done, true);
      await assertRejects(() => client.openPool(pool.name), UsageError, "closed");
      await assertRejects(() => pool.append(1), UsageError, "closed");
      await assertRejects(() => pool.get(1), UsageError, "closed");
      client.close();
    }
    await using late = connect(server().url, { signal: abort.signal });
    await assertRejects(() => late.listPools(), UsageError, "closed");
  },
);

natsTest("a closed client leaves no connection and no consumer behind", async () => {
  await using world = await World.create(server());
  const connections = async () => {
    const { num_connections } = await server().monitor<{ num_connections: number }>("/connz");
    return num_connections;
  };
  const before = await connections();
  {
    await using client = connect(server().url);
    const pool = await client.openPool(world.pool.name);
    const tail = pool.tail();
    await pool.append(1);
    await tail.next();
    assertEquals(await connections(), before + 1);
  }
  await eventually("it is disconnected", async () => await connections() === before);
});
