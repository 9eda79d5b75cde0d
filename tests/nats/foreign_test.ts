/**
 * What other programs publish to a pool's subject: messages when it is JSON, and gaps when not.
 *
 * @module
 */

import { CorruptError, type Gap, type Message, NotFoundError } from "@plasmite/pool";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { seqs } from "../pool/scratch.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { World } from "./world.ts";

const server = sharedServer();

/** The pool's lines, whole and data alone. */
async function linesOf(world: World, untilSeq: number): Promise<[string, string]> {
  let [lines, data] = ["", ""];
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const batch of world.pool.tailBatches({ untilSeq })) {
    lines += decoder.decode(batch.jsonLines());
    data += decoder.decode(batch.jsonLines({ dataOnly: true }));
  }
  return [lines, data];
}

natsTest("JSON that another program published is a message of the time it was stored", async () => {
  await using world = await World.create(server());
  const { pool, bare } = world;
  const before = Date.now() - 1;
  assertEquals(await bare.publish('{"b":1.0,"a":12345678901234567890}'), 1);
  const message = await pool.get(1);
  assertEquals(message.json, '{"b":1.0,"a":12345678901234567890}');
  assertEquals(message.tags, []);
  assertMatch(message.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  const time = Date.parse(message.time);
  assert(time >= before && time <= Date.now());
  const [followed] = await world.collect({ untilSeq: 1 });
  assertEquals(followed.envelope, message.envelope);
  const [listed] = await world.collect({ since: message.time, untilSeq: 1 });
  assertEquals(listed.envelope, message.envelope);
  assertEquals((await pool.info()).times, { oldest: message.time, newest: message.time });
});

natsTest("JSON over several lines is one line, and otherwise the same text", async () => {
  await using world = await World.create(server());
  await world.bare.publish('\n{ "b" : [ 1.0,\r\n\t2 ] ,\n  "a b" : " x " }\n');
  const compact = '{"b":[1.0,2],"a b":" x "}';
  assertEquals((await world.pool.get(1)).json, compact);
  const [lines, data] = await linesOf(world, 1);
  assertEquals(data, `${compact}\n`);
  assertEquals(lines.split("\n").length, 2);
});

natsTest("an id, and headers, of another program's own are no concern of a pool's", async () => {
  await using world = await World.create(server());
  const { pool, bare } = world;
  assertEquals(await bare.publish("1", { "Nats-Msg-Id": "order-17", "Trace": "x" }), 1);
  // The server stores it once, as it was asked to.
  assertEquals(await bare.publish("1", { "Nats-Msg-Id": "order-17" }), 1);
  assertEquals(await bare.publish("2", { "Pls-Tags": "no json" }), 2);
  assertEquals(await bare.publish("3", { "Pls-Tags": '{"a":1}' }), 3);
  assertEquals(await bare.publish("4", { "Pls-Tags": "[1]" }), 4);
  assertEquals(await bare.publish("5", { "Pls-Tags": '["x","é"]' }), 5);
  const sent = await pool.append(6);
  assertEquals(sent.seq, 6);
  const got = await world.collect({ untilSeq: 6 });
  assertEquals(got.map(({ data }) => data), [1, 2, 3, 4, 5, 6]);
  assertEquals(got.map(({ tags }) => tags.length), [0, 0, 0, 0, 2, 0]);
});

natsTest(
  "an id that begins with a time, as Go writes it, does not make a line of several",
  async () => {
    await using world = await World.create(server());
    const { pool, bare } = world;
    const before = Date.now() - 1;
    const ids = [
      "2001-02-03T04:05:06.123456789Z",
      "2001-02-03T04:05:06.123456788Z-7",
    ];
    for (const id of ids) await bare.publish('{\n  "a": 1\n}', { "Nats-Msg-Id": id });
    await bare.publish("no json", { "Nats-Msg-Id": "2001-02-03T04:05:06.123456780Z" });
    await pool.append("last");
    const gaps: Gap[] = [];
    const got = await world.collect({ untilSeq: 4, onGap: (gap) => gaps.push(gap) });
    assertEquals(got.map(({ json }) => json), ['{"a":1}', '{"a":1}', '"last"']);
    for (const { time } of got) assert(Date.parse(time) >= before, time);
    assertEquals(gaps.map(({ fromSeq, reason }) => [fromSeq, reason]), [[3, "damage"]]);
    const [, data] = await linesOf(world, 4);
    assertEquals(data, '{"a":1}\n{"a":1}\n"last"\n');
  },
);

natsTest(
  "who writes ids like ours can forge no lines, and no time that a pool can't have",
  async () => {
    await using world = await World.create(server());
    const { bare, pool } = world;
    const before = Date.now() - 1;
    const forged = '{"a":1}}\n{"seq":99,"time":"2026-01-01T00:00:00Z","meta":{"tags":[]},"data":{}';
    await bare.publish(forged, { "Nats-Msg-Id": "2026-01-01T00:00:00.000000000Z/x.1" });
    for (const year of ["1900", "9999"]) {
      await bare.publish("1", { "Nats-Msg-Id": `${year}-01-01T00:00:00.000000000Z/x.1` });
    }
    await pool.append("last");
    const gaps: Gap[] = [];
    const got = await world.collect({ untilSeq: 4, onGap: (gap) => gaps.push(gap) });
    assertEquals(got.map(({ seq, json }) => [seq, json]), [[2, "1"], [3, "1"], [4, '"last"']]);
    for (const { time } of got) assert(Date.parse(time) >= before, time);
    assertEquals(gaps.map(({ fromSeq, reason }) => [fromSeq, reason]), [[1, "damage"]]);
  },
);

natsTest(
  "what is no JSON is a gap of damage, each on its own, before what follows it",
  async () => {
    await using world = await World.create(server());
    const { pool, bare } = world;
    await pool.append("first");
    await bare.publish("plain text");
    await bare.publish("");
    await bare.publish(new Uint8Array([0xff, 0xfe, 0x22]));
    await pool.append("fifth");
    await bare.publish('{"cut": ');
    const told: (Gap | number)[] = [];
    const onGap = (gap: Gap) => told.push(gap);
    for await (const { seq } of pool.tail({ untilSeq: 6, onGap })) told.push(seq);
    const damage = (seq: number): Gap => ({ fromSeq: seq, toSeq: seq, count: 1, reason: "damage" });
    const whole = told.flatMap<Gap | number>((one) =>
      typeof one === "number" ? [one] : spread(one)
    );
    assertEquals(whole, [1, damage(2), damage(3), damage(4), 5, damage(6)]);
    for (const seq of [2, 3, 4, 6]) {
      const error = await assertRejects(() => pool.get(seq), NotFoundError);
      assertEquals(error.seq, seq);
      assertStringIncludes(error.hint ?? "", "JSON");
    }
    const { bounds, times, nextSeq } = await pool.info();
    assertEquals([bounds, nextSeq], [{ oldest: 1, newest: 6 }, 7]);
    assert((times?.newest ?? "") >= (times?.oldest ?? "z"));
    assertEquals(seqs(await world.collect({ since: "1h", untilSeq: 6 })), [1, 5]);
    assertEquals(seqs(await world.collect({ last: 2, where: "true", untilSeq: 6 })), [1, 5]);
  },
);

/** A gap as one per message. */
function spread(gap: Gap): Gap[] {
  return Array.from({ length: gap.count }, (_, i) => {
    return { fromSeq: gap.fromSeq + i, toSeq: gap.fromSeq + i, count: 1, reason: gap.reason };
  });
}

natsTest("bytes that are no UTF-8 in a string of JSON are damage, not another string", async () => {
  await using world = await World.create(server());
  await world.bare.publish(new Uint8Array([0x22, 0xc3, 0x28, 0x22]));
  const gaps: Gap[] = [];
  assertEquals(await world.collect({ untilSeq: 1, onGap: (gap) => gaps.push(gap) }), []);
  assertEquals(gaps, [{ fromSeq: 1, toSeq: 1, count: 1, reason: "damage" }]);
});

natsTest("what is no JSON has a time for since as well", async () => {
  await using world = await World.create(server());
  const { pool, bare } = world;
  const sent: Message[] = [];
  for (let i = 0; i < 40; i++) {
    if (i % 7 === 3) await bare.publish("no json");
    sent.push(await pool.append(i));
  }
  const untilSeq = sent[39].seq;
  for (const [i, { time }] of sent.entries()) {
    const got = await world.collect({ since: time, untilSeq });
    assertEquals(got.map(({ data }) => data), sent.slice(i).map(({ data }) => data));
  }
});

natsTest("who insists on every message is told of what is no JSON, where it is", async () => {
  await using world = await World.create(server());
  await world.fill(2);
  await world.bare.publish("oops");
  await world.fill(1);
  const got: Message[] = [];
  const error = await assertRejects(async () => {
    for await (const message of world.pool.tail({ gapPolicy: "error" })) got.push(message);
  }, CorruptError);
  assertEquals([seqs(got), error.seq, error.path], [[1, 2], 3, world.pool.name]);
});

natsTest("a message that was deleted in between is a gap of its own", async () => {
  await using world = await World.create(server());
  const { pool, bare } = world;
  await world.fill(6);
  await bare.manager.streams.deleteMessage(bare.stream, 3);
  await bare.manager.streams.deleteMessage(bare.stream, 4);
  await bare.manager.streams.deleteMessage(bare.stream, 6);
  const gaps: Gap[] = [];
  const onGap = (gap: Gap) => gaps.push(gap);
  assertEquals(seqs(await world.collect({ untilSeq: 6, onGap })), [1, 2, 5]);
  assertEquals(gaps, [
    { fromSeq: 3, toSeq: 4, count: 2, reason: "retention" },
    { fromSeq: 6, toSeq: 6, count: 1, reason: "retention" },
  ]);
  await assertRejects(() => pool.get(4), NotFoundError);
  assertEquals((await pool.append("next")).seq, 7);
});

natsTest("a pool that was purged goes on with its numbers", async () => {
  await using world = await World.create(server());
  const { pool, bare } = world;
  await world.fill(5);
  const gaps: Gap[] = [];
  const tail = pool.tail({ sinceSeq: 1, untilSeq: 6, onGap: (gap) => gaps.push(gap) });
  assertEquals((await tail.next()).value?.seq, 1);
  await bare.manager.streams.purge(bare.stream);
  const { bounds, times, nextSeq } = await pool.info();
  assertEquals([bounds, times, nextSeq], [undefined, undefined, 6]);
  assertEquals((await pool.append("sixth")).seq, 6);
  const rest = seqs(await Array.fromAsync(tail));
  // Those that were on their way when it was purged came still.
  assertEquals(rest.at(-1), 6);
  assertEquals(rest.length + gaps.reduce((sum, { count }) => sum + count, 0), 5);
});
