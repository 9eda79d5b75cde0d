/**
 * Where reads end is chance; what is read must not depend on it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type RecordMode, records } from "../../cli/input/records.ts";
import { arriving, divided, read, type Reading } from "./input_reading.ts";

const RS = "\x1e";
const BOM = "\ufeff";

/** What is told of a reading, errors included. */
function told({ records, failed }: Reading): unknown {
  return { records, failed: failed === undefined ? undefined : String(failed) };
}

function assertSameHoweverDivided(input: string | Uint8Array, mode: RecordMode): void {
  const options = { mode, resyncs: true, maxRecordBytes: 24 };
  const whole = told(read(arriving(input), options));
  for (const source of divided(input)) {
    assertEquals(told(read(source, options)), whole, JSON.stringify(String(input)));
  }
}

const INPUTS: Record<RecordMode, string[]> = {
  auto: [
    `${BOM}{"é":"😀"}\n\n2\r\n"x`,
    '{\n "a": [1,\n 2]\n}\n{"b":\n{"c":1}\noops\n[1]',
    `1\n"${"é".repeat(20)}"\n{\n"${"x".repeat(40)}":1}\n2\n`,
    `{\n"a":"${"x".repeat(15)}",\n"b":"${"x".repeat(15)}"\n}\n3\n`,
    `: hi\n\ndata: {"é":\ndata: "\\n"}\n\ndata: "${"x".repeat(30)}"\ndata: 1\n\ndata: x\n\ndata:4`,
    `\n${RS}{"é":1}\n${RS}2${RS}oops\n1\n${RS}"${"x".repeat(30)}"\n1\n${RS}[\n4]\n5\n${RS}`,
  ],
  jsonl: [`1\n{\n}\n"${"x".repeat(30)}"\n\n "é" \r\n3 4\n5`],
  json: ['{"é":\n[1]}\n', "1\n2\n", `"${"x".repeat(30)}"`],
  seq: [`1\n${RS}2${RS}\n\n${RS}"é\n${RS}{"a":\n\n1}${RS}${RS}3`],
  jq: ['{"é":"\\"}"}[1,[2]]"x\\\\"1 true\nnull "y" -5e3{}', "[1] oops", '1 "x', "[}"],
};

for (const [mode, inputs] of Object.entries(INPUTS)) {
  Deno.test(`${mode} input gives the same records wherever a read ends`, () => {
    for (const input of inputs) assertSameHoweverDivided(input, mode as RecordMode);
  });
}

Deno.test("what is not UTF-8 is told in the same way wherever a read ends", () => {
  const encoder = new TextEncoder();
  const inputs: [string, RecordMode][] = [
    ['1\n"é?"\n3\n', "auto"],
    [`1\n"${"x".repeat(30)}?"\n3\n`, "jsonl"],
    [`${RS}"é?"\n${RS}2`, "auto"],
    ["data: 1\n\ndata: ?\n\n", "auto"],
    ['{"é":1}[?] 2', "jq"],
    ['"?"', "json"],
  ];
  for (const [text, mode] of inputs) {
    const bytes = encoder.encode(text);
    bytes[bytes.indexOf(0x3f)] = 0xc3;
    assertSameHoweverDivided(bytes, mode);
  }
});

Deno.test("any values written in any format are the values read", () => {
  const write: Record<string, (texts: string[]) => string> = {
    "auto jsonl": (texts) => texts.map((text) => text + "\n").join(""),
    "auto pretty": (texts) =>
      texts.map((text) => JSON.stringify(JSON.parse(text), null, 1) + "\n").join(""),
    "auto seq": (texts) => texts.map((text) => `${RS}${text}\n`).join(""),
    "auto event": (texts) => texts.map((text) => `data: ${text}\n\n`).join(""),
    "seq bare": (texts) => texts.join(RS),
    "jq blank": (texts) => texts.join(" "),
    "jsonl lines": (texts) => texts.join("\r\n"),
  };
  const values = fc.array(
    fc.json({ maxDepth: 3 }).map((text) => JSON.stringify(JSON.parse(text))),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  fc.assert(fc.property(values, fc.nat(), (texts, at) => {
    for (const [name, written] of Object.entries(write)) {
      const mode = name.split(" ")[0] as RecordMode;
      const bytes = new TextEncoder().encode(written(texts));
      const middle = at % (bytes.length + 1);
      const source = arriving(bytes.subarray(0, middle), bytes.subarray(middle));
      const all = [...records(source, { mode })].flatMap(({ values }) => values);
      assertEquals(all.map(({ text }) => text), texts, name);
    }
  }));
});
