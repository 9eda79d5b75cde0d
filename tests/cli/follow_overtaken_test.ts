/**
 * Followers at the edge of what is retained: rings that are exactly full, and writers
 * that are faster.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { jsonLines, Place, type Running } from "./pls.ts";

const KIB = `"${"x".repeat(1000)}"`;

/** Bytes of a frame around its payload, before padding. */
const FRAME_HEADER_BYTES = 28;

// deno-lint-ignore no-explicit-any
async function infoOf(place: Place): Promise<any> {
  return JSON.parse(await place.done("pool", "info", "jobs", "--json"));
}

Deno.test("a live follower of an exactly full ring prints nothing old", async () => {
  await using place = new Place();
  await place.done("pool", "create", "jobs", "--size", "16K");
  await place.call(["feed", "jobs"], { stdin: `${KIB}\n`.repeat(8) });
  const { free_bytes } = (await infoOf(place)).metrics.utilization;
  await place.done("feed", "jobs", `"${"y".repeat(free_bytes - FRAME_HEADER_BYTES - 2)}"`);
  assertEquals((await infoOf(place)).metrics.utilization.free_bytes, 0);
  const { code, stdout } = await place.pls("follow", "jobs", "--timeout", "100ms");
  assertEquals({ code, stdout }, { code: 124, stdout: "" });
});

/** A live follower that has printed one message and then slept through many. */
async function sleeper(place: Place): Promise<{ following: Running; lastSeen: number }> {
  await place.done("pool", "create", "jobs", "--size", "64K");
  const following = place.start("follow", "jobs", "--jsonl");
  let lastSeen: number | undefined;
  const first = following.stdout.next().then((line) => lastSeen = JSON.parse(line!).seq);
  // Nothing tells from outside that it listens: append until it says so.
  while (lastSeen === undefined) await place.done("feed", "jobs", '"awake?"');
  await first;
  const { newest } = (await infoOf(place)).bounds;
  while (lastSeen < newest) lastSeen = JSON.parse((await following.stdout.next())!).seq as number;
  following.signal("SIGSTOP");
  await place.call(["feed", "jobs"], { stdin: `${KIB}\n`.repeat(300) });
  return { following, lastSeen };
}

Deno.test("an overtaken live follower resumes at the oldest retained message", async () => {
  await using place = new Place();
  const { following, lastSeen } = await sleeper(place);
  const { oldest, newest } = (await infoOf(place)).bounds;
  assert(oldest > lastSeen + 1);
  following.signal("SIGCONT");
  for (let seq = oldest; seq <= newest; seq++) {
    assertEquals(JSON.parse((await following.stdout.next())!).seq, seq);
  }
});

Deno.test("drop notices and printed messages together account for every message", async () => {
  await using place = new Place();
  const { following, lastSeen } = await sleeper(place);
  following.signal("SIGCONT");
  // Overtaken again and again while it prints.
  const feeding = place.call(["feed", "jobs"], { stdin: `${KIB}\n`.repeat(5000) });
  const newest = jsonLines((await feeding).stdout).at(-1).seq;
  let printed = 0;
  for (let seq = 0; seq < newest; printed++) {
    const message = JSON.parse((await following.stdout.next())!);
    assert(message.seq > seq);
    seq = message.seq;
  }
  let dropped = 0;
  for (let end = lastSeen; printed + dropped < newest - lastSeen;) {
    const { notice: { details } } = JSON.parse((await following.stderr.next())!);
    assert(details.last_seen_seq >= end);
    assert(details.dropped_count < details.next_seen_seq - details.last_seen_seq);
    end = details.next_seen_seq;
    dropped += details.dropped_count;
  }
  assertEquals(printed + dropped, newest - lastSeen);
});
