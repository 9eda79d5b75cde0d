/**
 * The library needs access to the pool directory, and to nothing else.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { Client } from "@plasmite/pool";
import { Child } from "./child.ts";

const SCRIPT = import.meta.resolve("./sandboxed.ts");

function said(child: Child): unknown[] {
  return child.stdout.lines.map((line) => JSON.parse(line));
}

Deno.test("everything works with read and write access to the pool directory alone", async () => {
  const dir = Deno.makeTempDirSync();
  const access = [`--allow-read=${dir}`, `--allow-write=${dir}`];
  await using child = Child.deno(SCRIPT, access, [dir, "owner"]);
  assertEquals(await child.exit(), 0, child.stderr.text);
  assertEquals(child.stderr.text, "");
  assertEquals(said(child), [
    ["other permissions", []],
    ["live", { n: 1 }],
    ["got", { n: 1 }],
    ["bounds", { oldest: 1, newest: 3 }],
    ["listed", [["other", null], ["work", { oldest: 1, newest: 3 }]]],
    ["selected", { n: 2 }],
    ["selected", { n: 3 }],
  ]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("reading and following work with read access alone, and appending says what it lacks", async () => {
  const dir = Deno.makeTempDirSync();
  using client = new Client({ dir });
  using pool = client.pool("work", { sizeBytes: 65536 });
  pool.appendMany([{ data: { n: 1 } }, { data: { n: 2 } }, { data: { n: 3 } }]);
  await using child = Child.deno(SCRIPT, [`--allow-read=${dir}`], [dir, "reader"]);
  await child.stdout.until((text) => text.includes("waiting"), "line that it waits");
  pool.append({ n: 4 });
  assertEquals(await child.exit(), 0, child.stderr.text);
  const [permissions, got, listed, second, third, , live, append] = said(child);
  assertEquals(permissions, ["other permissions", []]);
  assertEquals(got, ["got", { n: 1 }]);
  assertEquals(listed, ["listed", ["work"]]);
  assertEquals([second, third], [["selected", { n: 2 }], ["selected", { n: 3 }]]);
  assertEquals(live, ["live", { n: 4 }]);
  const [, kind, hint] = append as string[];
  assertEquals(kind, "Permission");
  assertMatch(hint, /--allow-write/);
  Deno.removeSync(dir, { recursive: true });
});
