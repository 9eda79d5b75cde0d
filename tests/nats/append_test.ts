/**
 * What is appended comes back as it was given: numbered, timed, tagged, its JSON as text.
 *
 * @module
 */

import {
  JsonText,
  type Message,
  type MessageInput,
  NotFoundError,
  UsageError,
} from "@plasmite/pool";
import { connect } from "@plasmite/pool/nats";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ScratchClient, seqs } from "../pool/scratch.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";
import { World } from "./world.ts";

const server = sharedServer();

/** JSON that a parser and a writer between would change, or stumble over. */
const TEXTS = [
  "null",
  "0",
  "-0",
  "1.0",
  "1e2",
  "12345678901234567890123456789",
  "0.1000000000000000055511151231257827",
  '""',
  '"\\u0000\\u001f\\u2028"',
  '"\\ud800"',
  '"é \u2028 日本語 🎈"',
  '"\ufeff"',
  "[]",
  "{}",
  '{"b":1,"a":2,"b":3,"10":0,"9":0}',
  '{"__proto__":{"x":1},"constructor":null}',
  `[${"[".repeat(200)}${"]".repeat(200)}]`,
  `"${"x".repeat(100_000)}"`,
];

/** Tags with everything that a header, a line or a filter could trip over. */
const TAGS = [
  "",
  " ",
  " edges ",
  "a,b",
  "a: b",
  "line\r\nNats-Msg-Id: forged",
  "\u0000\u007f",
  "é日本語🎈",
  '"quoted\\"',
  "]",
  "\ud800",
  "t".repeat(5000),
];

natsTest("JSON text comes back as it went in, by get, by tails and in lines", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  const inputs = TEXTS.map((text) => ({ json: JsonText.parse(text) }));
  const sent = await pool.appendMany(inputs);
  for (const [i, message] of sent.entries()) {
    assertEquals(message.json, TEXTS[i]);
    const got = await pool.get(message.seq);
    assertEquals([got.json, got.envelope], [TEXTS[i], message.envelope]);
  }
  const followed = await world.collect({ untilSeq: TEXTS.length });
  assertEquals(followed.map(({ json }) => json), TEXTS);
  let lines = "";
  for await (const batch of pool.tailBatches({ untilSeq: TEXTS.length })) {
    lines += new TextDecoder().decode(batch.jsonLines({ dataOnly: true }));
  }
  assertEquals(lines, TEXTS.map((text) => `${text}\n`).join(""));
});

natsTest("values come back as JSON has them", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  const values = [null, false, 0, -1.5, "", "x", [], [1, [2]], {}, { a: { b: null } }];
  for (const value of values) {
    const { seq, data } = await pool.append(value);
    assertEquals([data, (await pool.get(seq)).data], [value, value]);
  }
  assertEquals((await pool.append({ at: new Date(0) })).data, { at: "1970-01-01T00:00:00.000Z" });
  for (const value of [undefined, 1n, () => {}, Symbol("x")]) {
    await assertRejects(() => pool.append(value), UsageError);
  }
  assertEquals((await pool.info()).nextSeq, values.length + 2);
});

natsTest("any tags come back as they were, and select messages exactly", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  for (const tag of TAGS) {
    const { tags } = await pool.append(1, [tag]);
    assertEquals(tags, [tag]);
  }
  const all = await pool.append(2, TAGS);
  assertEquals((await pool.get(all.seq)).tags, TAGS);
  for (const [i, tag] of TAGS.entries()) {
    const found = await world.collect({ tags: [tag], untilSeq: all.seq });
    assertEquals(seqs(found), [i + 1, all.seq]);
    assertEquals(found[0].tags, [tag]);
  }
  assertEquals((await pool.append(3, [])).tags, []);
  assertEquals((await pool.append(3, ["twice", "twice"])).tags, ["twice", "twice"]);
  await assertRejects(() => pool.append(1, [1 as unknown as string]), UsageError);
  await assertRejects(() => pool.append(1, "tag" as unknown as string[]), UsageError);
});

natsTest("an input changed after the call is stored as it was", async () => {
  await using world = await World.create(server());
  const [data, tags] = [{ n: 1 }, ["before"]];
  const sending = world.pool.append(data, tags);
  data.n = 2;
  tags[0] = "after";
  const { seq } = await sending;
  const got = await world.pool.get(seq);
  assertEquals([got.data, got.tags], [{ n: 1 }, ["before"]]);
});

natsTest("many messages get consecutive numbers and rising times, which readers keep", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  const before = Date.now() - 1;
  const sent = await world.fill(2000);
  assertEquals(seqs(sent), Array.from({ length: 2000 }, (_, i) => i + 1));
  assertRising(sent);
  assert(Date.parse(sent[0].time) >= before && Date.parse(sent[1999].time) <= Date.now() + 1);
  const got = await world.collect({ untilSeq: 2000 });
  assertEquals(envelopes(got), envelopes(sent));
  assertEquals((await pool.get(1000)).envelope, sent[999].envelope);
  assertEquals(await pool.appendMany([]), []);
  assertEquals((await pool.append("next")).seq, 2001);
});

natsTest("appends that were not waited for keep their order, also beside others", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  const sending: Promise<Message[]>[] = [];
  for (let i = 0; i < 300; i++) {
    const inputs = Array.from({ length: 1 + i % 5 }, (_, k) => ({ data: [i, k] }));
    sending.push(i % 3 === 0 ? pool.append([i, 0]).then((m) => [m]) : pool.appendMany(inputs));
  }
  const sent = (await Promise.all(sending)).flat();
  assertEquals(seqs(sent), sent.map((_, i) => i + 1));
  assertRising(sent);
  const got = await world.collect({ untilSeq: sent.length });
  assertEquals(envelopes(got), envelopes(sent));
});

natsTest("appends keep their order when a tail ends between them", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  for (let i = 0; i < 20; i++) {
    const tail = pool.tail({ last: 0 });
    const first = pool.append("first");
    // It gets to where it waits for the tail, and the server's answer does not get here.
    for (let turn = 0; turn < i; turn++) await null;
    await tail.return?.();
    const second = pool.append("second");
    const sent = [await first, await second];
    assertEquals(seqs(sent), [2 * i + 1, 2 * i + 2]);
    assertRising(sent);
  }
});

natsTest(
  "many writers at once lose nothing, repeat nothing, and each keeps its order",
  async () => {
    await using world = await World.create(server(), { pool: { sizeBytes: 2 ** 26 } });
    const [writers, each] = [6, 500];
    const sent = await Promise.all(Array.from({ length: writers }, async (_, writer) => {
      await using client = connect(server().url);
      const pool = await client.openPool(world.pool.name);
      const inputs = Array.from({ length: each }, (_, n) => ({ data: { writer, n } }));
      const own: Message[] = [];
      for (let at = 0; at < each; at += 50) {
        own.push(...await pool.appendMany(inputs.slice(at, at + 50)));
      }
      return own;
    }));
    const total = writers * each;
    const got = await world.collect({ untilSeq: total });
    assertEquals(seqs(got), Array.from({ length: total }, (_, i) => i + 1));
    for (const [writer, own] of sent.entries()) {
      assertRising(own);
      const read = got.filter(({ data }) => (data as { writer: number }).writer === writer);
      assertEquals(envelopes(read), envelopes(own));
    }
    assertEquals((await world.pool.info()).nextSeq, total + 1);
  },
);

natsTest("a message that is not there is not found", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  await world.fill(3);
  for (const seq of [0, -1, 4, 1.5, NaN, Infinity, 2 ** 53]) {
    const error = await assertRejects(() => pool.get(seq), NotFoundError);
    assertEquals(error.seq, seq);
  }
});

natsTest(
  "a message larger than the server takes is refused, with all that were given with it",
  async () => {
    await using world = await World.create(server(), { pool: { sizeBytes: 2 ** 24 } });
    const { pool } = world;
    // The server's default, headers included.
    const maxPayload = 2 ** 20;
    const { seq } = await pool.append("x".repeat(maxPayload - 1000));
    assertEquals((await pool.get(seq)).data, "x".repeat(maxPayload - 1000));
    const large = { data: "x".repeat(maxPayload) };
    const error = await assertRejects(() => pool.appendMany([{ data: 1 }, large]), UsageError);
    assertStringIncludes(error.message, String(maxPayload));
    assertStringIncludes(error.hint ?? "", "max_payload");
    await assertRejects(() => pool.append(1, ["t".repeat(maxPayload)]), UsageError);
    await assertRejects(() => pool.append(1, ["é".repeat(maxPayload / 5)]), UsageError);
    assertEquals((await pool.info()).nextSeq, 2);
  },
);

natsTest(
  "the server says how large messages may be, and says it again after a restart",
  async () => {
    await using own = await NatsServer.start({ config: "max_payload: 4096" });
    await using world = await World.create(own);
    const { pool } = world;
    await pool.append("x".repeat(3000));
    await assertRejects(() => pool.append("x".repeat(5000)), UsageError, "4096");
    await own.stop();
    own.config = "max_payload: 8192";
    await own.startAgain();
    await pool.append("x".repeat(3000));
    await pool.append("x".repeat(5000));
    await assertRejects(() => pool.append("x".repeat(9000)), UsageError, "too large");
  },
);

natsTest("a message larger than its pool is refused, and drops nothing", async () => {
  await using world = await World.create(server(), { pool: { sizeBytes: 8192 } });
  const { pool } = world;
  await world.fill(10);
  await assertRejects(() => pool.append("x".repeat(9000)), UsageError, "too large");
  assertEquals((await pool.info()).bounds, { oldest: 1, newest: 10 });
  // Whatever is accepted is there afterwards.
  for (const length of [6000, 7000, 7500, 7900, 8100, 8180]) {
    const sent = await pool.append("x".repeat(length)).catch((error) => {
      assert(error instanceof UsageError, String(error));
    });
    if (sent) assertEquals((await pool.get(sent.seq)).json, sent.json);
  }
});

natsTest("durability flush needs three copies, which the hint says", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  const error = await assertRejects(
    () => pool.append(1, [], { durability: "flush" }),
    UsageError,
  );
  assertStringIncludes(error.hint ?? "", "--replicas 3");
  await assertRejects(() => pool.appendMany([], { durability: "flush" }), UsageError);
  assertEquals((await pool.append(1, [], { durability: "fast" })).seq, 1);
});

natsTest("a copy keeps its time, and one that comes again is stored once", async () => {
  await using world = await World.create(server());
  const { pool } = world;
  const copies = Array.from({ length: 300 }, (_, i) => ({
    json: JsonText.parse(`{"n":${i}.0}`),
    tags: i % 2 === 0 ? ["even"] : [],
    origin: {
      time: `2020-01-02T03:04:${String(i % 60).padStart(2, "0")}.000000${100 + i}Z`,
      id: `x-${i}`,
    },
  }));
  const sent = await pool.appendMany(copies);
  assertEquals(seqs(sent), Array.from({ length: 300 }, (_, i) => i + 1));
  assertEquals(sent.map(({ time }) => time), copies.map(({ origin }) => origin.time));
  // The same again, from the middle on, and by another program; and then what is new.
  await using other = connect(server().url);
  const others = await other.openPool(pool.name);
  for (const [one, from] of [[pool, 0], [others, 150], [others, 299]] as const) {
    assertEquals(envelopes(await one.appendMany(copies.slice(from))), envelopes(sent.slice(from)));
  }
  const { time } = copies[0].origin;
  const changed = await pool.appendMany([
    { data: "another id", origin: { time, id: "y" } },
    { data: "another time", origin: { time: "2020-01-02T03:04:05Z", id: "x-0" } },
  ]);
  assertEquals(seqs(changed), [301, 302]);
  // What is not a copy goes on with the time of the clock.
  assert((await pool.append("now")).time > "2024");
  const all = await world.collect({ untilSeq: 303 });
  assertEquals(envelopes(all.slice(0, 302)), envelopes([...sent, ...changed]));
  for (const origin of [{ time, id: "" }, { time, id: "a b" }, { time: "yesterday", id: "x" }]) {
    await assertRejects(() => pool.appendMany([{ data: 1, origin }]), UsageError);
  }
  assertEquals((await pool.info()).nextSeq, 304);
});

natsTest("the same messages are the same text here and in a file", async () => {
  await using world = await World.create(server());
  using local = new ScratchClient();
  using file = local.pool("work");
  const inputs: MessageInput[] = [
    ...TEXTS.map((text, i) => ({ json: JsonText.parse(text), tags: TAGS.slice(i, i + 2) })),
    { data: { at: new Date(0), nan: NaN, none: undefined } },
  ];
  const here = await world.pool.appendMany(inputs);
  const there = file.appendMany(inputs);
  const untimed = ({ envelope, time }: Message) => envelope.replace(time, "TIME");
  assertEquals(here.map(untimed), there.map(untimed));
});

Deno.test("text that is no JSON is refused before it gets to a pool", () => {
  for (const text of ["", "{", "nul", "01", "'a'", "1 2"]) {
    assertThrows(() => JsonText.parse(text), UsageError);
  }
});

function envelopes(messages: readonly Message[]): string[] {
  return messages.map(({ envelope }) => envelope);
}

/** Times are text of one length, so they are compared as text. */
function assertRising(messages: readonly Message[]): void {
  for (let i = 1; i < messages.length; i++) assert(messages[i - 1].time < messages[i].time);
}
