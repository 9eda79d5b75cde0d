/**
 * What a pool and a client promise: appending, getting, naming, limits, errors.
 *
 * @module
 */

import {
  AlreadyExistsError,
  BusyError,
  CorruptError,
  IoError,
  JsonText,
  MAX_POOL_BYTES,
  NotFoundError,
  type PlasmiteError,
  poolInfoJson,
  UsageError,
} from "@plasmite/pool";
import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DiskFile } from "../../pool/file.ts";
import { ageState, collect, ScratchClient } from "./scratch.ts";

Deno.test("what was appended can be got, tags and all", () => {
  using client = new ScratchClient();
  using pool = client.pool("work");
  const sent = pool.append({ task: "resize", id: 1 }, ["img", "", "img"]);
  assertEquals(sent.seq, 1);
  assertEquals(sent.meta, { tags: ["img", "", "img"] });
  const got = pool.get(1);
  assertEquals(got.toJSON(), sent.toJSON());
  assertEquals(Object.keys(JSON.parse(JSON.stringify(got))), ["seq", "time", "meta", "data"]);
});

Deno.test("any JSON value comes back as it was", () => {
  using client = new ScratchClient();
  using pool = client.pool("any");
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.array(fc.string({ unit: "binary" }), { maxLength: 4 }),
      (data, tags) => {
        const sent = pool.append(data, tags);
        const got = pool.get(sent.seq);
        assertEquals(got.data, JSON.parse(JSON.stringify(data)));
        assertEquals(got.tags, tags.map((tag) => JSON.parse(JSON.stringify(tag))));
        assertEquals(got.envelope, sent.envelope);
        assertEquals(JSON.parse(got.envelope), JSON.parse(JSON.stringify(got)));
      },
    ),
  );
});

Deno.test("JSON text keeps key order, big integers and number spelling through a pool", () => {
  using client = new ScratchClient();
  using pool = client.pool("exact");
  const text = '{"10":1.0,"2":12345678901234567890,"e":1E3}';
  pool.appendMany([{ json: JsonText.parse(text) }]);
  assertEquals(pool.get(1).json, text);
});

Deno.test("many messages get consecutive numbers and strictly rising times", () => {
  using client = new ScratchClient();
  using pool = client.pool("many");
  const sent = [
    ...pool.appendMany(Array.from({ length: 100 }, (_, id) => ({ data: { id } }))),
    pool.append("one more"),
  ];
  assertEquals(sent.map((message) => message.seq), Array.from({ length: 101 }, (_, i) => i + 1));
  for (let i = 1; i < sent.length; i++) assertGreater(sent[i].time, sent[i - 1].time);
  for (const message of sent) {
    assertEquals(message.time.length, "2026-01-01T00:00:00.000000000Z".length);
  }
});

Deno.test("a batch with one bad message appends nothing", () => {
  using client = new ScratchClient();
  using pool = client.pool("atomic");
  assertThrows(
    () => pool.appendMany([{ data: 1 }, { data: undefined }]),
    UsageError,
    "can't be written as JSON",
  );
  assertThrows(() => pool.appendMany([{ data: 1 }, { data: 10n }]), UsageError);
  assertThrows(
    () => pool.appendMany([{ data: 1 }, { data: "x".repeat(2_000_000) }]),
    UsageError,
    "too large",
  );
  assertEquals(pool.info().bounds, undefined);
  assertEquals(pool.appendMany([]), []);
});

Deno.test("a batch larger than the ring goes in whole, and its end stays", async () => {
  using client = new ScratchClient();
  client.createPool("small", { sizeBytes: 16 * 1024 });
  using pool = client.openPool("small");
  const sent = pool.appendMany(
    Array.from({ length: 1000 }, (_, id) => ({ data: { id, fill: "x".repeat(100) } })),
  );
  assertEquals(sent.at(-1)!.seq, 1000);
  const { bounds } = pool.info();
  assertEquals(bounds!.newest, 1000);
  const kept = await collect(pool.tail({ maxMessages: 1000 - bounds!.oldest + 1 }));
  assertEquals(
    kept.map((message) => message.envelope),
    sent.slice(bounds!.oldest - 1).map((m) => m.envelope),
  );
});

Deno.test("the largest message fits, and one byte more is refused with the limit", () => {
  using client = new ScratchClient();
  client.createPool("tight", { sizeBytes: 8192 });
  using pool = client.openPool("tight");
  const largest = pool.info().ringSizeBytes - 28 - 2;
  pool.append("small");
  const sent = pool.append("x".repeat(largest));
  assertEquals(pool.get(sent.seq).data, "x".repeat(largest));
  assertEquals(pool.info().bounds, { oldest: 2, newest: 2 });
  assertThrows(() => pool.append("x".repeat(largest + 1)), UsageError, String(largest + 2));
  assertEquals(pool.append("after").seq, 3);
});

Deno.test("tags have a limit, and say so", () => {
  using client = new ScratchClient();
  using pool = client.pool("tags");
  assertThrows(() => pool.append(1, ["x".repeat(70_000)]), UsageError, "65535");
  assertThrows(() => pool.append(1, [5 as unknown as string]), UsageError, "array of strings");
});

Deno.test("a message that is not there is NotFound, with its number and without a path", () => {
  using client = new ScratchClient();
  client.createPool("gone", { sizeBytes: 8192 });
  using pool = client.openPool("gone");
  for (let i = 0; i < 200; i++) pool.append({ i, fill: "y".repeat(60) });
  assertGreater(pool.info().bounds!.oldest, 1);
  for (const seq of [0, 1, 201, -1, 1.5, NaN, 2 ** 53]) {
    const error = assertThrows(() => pool.get(seq), NotFoundError, "not found");
    assertEquals(error.path, undefined);
    if (Number.isSafeInteger(seq)) assertEquals(error.seq, seq);
  }
});

Deno.test("every retained message is found by number, whatever the index", () => {
  for (const indexCapacity of [0, 1, 2, 7, undefined]) {
    using client = new ScratchClient();
    client.createPool("found", { sizeBytes: 64 * 1024, indexCapacity });
    using pool = client.openPool("found");
    for (let i = 1; i <= 3000; i++) pool.append({ i, fill: "z".repeat(i * 7919 % 200) });
    const { oldest, newest } = pool.info().bounds!;
    for (let seq = oldest; seq <= newest; seq++) {
      assertEquals((pool.get(seq).data as { i: number }).i, seq);
    }
  }
});

Deno.test("several handles on one pool, also in one process, continue each other's numbers", () => {
  using client = new ScratchClient();
  using first = client.pool("shared");
  using second = client.pool("shared");
  assertEquals([first.append(1).seq, second.append(2).seq, first.append(3).seq], [1, 2, 3]);
  assertEquals(second.get(3).data, 3);
});

Deno.test("flush returns after the message is there", () => {
  using client = new ScratchClient();
  using pool = client.pool("durable");
  assertEquals(pool.append("safe", [], { durability: "flush" }).seq, 1);
  assertThrows(
    () => pool.append(1, [], { durability: "slow" as "fast" }),
    UsageError,
    "durability",
  );
});

Deno.test("a writer that waits too long for another one is told Busy", () => {
  using client = new ScratchClient({ lockTimeoutMs: 30 });
  using pool = client.pool("held");
  pool.append(1);
  const holder = new DiskFile(pool.path, { write: true });
  assert(holder.tryLock());
  const error = assertThrows(() => pool.append(2), BusyError);
  assertEquals([error.kind, error.path], ["Busy", pool.path]);
  holder.close();
  assertEquals(pool.append(3).seq, 2);
});

Deno.test("creating a pool that exists leaves it as it is", () => {
  using client = new ScratchClient();
  client.createPool("twice");
  using pool = client.openPool("twice");
  pool.append("kept");
  const error = assertThrows(() => client.createPool("twice"), AlreadyExistsError);
  assertEquals(error.path, client.path("twice"));
  assertEquals(pool.get(1).data, "kept");
});

Deno.test("a refused size leaves no file behind", () => {
  using client = new ScratchClient();
  assertThrows(() => client.createPool("odd", { sizeBytes: 100 }), UsageError);
  assertThrows(() => client.createPool("odd", { maxAgeMs: -1 }), UsageError);
  assertThrows(() => client.createPool("odd", { sizeBytes: MAX_POOL_BYTES + 1 }), UsageError);
  assertEquals(Array.from(Deno.readDirSync(client.dir)), []);
});

Deno.test("a new pool file is for its owner alone, and directories on the way are made", () => {
  using client = new ScratchClient();
  client.createPool(`${client.dir}/deep/er/x.plasmite`);
  const { mode } = Deno.statSync(`${client.dir}/deep/er/x.plasmite`);
  if (Deno.build.os !== "windows") assertEquals(mode! & 0o777, 0o600);
  assertEquals(Array.from(Deno.readDirSync(`${client.dir}/deep/er`), (entry) => entry.name), [
    "x.plasmite",
  ]);
});

Deno.test("references name files as documented", () => {
  using client = new ScratchClient();
  const { dir } = client;
  assertEquals(client.path("jobs"), `${dir}/jobs.plasmite`);
  assertEquals(client.path("jobs.plasmite"), `${dir}/jobs.plasmite`);
  assertEquals(client.path("a.b c"), `${dir}/a.b c.plasmite`);
  assertEquals(client.path("./jobs"), "./jobs");
  assertEquals(client.path("/data/x.plasmite"), "/data/x.plasmite");
  assertThrows(() => client.path("tcp://host/x"), UsageError, "not a local pool");
});

Deno.test("pools are listed by name, and one that can't be read does not hide the others", () => {
  using client = new ScratchClient();
  for (const name of ["b", "a", "c"]) client.createPool(name);
  Deno.writeTextFileSync(`${client.dir}/broken.plasmite`, "no pool");
  Deno.writeTextFileSync(`${client.dir}/notes.txt`, "no pool");
  const listed = client.listPools();
  assertEquals(listed.map((pool) => pool.name), ["a", "b", "broken", "c"]);
  assertEquals(listed.map((pool) => pool.error?.kind), [
    undefined,
    undefined,
    "Corrupt",
    undefined,
  ]);
  assertEquals(new ScratchClient({ dir: `${client.dir}/none` }).listPools(), []);
});

Deno.test("a deleted pool is gone for those who still have it open", () => {
  using client = new ScratchClient();
  using pool = client.pool("going");
  pool.append("kept until now");
  client.deletePool("going");
  assertThrows(() => pool.append("lost"), NotFoundError, "deleted");
  assertThrows(() => pool.tail(), NotFoundError, "deleted");
  assertThrows(() => client.openPool("going"), NotFoundError, "not found");
  const error = assertThrows(() => client.deletePool("going"), NotFoundError);
  assertEquals(error.path, client.path("going"));
});

Deno.test("a pool replaced before the first append is not mistaken for the old one", () => {
  using client = new ScratchClient();
  using pool = client.pool("swap");
  Deno.removeSync(pool.path);
  client.createPool("swap");
  assertThrows(() => pool.append("to whom?"), NotFoundError);
});

Deno.test("files that are no pools are refused with the kind that fits", () => {
  using client = new ScratchClient();
  const refused = (bytes: Uint8Array): PlasmiteError["kind"] => {
    Deno.writeFileSync(client.path("bad"), bytes);
    try {
      client.openPool("bad").close();
      return "Internal";
    } catch (error) {
      return (error as PlasmiteError).kind;
    }
  };
  const upstream = new Uint8Array(8192);
  upstream.set([0x50, 0x4c, 0x53, 0x4d, 3]);
  assertEquals(refused(new Uint8Array(0)), "Corrupt");
  assertEquals(refused(new Uint8Array(8192)), "Corrupt");
  assertEquals(refused(upstream), "Usage");
  client.createPool("good");
  const good = Deno.readFileSync(client.path("good"));
  assertEquals(refused(good.subarray(0, 100_000)), "Corrupt");
  good[20] ^= 1;
  assertEquals(refused(good), "Corrupt");
});

Deno.test("a pool that has given out its last number refuses more, and keeps what it has", () => {
  using client = new ScratchClient();
  client.createPool("last");
  ageState(client.path("last"), { position: 0, seq: Number.MAX_SAFE_INTEGER - 1 });
  using pool = client.openPool("last");
  assertEquals(pool.append("last").seq, Number.MAX_SAFE_INTEGER - 1);
  for (let i = 0; i < 3; i++) assertThrows(() => pool.append("more"), UsageError, "number left");
  assertEquals(client.openPool("last").get(Number.MAX_SAFE_INTEGER - 1).data, "last");
});

Deno.test("a directory in the place of a pool is an Io error", () => {
  using client = new ScratchClient();
  Deno.mkdirSync(client.path("folder"));
  assertThrows(() => client.openPool("folder"), IoError);
});

Deno.test("a pool with both states damaged is Corrupt, and can be deleted", () => {
  using client = new ScratchClient();
  client.createPool("hurt");
  using file = Deno.openSync(client.path("hurt"), { write: true });
  file.seekSync(512, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(1024));
  assertThrows(() => client.poolInfo("hurt"), CorruptError);
  client.deletePool("hurt");
  assertEquals(client.listPools(), []);
});

Deno.test("a pool's description adds up", () => {
  using client = new ScratchClient();
  const info = client.createPool("facts", { sizeBytes: 65536, indexCapacity: 16 });
  assertEquals(info.indexCapacity, 16);
  assertEquals(info.ringOffset, info.indexOffset + info.indexSizeBytes);
  assertEquals(info.ringOffset + info.ringSizeBytes, 65536);
  using pool = client.openPool("facts");
  const [first, last] = [pool.append({ a: 1 }), pool.append({ a: 2 })];
  const json = poolInfoJson(pool.info(), Date.parse(last.time) + 1500) as Record<
    string,
    Record<string, unknown>
  >;
  assertEquals(json.bounds, { newest: 2, oldest: 1 });
  assertEquals(json.metrics.message_count, 2);
  assertEquals((json.metrics.age as Record<string, unknown>).oldest_time, first.time);
  const { used_bytes, free_bytes } = json.metrics.utilization as Record<string, number>;
  assertEquals(used_bytes, 80);
  assertEquals(used_bytes + free_bytes, info.ringSizeBytes);
  assertEquals(client.openPool("facts").info().id, info.id);
});

Deno.test("limits on count and age are honoured by every way of reading", async () => {
  using client = new ScratchClient();
  client.createPool("last3", { maxMessages: 3 });
  using counted = client.openPool("last3");
  for (let i = 1; i <= 10; i++) counted.append(i);
  assertEquals(counted.info().bounds, { oldest: 8, newest: 10 });
  assertThrows(() => counted.get(7), NotFoundError);
  assertEquals((await collect(counted.tail({ maxMessages: 3 }))).map((m) => m.seq), [8, 9, 10]);
  assertEquals((await collect(counted.tail({ last: 5, maxMessages: 3 }))).map((m) => m.seq), [
    8,
    9,
    10,
  ]);

  client.createPool("fresh", { maxAgeMs: 1 });
  using aged = client.openPool("fresh");
  const sent = aged.append("soon stale");
  while (Date.now() - Date.parse(sent.time) < 5) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assertEquals(aged.info().bounds, undefined);
  assertThrows(() => aged.get(1), NotFoundError);
  assertEquals(await collect(aged.tail({ timeoutMs: 50 })), []);
});

Deno.test("a closed pool says so, and closing twice does nothing", () => {
  using client = new ScratchClient();
  const pool = client.pool("closed");
  pool.close();
  pool.close();
  assertThrows(() => pool.append(1), UsageError, "closed");
  assertThrows(() => pool.tail(), UsageError, "closed");
});

Deno.test("a client closes the pools it opened", () => {
  const client = new ScratchClient();
  const pool = client.pool("mine");
  client.close();
  assertThrows(() => pool.info(), UsageError, "closed");
});

Deno.test("positions and numbers beyond 32 bits work", () => {
  using client = new ScratchClient();
  client.createPool("old", { sizeBytes: 64 * 1024 });
  using pool = client.openPool("old");
  // A pool that has taken in 2^45 bytes: only its state differs from a new one.
  ageState(pool.path, { position: 2 ** 45, seq: 2 ** 40 });
  for (let i = 0; i < 2000; i++) assertEquals(pool.append({ i }).seq, 2 ** 40 + i);
  const { oldest, newest } = pool.info().bounds!;
  for (let seq = oldest; seq <= newest; seq += 17) {
    assertEquals(pool.get(seq).data, { i: seq - 2 ** 40 });
  }
  assert(oldest > 2 ** 40);
});
