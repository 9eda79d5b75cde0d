import { assert, assertEquals, assertRejects } from "@std/assert";
import { IoError, Message, type TailOptions } from "@plasmite/pool";
import { scanEnvelope } from "../../remote/envelope_scan.ts";
import { LineFramer } from "../../remote/lines.ts";
import { TailProgress } from "../../remote/tail_progress.ts";
import { TailStream } from "../../remote/tail_stream.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const line = (seq: number) => new Message(seq, 1, 2, ["t"], `{"i":${seq}}`).envelope + "\n";

/** What a tail makes of `texts`, each of which arrives by itself. */
function said(startSeq: number, options: TailOptions, ...texts: string[]): unknown[] {
  const progress = new TailProgress("work", startSeq, options);
  const items = texts.flatMap((text) => [...progress.items(encode(text))]);
  return items.map((item) => {
    if ("batch" in item) return item.batch.messages().map(({ seq }) => seq);
    if ("gap" in item) return [item.gap.fromSeq, item.gap.toSeq, item.gap.reason].join(" ");
    return `${item.error.kind} ${item.error.seq}`;
  });
}

const gap = (from: number, to: number, reason = "retention") =>
  `{"gap":{"from_seq":${from},"to_seq":${to},"count":${to - from + 1},"reason":"${reason}"}}\n`;
const position = (next: number) => `{"position":{"next_seq":${next}}}\n`;

Deno.test("bytes become lines, wherever they are cut", () => {
  const text = "one\n\ntwo ☃\nthree";
  const bytes = encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const framer = new LineFramer();
    let out = "";
    for (let at = 0; at < bytes.length; at += size) {
      const lines = decode(framer.push(bytes.subarray(at, at + size)));
      assert(lines === "" || lines.endsWith("\n"));
      out += lines;
    }
    assertEquals([out, framer.isWhole], ["one\n\ntwo ☃\n", false]);
    assertEquals(decode(framer.push(encode("!\n"))), "three!\n");
    assert(framer.isWhole);
  }
});

Deno.test("an envelope is scanned when it is spelled as ours are, and only then", () => {
  for (const tags of [[], ["a"], ['"]},"data":'], ["\\", "☃", '\\"']]) {
    const { envelope } = new Message(7, 1, 2, tags, '{"a":[1,"]}"]}');
    const bytes = encode(envelope + "\n");
    const span = scanEnvelope(bytes, 0, bytes.length - 1)!;
    assertEquals(decode(bytes.subarray(span.tagsStart, span.tagsEnd)), JSON.stringify(tags));
    assertEquals(decode(bytes.subarray(span.dataStart, span.end - 1)), '{"a":[1,"]}"]}');
    assertEquals([span.seq, span.timeEnd - span.timeStart], [7, 30]);
  }
  for (
    const text of [
      "",
      "{}",
      '{"seq":1}',
      '{"seq":99999999999999999999,"time":"t","meta":{"tags":[]},"data":1}',
      '{"seq":1,"time":"t","meta":{"tags":[["a"]]},"data":1}',
      '{"seq":1,"time":"t","meta":{"tags":[]},"data":}',
      '{"data":1,"meta":{"tags":[]},"seq":1,"time":"t"}',
      '{"seq": 1,"time":"t","meta":{"tags":[]},"data":1}',
      '{"gap":{}}',
    ]
  ) {
    const bytes = encode(text + "\n");
    assertEquals(scanEnvelope(bytes, 0, bytes.length - 1), undefined, text);
  }
});

Deno.test("what comes again is dropped, and what is missing is told once", () => {
  assertEquals(said(1, {}, line(1) + line(2), line(2) + line(3)), [[1, 2], [3]]);
  assertEquals(said(1, {}, line(3) + line(1) + line(4)), ["1 2 retention", [3], [4]]);
  assertEquals(said(1, {}, gap(1, 2, "damage") + line(3)), ["1 2 damage", [3]]);
  // The connection broke between a gap and its message: the gap is not told again.
  assertEquals(said(1, {}, gap(1, 4), gap(1, 4) + line(5)), ["1 4 retention", [5]]);
  assertEquals(said(3, {}, gap(1, 4) + line(5)), ["3 4 retention", [5]]);
  assertEquals(said(1, { gapPolicy: "error" }, gap(1, 4)), ["RetentionGap 1"]);
  assertEquals(said(1, { gapPolicy: "error" }, gap(1, 4, "damage")), ["Corrupt 1"]);
});

Deno.test("with filters, only the server knows of gaps; a position moves on over what they held back", () => {
  const tags = ["t"];
  assertEquals(said(1, { tags }, line(3) + line(9)), [[3, 9]]);
  assertEquals(said(1, { tags }, line(7) + gap(40, 60) + line(61)), [[7], "40 60 retention", [61]]);
  // A stream is in order whatever its positions say: nothing that comes by it is dropped.
  assertEquals(said(1, { tags }, position(50), line(7) + line(50)), [[7, 50]]);
  assertEquals(said(1, { tags }, position(50), gap(40, 60)), ["50 60 retention"]);
  const progress = new TailProgress("work", 1, { tags, untilSeq: 49 });
  assertEquals([...progress.items(encode(position(49)))], []);
  assertEquals([progress.expectedSeq, progress.isDone], [49, false]);
  assertEquals([...progress.items(encode(position(50) + position(8)))], []);
  assertEquals([progress.expectedSeq, progress.isDone], [50, true]);
});

Deno.test("nothing is delivered beyond what was asked for", () => {
  const three = line(1) + line(2) + line(3);
  assertEquals(said(1, { maxMessages: 2 }, three), [[1, 2]]);
  assertEquals(said(1, { untilSeq: 2 }, three + gap(4, 9)), [[1, 2]]);
  assertEquals(said(1, { untilSeq: 5 }, gap(1, 9) + line(10)), ["1 5 retention"]);
  assertEquals(said(1, { untilSeq: 5 }, line(10)), ["1 5 retention"]);
});

Deno.test("envelopes of Plasmite v0 are understood, and an error ends the tail", () => {
  const v0 = '{"data":{"a":1},"meta":{"tags":["x"]},"seq":1,"time":"2026-01-01T00:00:00Z"}\n';
  const progress = new TailProgress("work", 1, {});
  const [item] = progress.items(encode(v0));
  assert("batch" in item);
  const own =
    '{"seq":1,"time":"2026-01-01T00:00:00.000000000Z","meta":{"tags":["x"]},"data":{"a":1}}\n';
  assertEquals(decode(item.batch.jsonLines()), own);
  const error = '{"error":{"kind":"RetentionGap","message":"gone","seq":3}}\n';
  assertEquals(said(1, {}, line(1) + error), [[1], "RetentionGap 3"]);
  for (const bad of ["nonsense\n", "[1]\n", "{}\n", "null\n", "\n"]) {
    assertEquals(said(1, {}, bad), ["Internal undefined"]);
  }
});

Deno.test("a stream that ended, one that broke off and one that fell silent are told apart", async () => {
  const body = (...parts: string[]) => ReadableStream.from(parts.map(encode));
  const ended = new TailStream("http://h", body("one\ntw", "o\n"), { hasHeartbeat: false });
  assertEquals([await ended.read(), await ended.read()].map((bytes) => decode(bytes!)), [
    "one\n",
    "two\n",
  ]);
  assertEquals(await ended.read(), undefined);
  const broken = new TailStream("http://h", body("one\ntw"), { hasHeartbeat: false });
  assertEquals(decode((await broken.read())!), "one\n");
  await assertRejects(() => broken.read(), IoError);
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
  const silent = new TailStream("http://h", endless, { hasHeartbeat: true, silenceLimitMs: 20 });
  await assertRejects(() => silent.read(), IoError);
  assert(cancelled);
});
