import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeLeniently, shortened, validByteCount } from "../../cli/input/utf8.ts";

const encoder = new TextEncoder();

Deno.test("what is cut off is told, within the limit and between characters", () => {
  assertEquals(shortened("12345", 5), "12345");
  assertEquals(shortened("123456", 5), "12...");
  assertEquals(shortened("😀😀", 6), "...");
  assertEquals(shortened("😀😀", 7), "😀...");
});

Deno.test("text stays UTF-8 up to the first byte that is not", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.nat(), (text, seed) => {
    const bytes = encoder.encode(text);
    assertEquals(validByteCount(bytes, decodeLeniently(bytes)), bytes.length);
    // A byte that is nowhere in UTF-8, at the beginning of a character.
    const characters = [...text];
    const before = encoder.encode(characters.slice(0, seed % (characters.length + 1)).join(""));
    const broken = new Uint8Array([...before, 0xff, ...bytes]);
    assertEquals(validByteCount(broken, decodeLeniently(broken)), before.length);
  }));
});

Deno.test("a character that is cut off at the end is not valid", () => {
  const bytes = encoder.encode("a😀").subarray(0, 4);
  assertEquals(validByteCount(bytes, decodeLeniently(bytes)), 1);
});
