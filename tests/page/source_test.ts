/**
 * Parts of the page that need no browser.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { type Entry, parseGap, parseMessage } from "../../server/page/source/entry.ts";
import { formatAge, formatBytes, parseBytes } from "../../server/page/source/format.ts";
import { MAX_ROWS, MessageBuffer } from "../../server/page/source/message_buffer.ts";
import { prettyPieces } from "../../server/page/source/pretty_json.ts";
import { RateMeter } from "../../server/page/source/rate_meter.ts";
import { EventReader } from "../../server/page/source/server_sent_events.ts";
import { parseStart } from "../../server/page/source/stream_start.ts";

const notices = (count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => ({ kind: "notice", text: String(index) }));

Deno.test("events are whole wherever the stream is cut", () => {
  const text =
    'event: message\ndata: {"a":1}\n\n: alive\n\nevent: gap\ndata: x\ndata: y\n\ndata:z\n\n';
  const events = [
    { type: "message", data: '{"a":1}' },
    { type: "gap", data: "x\ny" },
    { type: "message", data: "z" },
  ];
  for (let cut = 0; cut <= text.length; cut++) {
    const reader = new EventReader();
    assertEquals([...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))], events);
  }
});

Deno.test("an envelope is taken apart without touching its data", () => {
  const tags = ["a", "],", 'q"\\', "}"];
  const envelope = `{"seq":7,"time":"2026-01-31T00:00:00.000000001Z","meta":{"tags":${
    JSON.stringify(tags)
  }},"data":{"data":1e400,"n":12345678901234567890}}`;
  const message = parseMessage(envelope);
  assertEquals([message.seq, message.tags], [7, tags]);
  assertEquals(message.data, '{"data":1e400,"n":12345678901234567890}');
  assertThrows(() => parseMessage('{"error":{}}'));
});

Deno.test("a gap is read", () => {
  const gap = '{"gap":{"from_seq":1,"to_seq":3,"count":3,"reason":"retention"}}';
  assertEquals(parseGap(gap), { kind: "gap", fromSeq: 1, toSeq: 3, reason: "retention" });
});

Deno.test("laid out JSON has the same values, and is laid out as everyone does", () => {
  for (const value of [{}, [], "a", 1, [[], {}], { a: [1, { b: null }], 'c":{': "[,]" }]) {
    const text = prettyPieces(JSON.stringify(value)).map(({ text }) => text).join("");
    assertEquals(text, JSON.stringify(value, null, 2));
  }
  const kinds = prettyPieces('{"k":["s",-1.50e3,true]}').filter(({ kind }) => kind !== "plain");
  assertEquals(kinds, [
    { kind: "key", text: '"k"' },
    { kind: "string", text: '"s"' },
    { kind: "number", text: "-1.50e3" },
    { kind: "word", text: "true" },
  ]);
});

Deno.test("the buffer keeps the newest rows, and what comes while it is held still", () => {
  const buffer = new MessageBuffer();
  buffer.add(notices(MAX_ROWS + 5));
  assertEquals([buffer.shown.length, buffer.firstIndex], [MAX_ROWS, 5]);
  buffer.isPaused = true;
  buffer.room = 2;
  buffer.add(notices(10));
  assertEquals([buffer.firstIndex, buffer.waitingCount, buffer.isFull], [7, 8, false]);
  buffer.add(notices(MAX_ROWS));
  assertEquals([buffer.isFull, buffer.hasRoom], [true, false]);
  buffer.take(6000);
  assertEquals([buffer.waitingCount, buffer.hasRoom, buffer.firstIndex], [4008, true, 6007]);
  buffer.clear();
  assertEquals([buffer.shown.length, buffer.waitingCount, buffer.firstIndex], [0, 0, 16_007]);
});

Deno.test("the buffer is bounded by characters too, down to one row", () => {
  const buffer = new MessageBuffer();
  const big = parseMessage(
    `{"seq":1,"time":"t","meta":{"tags":[]},"data":"${"x".repeat(30 * 1024 * 1024)}"}`,
  );
  buffer.add([big, big, big]);
  assertEquals([buffer.shown.length, buffer.firstIndex], [1, 2]);
  buffer.isPaused = true;
  buffer.add([big, big]);
  assertEquals(buffer.isFull, true);
});

Deno.test("a rate is that of the last seconds", () => {
  const meter = new RateMeter(3000);
  assertEquals(meter.perSecond, undefined);
  for (const [atMs, value] of [[0, 0], [1000, 500], [2000, 500], [3000, 500], [4000, 530]]) {
    meter.add(value, atMs);
  }
  assertEquals(meter.perSecond, 10);
  meter.add(3, 5000);
  assertEquals(meter.perSecond, undefined);
  meter.add(5, 6000);
  assertEquals(meter.perSecond, 2);
});

Deno.test("places to go to are read as people write them", () => {
  const now = new Date(2026, 0, 31, 15, 0, 0);
  assertEquals(parseStart(" #120 ", now.getTime()), { sinceSeq: 120 });
  const at = (date: Date) => ({ since: date.toISOString() });
  assertEquals(parseStart("5m", now.getTime()), at(new Date(2026, 0, 31, 14, 55)));
  assertEquals(parseStart("14:30", now.getTime()), at(new Date(2026, 0, 31, 14, 30)));
  assertEquals(parseStart("2026-01-30 14:30", now.getTime()), at(new Date(2026, 0, 30, 14, 30)));
  assertEquals(parseStart("2026-01-30T00:00:00Z", 0), { since: "2026-01-30T00:00:00.000Z" });
  for (const text of ["", "soon", "5x", "-1"]) assertEquals(parseStart(text, 0), undefined);
});

Deno.test("sizes and ages are read and written", () => {
  assertEquals(["1M", "512k", "1.5 GiB", "8192", "x", "1P"].map(parseBytes), [
    1_048_576,
    524_288,
    1_610_612_736,
    8192,
    undefined,
    undefined,
  ]);
  assertEquals([0, 1023, 1_048_576, 1_610_612_736].map(formatBytes), [
    "0 B",
    "1023 B",
    "1 MiB",
    "1.5 GiB",
  ]);
  assertEquals([5, 61_000, 3_600_000, 1e9].map(formatAge), ["now", "1 min", "1 h", "11 d"]);
});
