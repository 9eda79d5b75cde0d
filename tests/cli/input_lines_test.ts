import { assertEquals } from "@std/assert";
import { MAX_BATCH_LENGTH } from "../../cli/input/record_batch.ts";
import { MAX_RECORD_BYTES, records } from "../../cli/input/records.ts";
import type { ByteSource } from "../../cli/session.ts";
import { IoError } from "../../pool/mod.ts";
import { arriving, batches, read } from "./input_reading.ts";

Deno.test("the lines of one read come together", () => {
  assertEquals(batches(arriving("1\n2\n", "3\n")), [["1", "2"], ["3"]]);
});

Deno.test("a line is handed on before the next one is read", () => {
  for (const mode of ["auto", "jsonl"] as const) {
    let reads = 0;
    const source = arriving('{"a":1}\n', '{"a":2}\n');
    const counting: ByteSource = { readSync: (bytes) => (reads++, source.readSync(bytes)) };
    const first = records(counting, { mode }).next().value!;
    assertEquals([first.values[0].text, reads], ['{"a":1}', 1]);
  }
});

Deno.test("the last line needs no line feed", () => {
  assertEquals(read(arriving("1\n2")).records, ["1", "2"]);
});

Deno.test("blank lines are ignored and counted", () => {
  const [batch] = records(arriving("\n 1\n \t\r\n2\r\n\n"));
  assertEquals([batch.values.length, batch.lines], [2, [2, 4]]);
});

Deno.test("key order and the spelling of numbers are kept", () => {
  const text = '{"b":1.0,"a":12345678901234567890}';
  assertEquals(read(arriving(text)).records, [text]);
});

Deno.test("batches are bounded", () => {
  const lengths = batches(arriving("1\n".repeat(MAX_BATCH_LENGTH + 1))).map(({ length }) => length);
  assertEquals(lengths, [MAX_BATCH_LENGTH, 1]);
});

Deno.test("a bad line is told with its number, between the records around it", () => {
  assertEquals(read(arriving("1\n\n2\noops\n3\n"), { mode: "jsonl" }).records, [
    "1",
    "2",
    "Parse 3 line 4: oops",
    "3",
  ]);
});

Deno.test("two values on one line are none", () => {
  for (const mode of ["auto", "jsonl"] as const) {
    const { records } = read(arriving('{"a":1} {"a":2}\n[1][2]\n3 4\n5\n'), { mode });
    assertEquals(records, [
      'Parse 1 line 1: {"a":1} {"a":2}',
      "Parse 2 line 2: [1][2]",
      "Parse 3 line 3: 3 4",
      "5",
    ]);
  }
});

Deno.test("what precedes a line that is not UTF-8 is handed on, then its number is told", () => {
  const bytes = new TextEncoder().encode('1\n2\n"?"\n3\n');
  bytes[5] = 0xff;
  const { records, failed } = read(arriving(bytes));
  assertEquals(records, ["1", "2"]);
  assertEquals(failed instanceof IoError && failed.message, "line 3 of the input is not UTF-8");
});

Deno.test("a replacement character in the input is a character like any other", () => {
  assertEquals(read(arriving('"\ufffd"\n1\n')).records, ['"\ufffd"', "1"]);
});

Deno.test("a byte order mark is no part of the first value, and of no other", () => {
  assertEquals(read(arriving("\ufeff1\n\ufeff2\n")).records, ["1", "Parse 2 line 2: 2"]);
  for (const mode of ["json", "jq"] as const) {
    assertEquals(read(arriving("\ufeff[1]"), { mode }).records, ["[1]"]);
  }
});

Deno.test("a value may go on over several lines", () => {
  const value = { a: [1, { b: "}" }], c: {}, d: 'x"{' };
  const input = `${JSON.stringify(value, null, 2)}\n[\n  1,\n\n  2\n]\n7\n`;
  assertEquals(read(arriving(input)).records, [JSON.stringify(value), "[1,2]", "7"]);
});

Deno.test("a pretty-printed value is told at its first line", () => {
  const [batch] = records(arriving("1\n{\n}\n2\n"));
  assertEquals(batch.lines, [1, 2, 4]);
});

Deno.test("a value of many lines is not parsed anew with each of them (weakness 9)", () => {
  // That would take hours.
  const input = "[\n" + "0,\n".repeat(300_000) + "0\n]\n";
  assertEquals(read(arriving(input)).records[0].length, 600_003);
});

Deno.test("an array of objects without indentation is one value", () => {
  const input = '[\n{"a":1},\n{"a":2}\n]\n3\n';
  assertEquals(read(arriving(input), { resyncs: true }).records, ['[{"a":1},{"a":2}]', "3"]);
});

Deno.test("jsonl does not continue a line on the next one", () => {
  const { records } = read(arriving("{\n}\n1\n"), { mode: "jsonl" });
  assertEquals(records, ["Parse 1 line 1: {", "Parse 2 line 2: }", "1"]);
});

Deno.test("a truncated value does not take the next one with it", () => {
  const input = '{"a":1,\n{"b":2}\n{"c":"x\n{"d":4}\n[1,2\n{"e":5}\n';
  assertEquals(read(arriving(input), { resyncs: true }).records, [
    'Parse 1 line 1: {"a":1,',
    '{"b":2}',
    'Parse 3 line 3: {"c":"x',
    '{"d":4}',
    "Parse 5 line 5: [1,2",
    '{"e":5}',
  ]);
});

Deno.test("without a need to go on, an unindented value is a part of the open one", () => {
  assertEquals(read(arriving('{"a":\n{"b":2}}\n')).records, ['{"a":{"b":2}}']);
});

Deno.test("a value that is open at the end is told", () => {
  assertEquals(read(arriving("1\n{\n2\n")).records, ["1", "Parse 2 line 2: {\n2"]);
});

Deno.test("a line of the largest size is read, whatever its characters take", () => {
  for (const letter of ["x", "é"]) {
    const bytesEach = new TextEncoder().encode(letter).length;
    const line = `"${letter.repeat((MAX_RECORD_BYTES - 2) / bytesEach)}"`;
    assertEquals(read(arriving(line + "\n")).records, [line]);
    const longer = read(arriving(`1\n${line} \n2\n`)).records;
    assertEquals([longer[0], longer[1].slice(0, 20), longer[2]], [
      "1",
      'Oversize 2 line 2: "',
      "2",
    ]);
  }
});

Deno.test("a line that never ends is told of before it fills the memory", () => {
  const endless: ByteSource = { readSync: (bytes) => bytes.fill(0x31).length };
  const { rejected } = records(endless).next().value!;
  assertEquals([rejected?.kind, rejected?.line], ["Oversize", 1]);
});

Deno.test("a line that is far too long is passed over without being held", () => {
  const filler = new Uint8Array(1 << 20).fill(0x61);
  const input = arriving("1\n", ...Array(64).fill(filler), "\n2\n");
  const all = read(input).records;
  assertEquals([all[0], all[1].slice(0, 18), all[2]], ["1", "Oversize 2 line 2:", "2"]);
});

Deno.test("a value of several lines that is too long is passed over to its end", () => {
  const input = "[\n" + '"0123456789",\n'.repeat(10) + '"x"]\n{"next":1}\n';
  assertEquals(read(arriving(input), { maxRecordBytes: 40 }).records, [
    'Oversize 1 line 1: [\n"0123456789",\n"0123456789",\n"012345...',
    '{"next":1}',
  ]);
});

Deno.test("a value of several lines may have exactly the largest size", () => {
  const input = "[1,\n22]";
  assertEquals(read(arriving(input), { maxRecordBytes: 7 }).records, ["[1,22]"]);
  const { records } = read(arriving(input + "\n3\n"), { maxRecordBytes: 6 });
  assertEquals(records, ["Oversize 1 line 1: [1,...", "3"]);
});

Deno.test("nesting deeper than the stack is told like any other bad record", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const all = read(arriving(`${deep}\n1\n`)).records;
  assertEquals([all.length, all.at(-1)], [2, "1"]);
});
