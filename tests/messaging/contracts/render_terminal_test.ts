/**
 * Screens that streams of terminal output leave behind.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  DEFAULT_RENDER_COLS,
  DEFAULT_RENDER_ROWS,
  renderTerminal,
} from "../../../messaging/contracts/mod.ts";

const ROOT = new URL("../../../", import.meta.url);
const DENO_JSON = new URL("deno.json", ROOT);

/** what is shown, output, columns, rows, screen */
const SCREENS: readonly [string, string, number, number, string][] = [
  ["two lines", "hello\r\nworld", 80, 24, "hello\nworld\n"],
  ["nothing", "", 80, 24, ""],
  ["only blanks", "   \r\n  ", 80, 24, ""],
  ["only sequences", "\x1b[31m\x1b[2J\x1b[H", 80, 24, ""],
  ["attributes", "\x1b[1;4;38;5;200mred\x1b[0m!", 80, 24, "red!\n"],
  ["blanks at ends, and rows above text", "\r\n\r\n  a  \r\n", 80, 24, "\n\n  a\n"],
  ["a line feed keeps the column", "ab\ncd\x0bef\x0cgh", 80, 24, "ab\n  cd\n    ef\n      gh\n"],
  ["new-line mode", "\x1b[20hab\ncd", 80, 24, "ab\ncd\n"],
  ["new-line mode ends with a reset", "\x1b[20h\x1bcab\ncd", 80, 24, "ab\n  cd\n"],
  ["a carriage return", "hello\rJ", 80, 24, "Jello\n"],
  ["backspace", "abc\b\bX", 80, 24, "aXc\n"],
  ["wrap", "abcdefgh", 3, 5, "abc\ndef\ngh\n"],
  ["wrap is deferred until the next character", "abc\r\nd", 3, 5, "abc\nd\n"],
  ["no wrap", "\x1b[?7labcdef", 3, 5, "abf\n"],
  ["scrolling loses the top", "1\r\n2\r\n3\r\n4\r\n5", 80, 3, "3\n4\n5\n"],
  ["scrolling by a wrap", "abcdefghi", 3, 2, "def\nghi\n"],
  ["a scroll region", "1\r\n2\r\n3\r\n4\x1b[2;3r\x1b[3;1H\nX", 80, 4, "1\n3\nX\n4\n"],
  ["origin mode", "\x1b[2;4r\x1b[?6h\x1b[1;1HX", 80, 5, "\nX\n"],
  ["tabs", "a\tb\tc", 80, 24, "a       b       c\n"],
  ["tab stops set and cleared", "\x1b[3g\x1b[5G\x1bH\ra\tb", 80, 24, "a   b\n"],
  [
    "cursor moves",
    "\x1b[2;3Ha\x1b[Ab\x1b[2Dc\x1b[Bd\x1b[Ce",
    80,
    24,
    "  cb\n  ad e\n",
  ],
  ["save and restore", "ab\x1b7\r\nX\x1b8c\x1b[s\r\n\x1b[5CY\x1b[ud", 80, 24, "abcd\nX    Y\n"],
  [
    "private s, u and r do nothing",
    "ab\x1b[s\x1b[5;5H\x1b[?s\x1b[>u\x1b[?5;6r\x1b[ucd",
    80,
    24,
    "abcd\n",
  ],
  ["erase in line", "abc\x1b[2D\x1b[K\r\nabc\x1b[2D\x1b[1K\r\nabc\x1b[2K", 80, 24, "a\n  c\n"],
  ["erase below", "ab\r\ncd\r\nef\x1b[2;2H\x1b[J", 80, 24, "ab\nc\n"],
  ["erase above", "ab\r\ncd\r\nef\x1b[2;1H\x1b[1J", 80, 24, "\n d\nef\n"],
  [
    "insert, delete and erase characters",
    "abcdef\x1b[2G\x1b[2@\x1b[5G\x1b[P\x1b[6G\x1b[X",
    80,
    24,
    "a  bd f\n",
  ],
  ["insert and delete lines", "1\r\n2\r\n3\x1b[2;1H\x1b[L\x1b[1;1H\x1b[M", 80, 24, "\n2\n3\n"],
  ["scroll up and down", "1\r\n2\r\n3\x1b[2S\x1b[T", 80, 3, "\n3\n"],
  ["index, next line and reverse index", "a\x1bDb\x1bEc\x1b[1;1H\x1bMz", 80, 4, "z\na\n b\nc\n"],
  ["DEC line drawing", "\x1b(0lqk\x1b(B\r\n\x1b(0x\x1b(B x", 80, 24, "┌─┐\n│ x\n"],
  ["the alternate screen is shown while it is on", "main\x1b[?1049h\x1b[Halt", 80, 24, "alt\n"],
  ["the main screen comes back", "main\x1b[?1049h\x1b[Halt\x1b[?1049l!", 80, 24, "main!\n"],
  [
    "the older alternate screens",
    "m\x1b[?47h\x1b[Ha\x1b[?47l\x1b[?1047hb\x1b[?1047l",
    80,
    24,
    "m\n",
  ],
  ["save and restore by mode", "ab\x1b[?1048h\r\n\nX\x1b[?1048lc", 80, 24, "abc\n\nX\n"],
  ["reset", "abc\x1bcd", 80, 24, "d\n"],
  [
    "OSC, DCS, APC and PM",
    "a\x1b]0;t\x07b\x1bPq#0\x1b\\c\x1b_x\x1b\\d\x1b^y\x1b\\e",
    80,
    24,
    "abcde\n",
  ],
  ["insert mode is not applied", "abc\r\x1b[4hX", 80, 24, "Xbc\n"],
  ["insert mode beside new-line mode", "abc\r\x1b[4;20hX\nY", 80, 24, "Xbc\nY\n"],
  ["an unfinished sequence at the end", "ab\x1b[3", 80, 24, "ab\n"],
  ["one cell for each code point", "日本|\x1b[1;4Hx", 80, 24, "日本|x\n"],
  ["a combining character has a cell", "e\u0301|\x1b[1;4Hx", 80, 24, "e\u0301|x\n"],
  ["characters beyond 16 bits", "😀😀\r\n👩‍🚀", 80, 24, "😀😀\n👩‍🚀\n"],
  ["one code point wraps into the next row", "日本語", 2, 5, "日本\n語\n"],
];

for (const [name, output, cols, rows, screen] of SCREENS) {
  Deno.test(`screen: ${name}`, async () => {
    assertEquals(await renderTerminal(new TextEncoder().encode(output), cols, rows), screen);
  });
}

Deno.test("bytes that are no UTF-8 are skipped", async () => {
  const output = Uint8Array.of(0x61, 0xff, 0x62, 0xc3, 0x28, 0x63, 0xe2, 0x82);
  assertEquals(await renderTerminal(output, 80, 24), "ab(c\n");
});

Deno.test("a screen is 200 by 60 when nobody knows", async () => {
  assertEquals([DEFAULT_RENDER_COLS, DEFAULT_RENDER_ROWS], [200, 60]);
  const lines = Array.from({ length: 61 }, (_, index) => `${index}`).join("\r\n");
  const output = new TextEncoder().encode(lines + "\r\n" + "x".repeat(201));
  const screen = (await renderTerminal(output)).split("\n");
  assertEquals([screen.length, screen[0], screen[58], screen[59]], [61, "3", "x".repeat(200), "x"]);
});

Deno.test("a long stream is rendered as a whole", async () => {
  const output = new TextEncoder().encode("0123456789\r\n".repeat(200_000) + "end");
  assertEquals(await renderTerminal(output, 80, 2), "0123456789\nend\n");
});

Deno.test("screens do not share anything", async () => {
  const render = (text: string) => renderTerminal(new TextEncoder().encode(text), 10, 3);
  assertEquals(await Promise.all([render("\x1b(0q"), render("q"), render("\x1b[20ha\nb")]), [
    "─\n",
    "q\n",
    "a\nb\n",
  ]);
});

Deno.test("the emulator is loaded when a screen is rendered, and not before", async () => {
  const specifier = "@xterm/headless/lib-headless/xterm-headless.mjs";
  const version = /npm:@xterm\/headless@[\d.]+/.exec(await Deno.readTextFile(DENO_JSON));
  const telling =
    `console.log("loaded");export * from "${version}/lib-headless/xterm-headless.mjs";`;
  const imports = { [specifier]: `data:text/javascript,${encodeURIComponent(telling)}` };
  const importMap = encodeURIComponent(JSON.stringify({ imports }));
  const script = `
    const { renderTerminal } = await import("${new URL("messaging/contracts/mod.ts", ROOT)}");
    console.log("imported");
    console.log(await renderTerminal(new TextEncoder().encode("screen")));
  `;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", `--import-map=data:application/json,${importMap}`, script],
    cwd: ROOT,
  }).output();
  const decoder = new TextDecoder();
  assertEquals(
    decoder.decode(stdout),
    "imported\nloaded\nscreen\n\n",
    decoder.decode(stderr),
  );
});
