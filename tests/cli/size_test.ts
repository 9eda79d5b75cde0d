import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../pool/mod.ts";
import { formatSize } from "../../cli/format_size.ts";
import { parseSize } from "../../cli/size.ts";

Deno.test("a size is digits with an optional binary unit in either case", () => {
  const sizes = ["0", "65536", "64K", "64k", " 8m ", "2G"].map(parseSize);
  assertEquals(sizes, [0, 65536, 65536, 65536, 8 * 2 ** 20, 2 * 2 ** 30]);
});

Deno.test("anything else is not a size", () => {
  for (const text of ["", "K", "64KB", "1MiB", "1.5M", "-1", "1 M K", "9007199254740992"]) {
    assertThrows(() => parseSize(text), UsageError, "not a size");
  }
});

Deno.test("people read sizes in the largest unit that fits", () => {
  assertEquals(formatSize(0), "0 B");
  assertEquals(formatSize(999), "999 B");
  assertEquals(formatSize(1536), "1.5 KiB");
  assertEquals(formatSize(1024 * 1024), "1 MiB");
  assertEquals(formatSize(65_536), "64 KiB");
  assertEquals(formatSize(1.5 * 2 ** 40), "1.5 TiB");
});
