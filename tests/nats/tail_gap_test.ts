/**
 * What a pool has dropped is told to who asked for it, once and where it was.
 *
 * @module
 */

import { type Gap, type Message, RetentionGapError } from "@plasmite/pool";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { compareTimes, now, parseTime } from "../../pool/internal_mod.ts";
import { ScratchClient, seqs } from "../pool/scratch.ts";
import { eventually } from "../server/eventually.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { copyInFile, World } from "./world.ts";

const server = sharedServer();

/** A pool that kept messages 21 to 30. */
async function overfilled(): Promise<World> {
  const world = await World.create(server(), { pool: { maxMessages: 10 } });
  await world.fill(30);
  return world;
}

natsTest("a gap is told once, before the message that follows it", async () => {
  await using world = await overfilled();
  const told: (Gap | number)[] = [];
  const onGap = (gap: Gap) => told.push(gap);
  for await (const { seq } of world.pool.tail({ sinceSeq: 3, untilSeq: 22, onGap })) told.push(seq);
  assertEquals(told, [{ fromSeq: 3, toSeq: 20, count: 18, reason: "retention" }, 21, 22]);
});

natsTest("who did not ask for what is gone is told of no gap", async () => {
  await using world = await overfilled();
  const gaps: Gap[] = [];
  const onGap = (gap: Gap) => gaps.push(gap);
  for (const start of [{}, { last: 100 }, { since: "1h" }, { last: 100, tags: ["third"] }]) {
    const got = await world.collect({ ...start, untilSeq: 30, gapPolicy: "error", onGap });
    assertEquals(got[0].seq, 21);
  }
  assertEquals(gaps, []);
});

natsTest("of a part that is gone altogether there is only the gap, up to untilSeq", async () => {
  await using world = await overfilled();
  const gaps: Gap[] = [];
  const onGap = (gap: Gap) => gaps.push(gap);
  assertEquals(await world.collect({ sinceSeq: 2, untilSeq: 5, onGap }), []);
  assertEquals(gaps, [{ fromSeq: 2, toSeq: 5, count: 4, reason: "retention" }]);
});

natsTest("a gap ends a tail that insists on every message, message 0 included", async () => {
  await using world = await overfilled();
  for (const sinceSeq of [0, 3, 20]) {
    const error = await assertRejects(
      () => world.collect({ sinceSeq, gapPolicy: "error" }),
      RetentionGapError,
    );
    assertEquals([error.seq, error.path], [sinceSeq, world.pool.name]);
  }
  const kept = await world.collect({ sinceSeq: 21, untilSeq: 30, gapPolicy: "error" });
  assertEquals(kept.length, 10);
});

natsTest("maxMessages ends a tail before a gap behind its last message", async () => {
  await using world = await World.create(server());
  await world.fill(4);
  await world.bare.manager.streams.deleteMessage(world.bare.stream, 3);
  const gaps: Gap[] = [];
  const onGap = (gap: Gap) => gaps.push(gap);
  assertEquals(seqs(await world.collect({ maxMessages: 2, onGap })), [1, 2]);
  assertEquals(gaps, []);
  assertEquals(seqs(await world.collect({ maxMessages: 3, gapPolicy: "continue", onGap })), [
    1,
    2,
    4,
  ]);
  assertEquals(gaps, [{ fromSeq: 3, toSeq: 3, count: 1, reason: "retention" }]);
});

natsTest("filters hide no gap and make none", async () => {
  await using world = await overfilled();
  const gaps: Gap[] = [];
  const onGap = (gap: Gap) => gaps.push(gap);
  const options = { sinceSeq: 20, untilSeq: 30, tags: ["third"], onGap };
  assertEquals(seqs(await world.collect(options)), [21, 24, 27, 30]);
  assertEquals(gaps, [{ fromSeq: 20, toSeq: 20, count: 1, reason: "retention" }]);
});

natsTest("a reader that is overtaken is told what it missed, and nothing twice", async () => {
  await using world = await World.create(server(), { pool: { maxMessages: 300 } });
  // More than a tail holds in memory comes between two steps of it.
  const fillLength = 20_000;
  await world.fill(300, fillLength);
  const total = 6000;
  const gaps: Gap[] = [];
  const options = { sinceSeq: 1, untilSeq: total, onGap: (gap: Gap) => gaps.push(gap) };
  let [expected, read, last] = [1, 0, 300];
  for await (const batch of world.pool.tailBatches(options)) {
    for (const { seq } of batch.messages()) {
      for (const { fromSeq, toSeq, count, reason } of gaps.splice(0)) {
        assertEquals([fromSeq, count, reason], [expected, toSeq - fromSeq + 1, "retention"]);
        expected = toSeq + 1;
      }
      assertEquals(seq, expected++);
      read++;
    }
    if (last < total) await world.fill(Math.min(1000, total - last), fillLength);
    last = Math.min(total, last + 1000);
  }
  for (const { fromSeq, toSeq } of gaps) {
    assertEquals(fromSeq, expected);
    expected = toSeq + 1;
  }
  assertEquals(expected, total + 1);
  assert(read < total, "it was never overtaken");
});

natsTest(
  "nextSeq of batches is where another tail goes on, with nothing lost or twice",
  async () => {
    await using world = await World.create(server());
    const sent = await world.fill(700);
    await world.bare.manager.streams.deleteMessage(world.bare.stream, 300);
    const wanted = sent.filter(({ seq }) => seq % 3 === 0 && seq !== 300);
    const got: Message[] = [];
    let sinceSeq: number | undefined = 1;
    for (let tails = 0; sinceSeq !== undefined && sinceSeq <= 700 && tails < 1000; tails++) {
      const batches = world.pool.tailBatches({ sinceSeq, untilSeq: 700, tags: ["third"] });
      const { value, done } = await batches.next();
      if (!done) got.push(...value.messages());
      sinceSeq = batches.nextSeq;
      await batches.return?.();
    }
    assertEquals(seqs(got), seqs(wanted));
  },
);

natsTest("a batch's lines are those of a file, byte for byte", async () => {
  await using world = await World.create(server());
  using local = new ScratchClient();
  const { pool } = world;
  await pool.appendMany([
    { data: { a: [1, "é"], "日": "🎈" }, tags: ["x", 'quo"te', "é\u0000日🎈"] },
    { data: null },
    { data: "y".repeat(5000), tags: ["", "]},"] },
  ]);
  await world.bare.publish('{ "x" : 1.0,\n"y":[ ] }');
  // It has the time of the server, whose clock may be ahead of ours: a file has no such order.
  const { time } = await pool.get(4);
  await eventually("it is later here", () => compareTimes(now(), parseTime(time)!) > 0);
  await world.fill(500);
  const file = copyInFile(local, await world.collect({ untilSeq: 504 }));
  for (const options of [{}, { dataOnly: true }, { dataOnly: false }]) {
    for (const tail of [{}, { tags: ["third"] }, { sinceSeq: 2, where: ".seq < 400" }]) {
      const [here, there] = await Promise.all([pool, file].map(async (one) => {
        const lines: number[] = [];
        for await (const batch of one.tailBatches({ ...tail, untilSeq: 504 })) {
          lines.push(...batch.jsonLines(options));
          assertEquals(batch.length, batch.messages().length);
        }
        return new Uint8Array(lines);
      }));
      assertEquals(here, there);
      assert(here.length > 1000);
    }
  }
});
