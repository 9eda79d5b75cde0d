import { assertEquals } from "@std/assert";
import { type DetectedFormat, detectFormat } from "../../cli/input/detect_format.ts";
import { InputBuffer } from "../../cli/input/input_buffer.ts";
import { records } from "../../cli/input/records.ts";
import type { ByteSource } from "../../cli/session.ts";
import { IoError, UsageError } from "../../pool/mod.ts";
import { arriving, batches, read } from "./input_reading.ts";

const RS = "\x1e";

Deno.test("the first line that is not blank tells the format (weakness 9)", () => {
  const examples: [string, DetectedFormat][] = [
    ['{"a":1}\n', "jsonl"],
    ["{\n", "jsonl"],
    ["\n \n1\n", "jsonl"],
    ["data: 1\n", "event"],
    ["\n\nevent: x\n", "event"],
    ["id: 7\n", "event"],
    [": comment\n", "event"],
    [`${RS}1`, "seq"],
    [`1${RS}2\n`, "seq"],
  ];
  for (const [line, format] of examples) {
    const source = arriving(line, "data: later\n", RS);
    assertEquals(detectFormat(new InputBuffer(source), 1000), format, line);
    // A slow producer's next record was not waited for.
    assertEquals(source.readSync(new Uint8Array(100)), "data: later\n".length);
  }
});

Deno.test("the end of the input ends the first line, too", () => {
  for (const [input, format] of [["data: 1", "event"], ["data", "jsonl"], ["", "jsonl"]]) {
    assertEquals(detectFormat(new InputBuffer(arriving(input)), 1000), format);
  }
});

Deno.test("a first line that never ends is JSON Lines", () => {
  const endless: ByteSource = { readSync: (bytes) => bytes.fill(0x20).length };
  assertEquals(detectFormat(new InputBuffer(endless), 1000), "jsonl");
});

Deno.test("later lines do not change the format", () => {
  assertEquals(read(arriving("1\ndata: 2\n")).records, ["1", "Parse 2 line 2: data: 2"]);
});

Deno.test("a sequence has a record between two separators", () => {
  const input = `${RS}{"a":1}\n${RS}\n${RS}[\n1,\n2]\n${RS}3${RS}"x"`;
  for (const mode of ["auto", "seq"] as const) {
    assertEquals(read(arriving(input), { mode }).records, ['{"a":1}', "[1,2]", "3", '"x"']);
  }
});

Deno.test("text before the first separator is a record, too", () => {
  assertEquals(read(arriving(`1${RS}2`)).records, ["1", "2"]);
});

Deno.test("a record of a sequence is handed on with the line it ends on", () => {
  assertEquals(batches(arriving(`${RS}{"a":1}\n`, `${RS}2\n`)), [['{"a":1}'], ["2"]]);
});

Deno.test("a bad record of a sequence ends at the next separator", () => {
  const input = `${RS}oops\nmore\n${RS}1\n${RS}{"a":\n${RS}2\nrest\n3\n${RS}4\n`;
  assertEquals(read(arriving(input)).records, [
    "Parse 1: oops",
    "1",
    'Parse 3: {"a":',
    "2",
    "Parse 5: rest",
    "4",
  ]);
});

Deno.test("a record of a sequence that is too long ends at the next separator", () => {
  const input = `${RS}"${"x".repeat(50)}"\n1\n${RS}[\n"0123456789",\n"0123456789"]${RS}2\n`;
  assertEquals(read(arriving(input), { maxRecordBytes: 20 }).records, [
    `Oversize 1: "${"x".repeat(16)}...`,
    'Oversize 2: [\n"0123456789",\n"...',
    "2",
  ]);
});

Deno.test("a sequence reads bytes that are not UTF-8 as U+FFFD", () => {
  const bytes = new TextEncoder().encode(`${RS}"?"\n`);
  bytes[2] = 0xff;
  assertEquals(read(arriving(bytes)), { records: ['"\ufffd"'] });
});

Deno.test("the data of an event is one value, everything else is ignored", () => {
  const input = ': hello\nevent: x\nid: 1\ndata: {\ndata:  "a":1\ndata:}\nretry: 5\n\n' +
    "data:2\r\n\r\n\n: bye\n\ndata: 3";
  assertEquals(read(arriving(input)).records, ['{"a":1}', "2", "3"]);
});

Deno.test("an event is told at the line of its blank line", () => {
  const [batch] = records(arriving("data: 1\n\ndata: 2\ndata:\n\n"));
  assertEquals(batch.lines, [2, 5]);
  assertEquals(read(arriving("data: 1\n\ndata: x\n\ndata: 3\n\n")).records, [
    "1",
    "Parse 2 line 4: x",
    "3",
  ]);
});

Deno.test("after an event that is too long, the next one is read (weakness 8)", () => {
  const long = "0123456789".repeat(5);
  const inputs = [
    `data: "${long}"\ndata: 1\n\ndata: 2\n\n`,
    `data: [\n${'data: "0123456789",\n'.repeat(5)}data: 1]\n\ndata: 2\n\n`,
  ];
  for (const input of inputs) {
    const all = read(arriving("data: 0\n\n" + input), { maxRecordBytes: 30 }).records;
    assertEquals([all[0], all[1].slice(0, 16), all.slice(2)], ["0", "Oversize 2 line ", ["2"]]);
  }
});

Deno.test("the data of an event may have exactly the largest size", () => {
  const input = 'data: "345678"\r\n\r\ndata:"3456789"\n\n';
  assertEquals(read(arriving(input), { maxRecordBytes: 8 }).records, [
    '"345678"',
    'Oversize 2 line 4: "3456...',
  ]);
});

Deno.test("a comment that is too long is a comment", () => {
  const input = `data: 1\n:${"x".repeat(50)}\n\ndata: 2\n\n`;
  assertEquals(read(arriving(input), { maxRecordBytes: 20 }).records, ["1", "2"]);
});

Deno.test("json is one value, and an array is not divided", () => {
  assertEquals(read(arriving("\n[1,\n", "2]\n\n"), { mode: "json" }).records, ["[1,2]"]);
  assertEquals(read(arriving("1\n2\n"), { mode: "json" }).records, ["Parse 1: 1\n2"]);
  assertEquals(read(arriving(" \n"), { mode: "json" }).records, []);
});

Deno.test("json that is too long is told of without being held", () => {
  const filler = new Uint8Array(1 << 20).fill(0x31);
  const all = read(arriving(...Array(64).fill(filler)), { mode: "json" }).records;
  assertEquals([all.length, all[0].slice(0, 11)], [1, "Oversize 1:"]);
});

Deno.test("json that is not UTF-8 is Io", () => {
  const { failed } = read(arriving(new Uint8Array([0x22, 0xff, 0x22])), { mode: "json" });
  assertEquals(failed instanceof IoError, true);
});

Deno.test("jq takes values with and without white space between them", () => {
  const input = '{"a":"}\\""}[1]"x""y"1 2\n\ttrue{}null[[]]-5.0';
  assertEquals(read(arriving(input), { mode: "jq" }).records, [
    ...['{"a":"}\\""}', "[1]", '"x"', '"y"', "1", "2", "true", "{}", "null", "[[]]", "-5.0"],
  ]);
});

Deno.test("jq hands a value on as soon as it has ended", () => {
  const source = arriving("{}[", '1]"x"12', " 3");
  assertEquals(batches(source, { mode: "jq" }), [["{}"], ["[1]", '"x"'], ["12"], ["3"]]);
});

Deno.test("jq has no limit on a value", () => {
  const long = `"${"é".repeat(1024 * 1024)}"`;
  const all = read(arriving(`[${long}] 1`), { mode: "jq" }).records;
  assertEquals([all[0] === `[${long}]`, all[1]], [true, "1"]);
});

Deno.test("jq tells of the first thing that is no value", () => {
  for (const bad of ["}", ",2", "oops", '{"a":1', '"x', "[1}", "\u00a01"]) {
    const all = read(arriving(`{} ${bad}`), { mode: "jq" }).records;
    assertEquals([all[0], all[1].slice(0, 8)], ["{}", "Parse 2:"], bad);
  }
});

Deno.test("jq that is not UTF-8 is Usage, after the values before it", () => {
  const bytes = new TextEncoder().encode('{} [1] "?" 2');
  bytes[8] = 0xff;
  const { records, failed } = read(arriving(bytes), { mode: "jq" });
  assertEquals([records, failed instanceof UsageError], [["{}", "[1]"], true]);
});
