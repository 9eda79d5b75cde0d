/**
 * Previews of payloads, and the width they are laid out in.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { terminalWidth, truncatePayload } from "../../../messaging/contracts/mod.ts";

const sizeOf = (text: string) => new TextEncoder().encode(text).length;

/** what is shown, payload, preview */
const PREVIEWS: readonly [string, string, string][] = [
  ["nothing", "", ""],
  ["one line", "build is green", "build is green"],
  ["colours", "\x1b[1;31mred\x1b[0m and \x1b[mplain", "red and plain"],
  ["a private sequence", "\x1b[?25lhidden", "hidden"],
  ["an unterminated sequence at the end", "text\x1b[31", "text"],
  ["an unterminated sequence before a control", "a\x1b[31\nb", "a b"],
  ["an unterminated sequence before other text", "a\x1b[31é", "aé"],
  ["a sequence that a removed one would make", "\x1b\x1b[0m[31mx", "[31mx"],
  ["a lone escape, and the text of an OSC", "\x1b]0;title\x07x\x1b", "]0;titlex"],
  ["controls and DEL", "a\0b\x01c\x7fd\x08e\x0bf\x0cg", "abcdefg"],
  ["line ends as blanks, each", "a\nb\r\nc\rd", "a b  c d"],
  ["tabs", "a\tb", "a\tb"],
  ["blanks at the end", "a \t \n \r\t", "a"],
  ["blanks at the beginning", " \t a", " \t a"],
  ["only blanks", " \n\t ", ""],
  ["60 bytes", "x".repeat(60), "x".repeat(60)],
  ["61 bytes", "x".repeat(61), "x".repeat(60) + "…"],
  ["61 bytes of which the last is blank", "x".repeat(60) + " ", "x".repeat(60)],
  ["a cut within two bytes", "x".repeat(59) + "é!", "x".repeat(59) + "…"],
  ["a cut within three bytes", "x".repeat(58) + "日本", "x".repeat(58) + "…"],
  ["a cut within four bytes", "x".repeat(57) + "😀x", "x".repeat(57) + "…"],
  ["a cut behind four bytes", "x".repeat(56) + "😀x", "x".repeat(56) + "😀…"],
  ["a cut behind a blank", "x".repeat(59) + " y", "x".repeat(59) + " …"],
  ["30 characters of two bytes", "é".repeat(30), "é".repeat(30)],
];

for (const [name, payload, preview] of PREVIEWS) {
  Deno.test(`preview: ${name}`, () => assertEquals(truncatePayload(payload), preview));
}

Deno.test("a preview of 61 bytes has 61 characters and 63 bytes", () => {
  const preview = truncatePayload("x".repeat(61));
  assertEquals([preview.length, sizeOf(preview)], [61, 63]);
});

Deno.test("a long payload is no hard one", () => {
  const begun = performance.now();
  truncatePayload((" ".repeat(30_000) + "x").repeat(2));
  truncatePayload("\x1b[".repeat(30_000));
  truncatePayload("\x1b[" + "1;".repeat(30_000));
  assert(performance.now() - begun < 5_000);
});

Deno.test("COLUMNS decides the width, then the terminal, then 80", () => {
  assertEquals(terminalWidth({ columnsVariable: "120", columns: 100 }), 120);
  assertEquals(terminalWidth({ columnsVariable: "+7", columns: 100 }), 7);
  for (const columnsVariable of ["", "0", "-5", "80.5", "8x", " 90", "0x50", "9".repeat(30)]) {
    assertEquals(terminalWidth({ columnsVariable, columns: 100 }), 100);
    assertEquals(terminalWidth({ columnsVariable, columns: 0 }), 80);
  }
  assertEquals(terminalWidth({}), 80);
});
