/**
 * Where tails start, and what their filters let through: as tails of a file do.
 *
 * @module
 */

import { type Gap, type TailOptions, UsageError } from "@plasmite/pool";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ScratchClient, seqs } from "../pool/scratch.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { copyInFile, World } from "./world.ts";

const server = sharedServer();

natsTest("a tail delivers what a tail of a file does, from every kind of start", async () => {
  await using world = await World.create(server());
  using local = new ScratchClient();
  const sent = await world.fill(1000);
  const file = copyInFile(local, sent);
  const middle = sent[499].time;
  const starts: TailOptions[] = [
    {},
    { sinceSeq: 0 },
    { sinceSeq: 1 },
    { sinceSeq: 512 },
    { sinceSeq: 1000 },
    { last: 1 },
    { last: 5 },
    { last: 1000 },
    { last: 100_000 },
    { since: middle },
    { since: sent[0].time },
    { since: sent[999].time },
    { since: "1h" },
    { since: new Date(0) },
    { tags: ["third"] },
    { tags: ["third", "n600"] },
    { last: 1, tags: ["third"] },
    { last: 3, tags: ["third"] },
    { last: 300, tags: ["third"] },
    { last: 2, tags: ["n3"] },
    { last: 2, where: ".data.i < 10" },
    { last: 1, tags: ["third"], where: ".data.i % 2 == 0" },
    { sinceSeq: 4, tags: ["third"], where: ".data.i > 10" },
    { where: [".data.i % 2 == 0", ".seq < 20"] },
    { where: '.meta.tags | index("third") != null' },
    { since: middle, tags: ["third"], where: ".data.i > 600" },
  ];
  for (const start of starts) {
    const options = { ...start, untilSeq: 1000 };
    const [here, there] = [
      await world.collect(options),
      await Array.fromAsync(file.tail(options)),
    ];
    const envelopes = (messages: typeof here) => messages.map(({ envelope }) => envelope);
    assertEquals(envelopes(here), envelopes(there), JSON.stringify(start));
    assert(there.length > 0, JSON.stringify(start));
  }
});

natsTest("what passes no filter is not delivered, however much of it there is", async () => {
  await using world = await World.create(server());
  await world.fill(1000);
  for (
    const options of [
      { tags: ["none"] },
      { tags: ["third", "n7"] },
      { last: 5, tags: ["none"] },
      { where: "empty" },
      { where: ["true", "false"] },
      { since: new Date(Date.now() + 60_000) },
    ]
  ) assertEquals(await world.collect({ ...options, untilSeq: 1000 }), []);
});

natsTest("every time is found, also between the times of messages", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  const sent = [];
  for (let i = 0; i < 40; i++) sent.push(await pool.append(i));
  for (const [i, { time }] of sent.entries()) {
    const [first] = await world.collect({ since: time, maxMessages: 1 });
    assertEquals(first.seq, i + 1);
  }
  const between = new Date(Math.floor(Date.parse(sent[20].time)) + 1);
  const expected = sent.find(({ time }) => Date.parse(time) >= between.getTime());
  const first = (await world.collect({ since: between, maxMessages: 1, untilSeq: 40 })).at(0);
  assertEquals(first?.seq, expected?.seq);
});

natsTest("a time is found in a pool with holes", async () => {
  await using world = await World.create(server());
  const { bare } = world;
  const sent = [];
  for (let i = 0; i < 30; i++) sent.push(await world.pool.append(i));
  const holes = [1, 8, 9, 10, 11, 15, 28, 29];
  for (const seq of holes) {
    await bare.manager.streams.deleteMessage(bare.stream, seq);
  }
  const left = sent.filter(({ seq }) => !holes.includes(seq));
  for (const { time } of sent) {
    const expected = left.filter((one) => one.time >= time).map(({ seq }) => seq);
    assertEquals(seqs(await world.collect({ since: time, untilSeq: 30 })), expected);
  }
});

natsTest("an empty pool, and one that was emptied, start with what comes", async () => {
  for (const wasFilled of [false, true]) {
    await using world = await World.create(server());
    const { pool, bare } = world;
    if (wasFilled) await world.fill(4);
    await bare.manager.streams.purge(bare.stream);
    const next = wasFilled ? 5 : 1;
    const starts: TailOptions[] = [
      {},
      { last: 3 },
      { last: 0 },
      { last: 3, tags: ["t"] },
      { since: "1h" },
      { sinceSeq: next },
    ];
    const tails = starts.map((start) => world.collect({ ...start, maxMessages: 1 }));
    await pool.append("first", ["t"]);
    for (const got of await Promise.all(tails)) assertEquals(seqs(got), [next]);
  }
});

natsTest("a number that is not there yet is waited for", async () => {
  await using world = await World.create(server());
  await world.fill(2);
  const ahead = world.collect({ sinceSeq: 5, maxMessages: 2 });
  const gaps: Gap[] = [];
  const insisting = world.collect({
    sinceSeq: 5,
    maxMessages: 2,
    gapPolicy: "error",
    onGap: (gap) => gaps.push(gap),
  });
  await world.fill(4);
  assertEquals([seqs(await ahead), seqs(await insisting)], [[5, 6], [5, 6]]);
  assertEquals(gaps, []);
});

natsTest(
  "what is appended after a tail was asked for is seen, from here or elsewhere",
  async () => {
    await using world = await World.create(server());
    const { pool, bare } = world;
    await world.fill(3);
    for (let i = 0; i < 10; i++) {
      const tail = pool.tail({ last: 0, maxMessages: 2 });
      const { seq } = await pool.append({ from: "here" });
      await bare.publish('{"from":"there"}');
      assertEquals(seqs(await Array.fromAsync(tail)), [seq, seq + 1]);
    }
    // It takes a while until a predicate can be asked.
    const asked = pool.tail({ last: 0, where: '.data.from == "here"', maxMessages: 1 });
    const wanted = await pool.append({ from: "here" });
    assertEquals(seqs(await Array.fromAsync(asked)), [wanted.seq]);
    const filtered = pool.tail({ last: 1, tags: ["x"], maxMessages: 1 });
    const { seq } = await pool.append({ from: "here" }, ["x"]);
    assertEquals(seqs(await Array.fromAsync(filtered)), [seq]);
    // Also when the one to append is the first that needs the connection.
    const many = Array.from({ length: 20 }, () => pool.tail({ last: 0, maxMessages: 1 }));
    const last = await pool.append("to all");
    for (const tail of many) assertEquals(seqs(await Array.fromAsync(tail)), [last.seq]);
  },
);

natsTest("options that make no sense are refused at once", async () => {
  await using world = await World.create(server());
  for (
    const options of [
      { sinceSeq: 1, last: 1 },
      { sinceSeq: 1, since: "1h" },
      { sinceSeq: -1 },
      { last: 1.5 },
      { maxMessages: NaN },
      { untilSeq: -1 },
      { timeoutMs: -1 },
      { gapPolicy: "ignore" as "error" },
    ]
  ) {
    assertThrows(() => world.pool.tail(options), UsageError);
    assertThrows(() => world.pool.tailBatches(options), UsageError);
  }
});

natsTest("a start or a filter that is none ends the tail with a usage error", async () => {
  await using world = await World.create(server());
  await world.fill(1);
  const collect = (options: TailOptions) => () => world.collect(options);
  await assertRejects(collect({ since: "yesterday" }), UsageError);
  await assertRejects(collect({ since: new Date(NaN) }), UsageError);
  await assertRejects(collect({ where: ".data ==" }), UsageError, "not a jq expression");
  await assertRejects(collect({ where: "nosuch(1)" }), UsageError, "not a jq expression");
  await assertRejects(collect({ where: ".data" }), UsageError, "not true or false");
  await assertRejects(collect({ last: 1, where: ".data" }), UsageError, "not true or false");
  // Appends do not wait for a tail that could not start.
  const tail = world.pool.tail({ where: "(" });
  assertEquals((await world.pool.append(2)).seq, 2);
  await assertRejects(() => tail.next(), UsageError);
});

natsTest("messages that passed before a filter failed are delivered first", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  await pool.appendMany([{ data: { ok: true } }, { data: { ok: true } }, { data: { ok: "yes" } }]);
  const tail = pool.tail({ where: ".data.ok" });
  assertEquals([(await tail.next()).value?.seq, (await tail.next()).value?.seq], [1, 2]);
  await assertRejects(() => tail.next(), UsageError);
  assertEquals((await tail.next()).done, true);
});

natsTest("copies of old messages hide none of those before them from since", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  const time = "2020-01-01T00:00:00.000000000Z";
  const copy = (id: string) => ({ data: id, origin: { time, id } });
  await pool.appendMany(["a", "b", "c"].map(copy));
  await world.fill(5);
  await pool.appendMany(["d", "e"].map(copy));
  const got = await world.collect({ since: "1h", untilSeq: 10 });
  assertEquals(got.map(({ seq }) => seq), [4, 5, 6, 7, 8, 9, 10]);
});
