import { assertEquals, assertThrows } from "@std/assert";
import { IoError, UsageError } from "../../pool/mod.ts";
import {
  type JsonLineBatch,
  jsonLineBatches,
  MAX_BATCH_LENGTH,
  MAX_RECORD_BYTES,
} from "../../cli/json_lines.ts";
import type { ByteSource } from "../../cli/session.ts";

/** Bytes that arrive in these pieces, one for each read. */
function arriving(...pieces: (string | Uint8Array)[]): ByteSource {
  const left = pieces.map((piece) => {
    return typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
  });
  return {
    readSync(bytes: Uint8Array): number | null {
      const piece = left.shift();
      if (piece === undefined) return null;
      const part = piece.subarray(0, bytes.length);
      if (part.length < piece.length) left.unshift(piece.subarray(part.length));
      bytes.set(part);
      return part.length;
    },
  };
}

/** The texts of each batch, until the end or the error that `failed` then holds. */
function batchesOf(source: ByteSource): { texts: string[][]; lines: number[]; failed?: unknown } {
  const texts: string[][] = [];
  const lines: number[] = [];
  try {
    for (const batch of jsonLineBatches(source)) {
      texts.push(batch.values.map(({ text }) => text));
      lines.push(...batch.lines);
    }
  } catch (failed) {
    return { texts, lines, failed };
  }
  return { texts, lines };
}

Deno.test("the lines of one read come together", () => {
  assertEquals(batchesOf(arriving("1\n2\n", "3\n")).texts, [["1", "2"], ["3"]]);
});

Deno.test("a line is handed on before the next one is read", () => {
  const batches = jsonLineBatches(arriving("1\n", "2\n"));
  assertEquals((batches.next().value as JsonLineBatch).values[0].text, "1");
});

Deno.test("a line that arrives in pieces is one line", () => {
  assertEquals(batchesOf(arriving('{"a', '":1}', "\n[", "2]\n")).texts, [['{"a":1}'], ["[2]"]]);
});

Deno.test("a character that arrives in pieces is one character", () => {
  const bytes = new TextEncoder().encode('"é"\n');
  const source = arriving(bytes.subarray(0, 2), bytes.subarray(2));
  assertEquals(batchesOf(source).texts, [['"é"']]);
});

Deno.test("the last line needs no line feed", () => {
  assertEquals(batchesOf(arriving("1\n2")).texts, [["1"], ["2"]]);
});

Deno.test("blank lines are ignored and counted", () => {
  const { texts, lines } = batchesOf(arriving("\n 1\n \t\r\n2\r\n\n"));
  assertEquals(texts, [["1", "2"]]);
  assertEquals(lines, [2, 4]);
});

Deno.test("key order and the spelling of numbers are kept", () => {
  const text = '{"b":1.0,"a":12345678901234567890}';
  assertEquals(batchesOf(arriving(text)).texts, [[text]]);
});

Deno.test("batches are bounded", () => {
  const { texts } = batchesOf(arriving("1\n".repeat(MAX_BATCH_LENGTH + 1)));
  assertEquals(texts.map((batch) => batch.length), [MAX_BATCH_LENGTH, 1]);
});

Deno.test("what precedes a line that is not JSON is handed on, then its number is told", () => {
  const { texts, failed } = batchesOf(arriving("1\n\n2\noops\n3\n"));
  assertEquals(texts, [["1", "2"]]);
  assertEquals((failed as Error).message, 'invalid JSON input on line 4: "oops"');
});

Deno.test("what precedes a line that is not UTF-8 is handed on, then its number is told", () => {
  const bytes = new TextEncoder().encode('1\n2\n"?"\n3\n');
  bytes[5] = 0xff;
  const { texts, failed } = batchesOf(arriving(bytes));
  assertEquals(texts, [["1", "2"]]);
  assertEquals(failed instanceof IoError && failed.message, "line 3 of the input is not UTF-8");
});

Deno.test("a replacement character in the input is a character like any other", () => {
  assertEquals(batchesOf(arriving('"\ufffd"\n1\n')).texts, [['"\ufffd"', "1"]]);
});

Deno.test("lines are counted across reads", () => {
  assertThrows(
    () => [...jsonLineBatches(arriving("1\n2", "\n3\n", "x"))],
    UsageError,
    "on line 4",
  );
});

Deno.test("a line of the largest size is read, whatever its characters take", () => {
  for (const letter of ["x", "é"]) {
    const bytesEach = new TextEncoder().encode(letter).length;
    const line = `"${letter.repeat((MAX_RECORD_BYTES - 2) / bytesEach)}"`;
    assertEquals(batchesOf(arriving(line + "\n")).texts, [[line]]);
    const longer = arriving("1\n" + line + " \n");
    assertThrows(() => [...jsonLineBatches(longer)], UsageError, "line 2 of the input is longer");
  }
});

Deno.test("a line that never ends is refused before it fills the memory", () => {
  const endless: ByteSource = { readSync: (bytes) => bytes.fill(0x20).length };
  assertThrows(() => [...jsonLineBatches(endless)], UsageError, "line 1 of the input is longer");
});
