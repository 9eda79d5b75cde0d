import { assertEquals } from "@std/assert";
import { ValueScanner } from "../../cli/input/value_scanner.ts";

/** Where the first value in `text` ends, read in pieces of `length` characters. */
function endIn(text: string, length: number): number | undefined {
  const scanner = new ValueScanner();
  for (let start = 0; start < text.length; start += length) {
    const end = scanner.scan(text.slice(start, start + length), 0);
    if (end !== undefined) return start + end;
  }
}

Deno.test("the end of a value is found wherever pieces of it end", () => {
  const values = ['{"a":"}\\"{","b":[{}]}', '"\\\\"', '"a\\"b"', "[]", "12.5e3", "true", "}"];
  for (const value of values) {
    const text = ` \n${value} rest`;
    for (let length = 1; length <= text.length; length++) {
      assertEquals(endIn(text, length), 2 + value.length, `${value} by ${length}`);
    }
  }
});

Deno.test("only a bare word can end with the input", () => {
  for (const [text, isWord] of [["12", true], ['"12', false], ["[12", false], [" ", false]]) {
    const scanner = new ValueScanner();
    assertEquals(scanner.scan(text as string, 0), undefined);
    assertEquals(scanner.isWithinWord, isWord);
  }
});

Deno.test("a scanner that found an end is ready for the next value", () => {
  const scanner = new ValueScanner();
  const text = '{"a":1}[2]"3" 4 ';
  const ends: number[] = [];
  for (let end = scanner.scan(text, 0); end !== undefined; end = scanner.scan(text, end)) {
    ends.push(end);
  }
  assertEquals(ends, [7, 10, 13, 15]);
});
