import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CorruptError, NotFoundError } from "../../pool/mod.ts";
import { diagnosePool, repairPool } from "../../pool/maintenance.ts";
import { envelopes, filledPool, offsetOf, spoil } from "./damage.ts";
import { ScratchClient } from "./scratch.ts";

const BOTH_STATES = [520, 1032];
const LIMITS = 85;

/** The files in a directory, without the lock files that pools have on Windows. */
function fileNames({ dir }: { dir: string }): string[] {
  const names = Array.from(Deno.readDirSync(dir), ({ name }) => name);
  return names.filter((name) => !name.endsWith(".lock"));
}

Deno.test("a repair keeps every intact message, wherever bytes were changed", () => {
  const places = fc.uniqueArray(fc.integer({ min: 128, max: 65_535 }), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 900 }), places, (count, offsets) => {
      using client = new ScratchClient();
      const { path, messages } = filledPool(client, "any", count);
      spoil(path, offsets);
      const intact = messages.filter(({ covers }) => !offsets.some(covers))
        .map(({ message }) => message.envelope);
      const { keptCount } = repairPool(path);
      const kept = envelopes(client, "any");
      assertEquals(kept.length, keptCount);
      // Without states, some that were given up may be back.
      assertEquals(intact.length === 0 ? [] : kept.slice(-intact.length), intact);
      assertEquals(diagnosePool(path).issues, []);
      using pool = client.openPool("any");
      assertEquals(pool.append("goes on").seq, count + 1);
    }),
    { numRuns: 40, seed: 20261122 },
  );
});

Deno.test("no damage to the identity block alone costs a message", () => {
  // Bytes 4 to 7 are the file version: another one is another program's.
  const offset = fc.integer({ min: 0, max: 127 }).filter((at) => at < 4 || at > 7);
  const offsets = fc.uniqueArray(offset, { minLength: 1, maxLength: 124 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600 }), offsets, (count, offsets) => {
      using client = new ScratchClient();
      const { path, messages } = filledPool(client, "identity", count);
      spoil(path, offsets);
      repairPool(path);
      const expected = messages.map(({ message }) => message.envelope);
      assertEquals(envelopes(client, "identity"), expected);
    }),
    { numRuns: 30, seed: 20261122 },
  );
});

Deno.test("a wrong size in the header does not make a repair take a wrong layout", () => {
  // Byte 17 is one of the file size; with 474 messages the ring has come round.
  for (const count of [473, 474, 600]) {
    using client = new ScratchClient();
    const { path, messages } = filledPool(client, "size", count);
    spoil(path, [17]);
    assertEquals(repairPool(path).lostCount, 0);
    assertEquals(envelopes(client, "size"), messages.map(({ message }) => message.envelope));
  }
});

Deno.test("a repair without identity needs no more than one of the messages", () => {
  for (const lost of [[19], [0], [0, 19]]) {
    using client = new ScratchClient();
    const { path, messages } = filledPool(client, "ends", 20);
    const texts = lost.map((i) => offsetOf(path, `{"i":${i}`) + 3);
    spoil(path, [LIMITS, ...texts]);
    repairPool(path);
    const kept = messages.filter((_, i) => !lost.includes(i));
    assertEquals(envelopes(client, "ends"), kept.map(({ message }) => message.envelope));
  }
});

Deno.test("a wrong index capacity in the header costs no message, whatever the right one is", () => {
  for (const indexCapacity of [0, 1, 63, 64, 100]) {
    using client = new ScratchClient();
    client.createPool("index", { sizeBytes: 10_001, indexCapacity });
    {
      using pool = client.openPool("index");
      for (let i = 0; i < 150; i++) pool.append({ i, fill: "x".repeat(i * 7 % 100) });
    }
    const before = envelopes(client, "index");
    spoil(client.path("index"), [24]);
    assertEquals(repairPool(client.path("index")).lost, [], `${indexCapacity}`);
    assertEquals(envelopes(client, "index"), before);
  }
});

Deno.test("a repair prefers a state that is left to one that it guesses", () => {
  using client = new ScratchClient();
  client.createPool("index", { sizeBytes: 8192, indexCapacity: 0 });
  {
    using pool = client.openPool("index");
    for (let i = 0; i < 100; i++) pool.append({ i, fill: "x".repeat(i * 7 % 200) });
  }
  const before = envelopes(client, "index");
  // The magic number, and the capacity of the index.
  spoil(client.path("index"), [0, 24]);
  assertEquals(repairPool(client.path("index")).lost, []);
  assertEquals(envelopes(client, "index"), before);
});

Deno.test("a repair works without identity, without states, and without one of two", () => {
  const cases: { name: string; offsets: number[]; keepsId: boolean }[] = [
    { name: "magic", offsets: [0], keepsId: true },
    { name: "limits", offsets: [LIMITS], keepsId: true },
    { name: "id", offsets: [60], keepsId: false },
    { name: "id and capacity", offsets: [60, 24], keepsId: false },
    { name: "one state", offsets: [520], keepsId: true },
    { name: "other state", offsets: [1032], keepsId: true },
    { name: "states", offsets: BOTH_STATES, keepsId: false },
    { name: "states and limits", offsets: [...BOTH_STATES, LIMITS], keepsId: false },
    { name: "id and one state", offsets: [60, 520], keepsId: false },
  ];
  for (const count of [1, 3, 50, 3000]) {
    for (const { name, offsets, keepsId } of cases) {
      using client = new ScratchClient();
      const { path, messages } = filledPool(client, "damaged", count);
      const { id } = client.poolInfo("damaged");
      spoil(path, offsets);
      repairPool(path);
      const kept = envelopes(client, "damaged");
      const expected = messages.map(({ message }) => message.envelope);
      // Without states, some that were given up may be back.
      assertEquals(kept.slice(-expected.length), expected, `${name} of ${count}`);
      assertEquals(diagnosePool(path).issues, [], name);
      assertEquals(client.poolInfo("damaged").id === id, keepsId, name);
      using pool = client.openPool("damaged");
      assertEquals(pool.append(1).seq, count + 1);
    }
  }
});

Deno.test("a repair takes in what is left of a file that was cut short or has grown", () => {
  for (const sizeBytes of [70_000, 40_000, 5_500, 4_200, 600, 128]) {
    using client = new ScratchClient();
    const { path, messages } = filledPool(client, "sized", 400);
    Deno.truncateSync(path, sizeBytes);
    const { keptCount } = repairPool(path);
    const kept = envelopes(client, "sized");
    assertEquals(kept, messages.slice(0, keptCount).map(({ message }) => message.envelope));
    assertEquals(keptCount === messages.length, sizeBytes > 65_536, `${sizeBytes}`);
    assertEquals(Deno.statSync(path).size, 65_536);
    assertEquals(diagnosePool(path).issues, []);
  }
});

Deno.test("a repair keeps a copy of the file as it was, and overwrites none", () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "copied", 20);
  spoil(path, BOTH_STATES);
  const before = Deno.readFileSync(path);
  const { snapshotPath } = repairPool(path);
  assertEquals(Deno.readFileSync(snapshotPath), before);
  assert(/copied\.plasmite\.\d{8}T\d{9}Z\.bak$/.test(snapshotPath), snapshotPath);
  const again = repairPool(path).snapshotPath;
  assert(again !== snapshotPath);
  assertEquals(Deno.readFileSync(snapshotPath), before);
  assertEquals(fileNames(client).length, 3);
});

Deno.test("who has the damaged pool open is told that it was replaced", async () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "open", 20);
  using writer = client.openPool("open");
  writer.append("last");
  const tail = writer.tail({ last: 0, timeoutMs: 20_000 });
  const next = tail.next();
  spoil(path, [offsetOf(path, '{"i":4') + 3]);
  const { lost } = repairPool(path);
  assertEquals(lost, [{ fromSeq: 5, toSeq: 5 }]);
  assertThrows(() => writer.append("to the old file"), NotFoundError);
  await assertRejects(() => next, NotFoundError);
  assertEquals(client.openPool("open").get(21).data, "last");
});

Deno.test("a message lost at the end does not have its number given out again", () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "end", 20);
  spoil(path, [offsetOf(path, '{"i":19') + 3]);
  assertEquals(repairPool(path).lost, [{ fromSeq: 20, toSeq: 20 }]);
  assertEquals(diagnosePool(path).issues, []);
  assertEquals(client.openPool("end").append("next").seq, 21);
});

Deno.test("a file that nothing tells the pool of is left as it is", () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "hopeless", 20);
  spoil(path, [...BOTH_STATES, 60]);
  const before = Deno.readFileSync(path);
  assertThrows(() => repairPool(path), CorruptError);
  assertEquals(Deno.readFileSync(path), before);
  assertEquals(fileNames(client).length, 1);
});
