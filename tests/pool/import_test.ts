import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Gap, type ImportLine, JsonText, UsageError } from "../../pool/mod.ts";
import { diagnosePool, exportMessages, importMessages } from "../../pool/maintenance.ts";
import { parseEnvelope } from "../../pool/envelope.ts";
import { filledPool, offsetOf, spoil } from "./damage.ts";
import { ageState, ScratchClient } from "./scratch.ts";

function lines(...texts: string[]): ImportLine[] {
  return texts.map((text, index) => ({ number: index + 1, text }));
}

function exported(path: string): string[] {
  const decoder = new TextDecoder();
  const text = Array.from(exportMessages(path), (bytes) => decoder.decode(bytes)).join("");
  return text.split("\n").slice(0, -1);
}

function envelope(seq: number, second = seq): string {
  const time = new Date(second * 1000).toISOString();
  return `{"seq":${seq},"time":"${time}","meta":{"tags":["a"]},"data":${seq}}`;
}

Deno.test("what was exported and imported again is the same to the byte", () => {
  using client = new ScratchClient();
  const { path, messages } = filledPool(client, "from", 900);
  const text = exported(path);
  assertEquals(text, messages.map(({ message }) => message.envelope));
  client.createPool("to", { sizeBytes: 8192 * 40, indexCapacity: 0 });
  const summary = importMessages(client.path("to"), lines(...text));
  assertEquals([summary.count, summary.renumbered, summary.movedTimes], [text.length, false, 0]);
  assertEquals(exported(client.path("to")), text);
  assertEquals(client.openPool("to").append("next").seq, 901);
});

Deno.test("an import into a small pool keeps the newest", () => {
  using client = new ScratchClient();
  const text = exported(filledPool(client, "from", 500).path);
  client.createPool("small", { sizeBytes: 8192 });
  importMessages(client.path("small"), lines(...text));
  const kept = exported(client.path("small"));
  assertEquals(kept, text.slice(-kept.length));
  assertEquals(diagnosePool(client.path("small")).issues, []);
});

Deno.test("numbers that are missing stay missing, and lookups find the others", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 3000 }), { maxLength: 400 }),
      (numbers) => {
        using client = new ScratchClient();
        client.createPool("gaps", { sizeBytes: 64 * 1024, indexCapacity: 200 });
        const path = client.path("gaps");
        const seqs = numbers.sort((a, b) => a - b);
        importMessages(path, lines(...seqs.map((seq) => envelope(seq))));
        const { issues, warnings } = diagnosePool(path);
        assertEquals(issues, []);
        assertEquals(warnings.filter((warning) => warning.includes("index")), []);
        using pool = client.openPool("gaps");
        for (const seq of seqs) assertEquals(pool.get(seq).data, seq);
        assertEquals(exported(path).length, seqs.length);
      },
    ),
    { numRuns: 20, seed: 20261122 },
  );
});

Deno.test("a pool that gave out higher numbers gives new ones, and keeps the times", () => {
  using client = new ScratchClient();
  client.createPool("used");
  ageState(client.path("used"), { position: 800, seq: 10 });
  const summary = importMessages(client.path("used"), lines(envelope(3), envelope(5)));
  assertEquals(summary, { count: 2, firstSeq: 10, lastSeq: 11, renumbered: true, movedTimes: 0 });
  assertEquals(client.openPool("used").get(11).time, "1970-01-01T00:00:05.000000000Z");
});

Deno.test("a pool with messages is imported into only to append, with new numbers", () => {
  using client = new ScratchClient();
  const path = client.path("full");
  const { time } = client.pool("full").append("there");
  const input = lines(envelope(7), envelope(9));
  assertThrows(() => importMessages(path, input), UsageError, "the pool holds messages");
  const summary = importMessages(path, input, { append: true });
  assertEquals(summary, { count: 2, firstSeq: 2, lastSeq: 3, renumbered: true, movedTimes: 2 });
  using pool = client.openPool("full");
  assertEquals([pool.get(3).data, pool.get(3).tags, pool.get(3).time > time], [9, ["a"], true]);
});

Deno.test("a bad line is named, and what precedes it is in the pool", () => {
  const bad: [string, RegExp][] = [
    ["{", /invalid JSON/],
    ["[1]", /no JSON object/],
    ["{}", /no data/],
    [envelope(0, 1), /seq is no whole number/],
    [envelope(9).replace("1970", "1969"), /time is no RFC 3339 time/],
    [envelope(9).replace('["a"]', "[1]"), /tags is no array of strings/],
    [envelope(2), /message 2 can't follow message 2/],
    [
      `{"seq":9,"time":"1970-01-01T00:01:00Z","meta":{"tags":[]},"data":"${"x".repeat(9000)}"}`,
      /too large/,
    ],
  ];
  for (const [text, message] of bad) {
    using client = new ScratchClient();
    client.createPool("bad", { sizeBytes: 8192 });
    const path = client.path("bad");
    const input = lines(envelope(1), "", envelope(2), text, envelope(99));
    const error = assertThrows(() => importMessages(path, input), UsageError);
    assertMatch(error.message, /^line 4: /);
    assertMatch(error.message, message);
    assertMatch(error.hint!, /2 messages before it were imported/);
    assertEquals(exported(path).length, 2);
  }
});

Deno.test("an envelope is read in any order of keys, its data to the letter", () => {
  const data = '{"b":12345678901234567890,"a":[1.0,{"data":"}],:"}],"é":"\\u0041"}';
  const text = `{"data": ${data}, "x":{"seq":1}, "meta":{"tags":["]}"],"data":0},` +
    `"seq":4,"time":"2026-01-01T01:00:00.5+01:00"}`;
  assertEquals(parseEnvelope(text), {
    seq: 4,
    time: { seconds: Date.UTC(2026, 0, 1) / 1000, nanos: 500_000_000 },
    tags: ["]}"],
    json: JsonText.parse(data),
  });
});

Deno.test("an export tells of what is missing", () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "holes", 10);
  spoil(path, [offsetOf(path, '{"i":4') + 3, offsetOf(path, '{"i":9') + 3]);
  const gaps: Gap[] = [];
  const count = [...exportMessages(path, { onGap: (gap) => gaps.push(gap) })].length;
  assertEquals(gaps.map(({ fromSeq, reason }) => [fromSeq, reason]), [[5, "damage"], [
    10,
    "damage",
  ]]);
  assertEquals(count, 2);
});
