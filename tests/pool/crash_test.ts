/**
 * What is left by crashes, power cuts, bit rot and hostile programs, and that nobody is
 * told anything untrue about it.
 *
 * @module
 */

import {
  CorruptError,
  type Gap,
  NotFoundError,
  PlasmiteError,
  Pool,
  UsageError,
} from "@plasmite/pool";
import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { viewOf } from "../../pool/binary.ts";
import { encodeIndexEntry } from "../../pool/index_entry.ts";
import { stateOffset } from "../../pool/state.ts";
import { stateAfterDrop } from "../../pool/plan.ts";
import type { RingFile } from "../../pool/ring.ts";
import { appendRaw, behindTheBackOf } from "./damage.ts";
import { collect, refusalOf, ScratchClient } from "./scratch.ts";

/** Changes the last byte of the frame that starts at `position` and ends at `end`. */
function spoilFrame(ring: RingFile, position: number): void {
  const bytes = new Uint8Array(8);
  ring.readRing(bytes, position + 24);
  bytes[4] ^= 0x55;
  ring.writeRing(bytes, position + 24);
}

function spoilNewestState(path: string): void {
  behindTheBackOf(path, (ring, { generation }) => {
    ring.write({ offset: stateOffset(generation), bytes: new Uint8Array(64) });
  });
}

Deno.test("a torn newest state costs no message that was written", async () => {
  using client = new ScratchClient();
  {
    using pool = client.pool("torn");
    for (const mark of ["a", "b", "c"]) pool.append(mark);
  }
  spoilNewestState(client.path("torn"));
  using pool = client.openPool("torn");
  assertEquals(pool.append("d").seq, 4);
  const got = await collect(pool.tail({ maxMessages: 4, gapPolicy: "error" }));
  assertEquals(got.map((message) => message.data), ["a", "b", "c", "d"]);
});

Deno.test("a newest state damaged under an open writer costs no message and gives no number twice", () => {
  using client = new ScratchClient();
  using pool = client.pool("torn-later");
  for (const mark of ["a", "b"]) pool.append(mark);
  spoilNewestState(client.path("torn-later"));
  assertEquals(pool.append("c").seq, 3);
  assertEquals([1, 2, 3].map((seq) => pool.get(seq).data), ["a", "b", "c"]);
});

Deno.test("a writer that opens a pool leaves its newest message alone, whatever its size", () => {
  using client = new ScratchClient();
  for (const length of [1, 10_000, 20_000, 300_000]) {
    const name = `sized-${length}`;
    client.pool(name).append("x".repeat(length));
    using pool = client.openPool(name);
    assertEquals(pool.append("next").seq, 2);
    assertEquals(pool.get(1).json.length, length + 2);
  }
});

Deno.test("a newest frame that is not the one the state speaks of is given up", async () => {
  using client = new ScratchClient();
  {
    using pool = client.pool("other");
    for (const mark of ["a", "b"]) pool.append(mark);
  }
  behindTheBackOf(client.path("other"), (ring, state) => {
    const lastTime = { ...state.lastTime, seconds: state.lastTime.seconds + 1 };
    ring.writeState({ ...state, generation: state.generation + 1, lastTime });
  });
  using pool = client.openPool("other");
  assertEquals(pool.append("c").seq, 3);
  const gaps: Gap[] = [];
  const got = await collect(pool.tail({ maxMessages: 2, onGap: (gap) => gaps.push(gap) }));
  assertEquals(got.map((message) => message.data), ["a", "c"]);
  assertEquals(gaps, [{ fromSeq: 2, toSeq: 2, count: 1, reason: "damage" }]);
});

Deno.test("frames and index entries of numbers long given up are no end to go back to", () => {
  using client = new ScratchClient();
  client.createPool("stale", { sizeBytes: 8192, indexCapacity: 32 });
  {
    using pool = client.openPool("stale");
    for (let i = 1; i <= 12; i++) pool.append({ i, fill: "x".repeat(90) });
  }
  behindTheBackOf(client.path("stale"), (ring, state) => {
    // As if the messages from 100 on, all of them lost, had been written over them.
    spoilFrame(ring, state.newest);
    ring.writeState({ ...state, generation: state.generation + 1, oldestSeq: 100, nextSeq: 103 });
  });
  using pool = client.openPool("stale");
  assertEquals(pool.append("next").seq, 103);
  assertEquals(client.openPool("stale").get(103).data, "next");
  assertEquals(pool.info().bounds, { oldest: 103, newest: 103 });
});

Deno.test("an index entry that misleads costs time and no answer", async () => {
  using client = new ScratchClient();
  client.createPool("index", { sizeBytes: 64 * 1024, indexCapacity: 64 });
  using pool = client.openPool("index");
  const sent = Array.from({ length: 300 }, (_, i) => pool.append({ i, fill: "x".repeat(90) }));
  behindTheBackOf(pool.path, (ring) => {
    for (let number = 1; number < 40; number++) {
      const entry = ring.readIndexEntry(number);
      if (entry === undefined) continue;
      const bytes = new Uint8Array(32);
      const wrong = { ...entry, seq: Math.max(1, entry.seq - 20), time: { seconds: 1, nanos: 0 } };
      encodeIndexEntry(wrong, number, ring.identity.seed, bytes, 0);
      if (number % 2 === 0) bytes.fill(0, 24);
      ring.write({ offset: 4096 + number * 32, bytes });
    }
  });
  for (const message of sent) {
    assertEquals(pool.get(message.seq).json, message.json);
    const [first] = await collect(pool.tail({ since: message.time, maxMessages: 1 }));
    assertEquals(first.seq, message.seq);
  }
});

Deno.test("a reader overtaken into an empty ring is told of retention, not of damage", async () => {
  using client = new ScratchClient();
  using pool = client.pool("empty");
  for (let i = 1; i <= 5; i++) pool.append(i);
  const gaps: Gap[] = [];
  const tail = pool.tail({ sinceSeq: 2, onGap: (gap) => gaps.push(gap) });
  behindTheBackOf(pool.path, (ring, state) => {
    ring.writeState(stateAfterDrop(state, state.head, state.nextSeq));
  });
  const next = tail.next();
  await pool.tail({ timeoutMs: 20 }).next();
  pool.append(6);
  assertEquals((await next).value.seq, 6);
  assertEquals(gaps, [{ fromSeq: 2, toSeq: 5, count: 4, reason: "retention" }]);
  await tail.return!();
});

Deno.test("a damaged message is called damaged wherever a tail starts", async () => {
  using client = new ScratchClient();
  using pool = client.pool("starts");
  const places: number[] = [];
  for (let i = 1; i <= 5; i++) {
    behindTheBackOf(pool.path, (_, { head }) => places.push(head));
    pool.append(`message ${i}`);
  }
  behindTheBackOf(pool.path, (ring) => spoilFrame(ring, places[2]));
  for (const options of [{ sinceSeq: 3 }, { last: 3 }, {}]) {
    const gaps: Gap[] = [];
    const tail = pool.tail({ ...options, maxMessages: 2, onGap: (gap) => gaps.push(gap) });
    await collect(tail);
    const damage = { fromSeq: 3, toSeq: 3, count: 1, reason: "damage" };
    assertEquals(gaps, "sinceSeq" in options || "last" in options ? [damage as Gap] : []);
  }
  behindTheBackOf(pool.path, (ring) => spoilFrame(ring, places[0]));
  const gaps: Gap[] = [];
  await collect(pool.tail({ maxMessages: 1, onGap: (gap) => gaps.push(gap) }));
  assertEquals(gaps, [{ fromSeq: 1, toSeq: 1, count: 1, reason: "damage" }]);
});

Deno.test("a frame of the right checksum with nonsense in it is Corrupt", async () => {
  using client = new ScratchClient();
  using pool = client.pool("nonsense");
  appendRaw(pool.path, "{not json", "{bad");
  assertThrows(() => pool.get(1), CorruptError);
  appendRaw(pool.path, "", "{bad");
  assertThrows(() => pool.get(2).data, CorruptError, "does not hold JSON");
  const tail = pool.tail({ tags: ["x"] });
  try {
    await tail.next();
    assert(false, "the tail took nonsense for tags");
  } catch (error) {
    assert(error instanceof CorruptError);
  }
});

Deno.test("a ring full of what looks like frames does not keep a reader busy for ever", () => {
  using client = new ScratchClient();
  client.createPool("hostile", { sizeBytes: 1024 * 1024 });
  const path = client.path("hostile");
  behindTheBackOf(path, (ring, state) => {
    const { ringBytes } = ring.layout;
    const bytes = new Uint8Array(ringBytes);
    const view = viewOf(bytes);
    for (let at = 0; at + 24 <= ringBytes; at += 24) {
      view.setUint32(at + 4, 500_000, true);
      view.setUint32(at + 8, 1 + at / 24, true);
    }
    ring.writeRing(bytes, 0);
    ring.writeState({
      ...state,
      generation: state.generation + 1,
      head: ringBytes,
      newest: ringBytes - 64,
      nextSeq: 1_000_000,
    });
  });
  const start = performance.now();
  using pool = client.openPool("hostile");
  assertEquals(pool.info().bounds, { oldest: 1, newest: 999_999 });
  assertThrows(() => pool.get(500), CorruptError);
  // Without a budget this takes minutes.
  assertLess(performance.now() - start, 60_000);
});

Deno.test("much damage keeps a tail from nothing else, and a search ends", async () => {
  using client = new ScratchClient();
  client.createPool("damaged", { sizeBytes: 8 * 2 ** 30 });
  using pool = client.openPool("damaged");
  pool.append("first");
  behindTheBackOf(client.path("damaged"), (ring, state) => {
    // As if all but the first message had been lost with their blocks.
    const head = ring.layout.ringBytes;
    const newest = head - 64;
    ring.writeState({ ...state, generation: state.generation + 1, head, newest, nextSeq: 10 ** 6 });
  });
  assertEquals(pool.get(1).data, "first");
  assertThrows(() => pool.get(500), CorruptError);
  let timers = 0;
  const timer = setInterval(() => timers++, 10);
  const got = await collect(pool.tail({ timeoutMs: 1000 }));
  clearInterval(timer);
  assertEquals(got.map((message) => message.data), ["first"]);
  assert(timers > 5, "the tail let nothing else run");
});

Deno.test("a deleted pool that still has a name counts as absent, until that is deleted", () => {
  using client = new ScratchClient();
  using pool = client.pool("one");
  Deno.linkSync(pool.path, client.path("two"));
  client.deletePool("one");
  assertThrows(() => client.openPool("two"), NotFoundError, "not found");
  assertEquals(client.listPools(), []);
  for (const create of [() => client.pool("two"), () => client.createPool("two")]) {
    const { hint } = assertThrows(create, PlasmiteError);
    assertStringIncludes(hint!, "pls pool delete");
  }
  client.deletePool("two");
  using anew = client.pool("two");
  assertEquals(anew.append("anew").seq, 1);
});

Deno.test("a deletion that fails leaves the pool as it was, and nobody is told of one", () => {
  using client = new ScratchClient();
  using pool = client.pool("stays");
  pool.append("kept");
  const before = Deno.readFileSync(pool.path);
  const removeSync = Deno.removeSync;
  Deno.removeSync = () => {
    throw new Deno.errors.PermissionDenied("no");
  };
  try {
    assertThrows(() => client.deletePool("stays"), Error, "permission denied");
  } finally {
    Deno.removeSync = removeSync;
  }
  assertEquals(Deno.readFileSync(pool.path), before);
  assertEquals(pool.append("goes on").seq, 2);
});

Deno.test("a disk too full for the mark does not keep a pool from being deleted", async () => {
  using client = new ScratchClient();
  using pool = client.pool("full");
  using reader = client.openPool("full");
  const { writeSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.writeSync = () => {
    throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
  };
  try {
    client.deletePool("full");
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
  }
  assertThrows(() => pool.append("to nobody"), NotFoundError);
  await assertRejects(() => reader.tail().next(), NotFoundError, "deleted");
  assertEquals([...Deno.readDirSync(client.dir)], []);
});

Deno.test("a deletion is told to open writers at once, so that nothing is taken in that is gone", () => {
  using client = new ScratchClient();
  using pool = client.pool("told");
  // It has just looked for its file, and will not look again for a moment.
  pool.append(1);
  client.deletePool("told");
  assertThrows(() => pool.append(2), NotFoundError, "deleted");
});

Deno.test("an open writer notices that its file was removed or replaced", async () => {
  using client = new ScratchClient();
  using pool = client.pool("unlinked");
  pool.append(1);
  Deno.removeSync(pool.path);
  assert(await refusalOf(pool) instanceof NotFoundError);

  using reader = client.pool("copied");
  Deno.copyFileSync(reader.path, `${client.dir}/copy`);
  Deno.renameSync(`${client.dir}/copy`, reader.path);
  assertThrows(() => reader.append("to the copy"), NotFoundError);
});

Deno.test("data whose toJSON appends as well goes in whole, each in its place", () => {
  using client = new ScratchClient();
  using pool = client.pool("nested");
  const sent = pool.append({
    toJSON() {
      pool.append("inner");
      return "outer";
    },
  });
  assertEquals([pool.get(1).data, pool.get(2).data], ["inner", "outer"]);
  assertEquals(sent.seq, 2);
});

Deno.test("an index with very few entries gives up little more than it must", () => {
  for (const indexCapacity of [0, 1, 2, 4]) {
    using client = new ScratchClient();
    client.createPool("few", { sizeBytes: 64 * 1024, indexCapacity });
    using pool = client.openPool("few");
    let fewestUsed = Infinity;
    for (let i = 0; i < 2000; i++) {
      pool.append("x".repeat(100));
      if (i > 600) fewestUsed = Math.min(fewestUsed, pool.info().usedBytes);
    }
    assert(fewestUsed > 0.9 * pool.info().ringSizeBytes, `${indexCapacity}: ${fewestUsed}`);
  }
});

Deno.test("what is no message, no tags or no pool name is a usage error", () => {
  using client = new ScratchClient();
  using pool = client.pool("typed");
  for (const input of [5, null, { json: "1" }, { data: 1, tags: 5 }, { data: 1, tags: "abc" }]) {
    assertThrows(() => pool.appendMany([input as unknown as { data: 1 }]), UsageError);
  }
  assertThrows(() => client.pool(""), UsageError, "empty");
  assertThrows(() => new Pool(pool.path, { lockTimeoutMs: NaN }), UsageError);
});
