import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { summaryForPeople } from "../../cli/pool_import.ts";
import { importLines } from "../../cli/import_lines.ts";
import { errorOf, Place } from "./pls.ts";

async function filled(place: Place): Promise<string> {
  const stdin = Array.from({ length: 300 }, (_, i) => `{"z":${i},"a":1.0}\n`).join("");
  await place.call(["feed", "jobs", "--create", "--tag", "t"], { stdin });
  return await place.done("pool", "export", "jobs");
}

Deno.test("pool export prints every envelope once and ends", async () => {
  await using place = new Place();
  const lines = (await filled(place)).split("\n");
  assertEquals(lines.length, 301);
  assertMatch(
    lines[299],
    /^\{"seq":300,"time":"[^"]+Z","meta":\{"tags":\["t"\]\},"data":\{"z":299,"a":1\.0\}\}$/,
  );
  await place.done("pool", "create", "empty");
  assertEquals(await place.done("pool", "export", "empty"), "");
});

Deno.test("a pool moves to one of another size with its seqs, times and tags", async () => {
  await using place = new Place();
  const text = await filled(place);
  const args = ["pool", "import", "big", "--create", "--size", "2M", "--json"];
  const { code, stdout } = await place.call(args, { stdin: text });
  assertEquals([code, JSON.parse(stdout)], [0, {
    imported: {
      pool: "big",
      count: 300,
      first_seq: 1,
      last_seq: 300,
      renumbered: false,
      moved_times: 0,
    },
  }]);
  assertEquals(await place.done("pool", "export", "big"), text);
  assertEquals(Deno.statSync(`${place.pools}/big.plasmite`).size, 2 * 1024 * 1024);
});

Deno.test("pool import refuses a pool with messages unless told to append", async () => {
  await using place = new Place();
  const text = await filled(place);
  const refused = await place.call(["pool", "import", "jobs"], { stdin: text });
  assertEquals([refused.code, refused.stdout], [2, ""]);
  assertStringIncludes(errorOf(refused.stderr).hint, "--append");
  const appended = await place.call(["pool", "import", "jobs", "--append"], { stdin: text });
  assertEquals(appended.stdout, "NAME  IMPORTED  FIRST  LAST\njobs  300       301    600\n");
});

Deno.test("pool import names a bad line and does not succeed", async () => {
  await using place = new Place();
  const text = (await filled(place)).split("\n").slice(0, 2).join("\n") + "\nnonsense\n";
  const { code, stdout, stderr } = await place.call(["pool", "import", "b", "--create"], {
    stdin: text,
  });
  assertEquals([code, stdout], [2, ""]);
  assertMatch(errorOf(stderr).message, /^line 3: invalid JSON$/);
  const missing = await place.call(["pool", "import", "c"], { stdin: text });
  assertEquals(missing.code, 3);
  assertStringIncludes(errorOf(missing.stderr).hint, "--create");
});

Deno.test("pool export of a missing pool is NotFound, and of a holed one a notice", async () => {
  await using place = new Place();
  assertEquals((await place.pls("pool", "export", "jobs")).code, 3);
  await filled(place);
  const path = `${place.pools}/jobs.plasmite`;
  const bytes = Deno.readFileSync(path);
  bytes[new TextDecoder("latin1").decode(bytes).indexOf('{"z":7,')] ^= 1;
  Deno.writeFileSync(path, bytes);
  const { code, stdout, stderr } = await place.pls("pool", "export", "jobs");
  assertEquals([code, stdout.split("\n").length], [0, 300]);
  assertEquals(JSON.parse(stderr).notice.details.missing_count, 1);
});

Deno.test("lines are the same however the input is cut", () => {
  const text = "a\n\n" + "é".repeat(300_000) + "\nlast";
  for (const size of [1, 7, 70_000, 1_000_000]) {
    let bytes = new TextEncoder().encode(text);
    const readSync = (into: Uint8Array) => {
      const piece = bytes.subarray(0, Math.min(size, into.length));
      if (piece.length === 0) return null;
      into.set(piece);
      bytes = bytes.subarray(piece.length);
      return piece.length;
    };
    const lines = [...importLines({ readSync })];
    assertEquals(lines.map((line) => line.text), text.split("\n"));
    assertEquals(lines.map((line) => line.number), [1, 2, 3, 4]);
  }
});

Deno.test("people read how many messages were imported, and what changed", () => {
  const summary = { count: 2, firstSeq: 5, lastSeq: 6, renumbered: true, movedTimes: 1 };
  assertEquals(
    summaryForPeople("jobs", summary),
    "Imported 2 messages into jobs as seq 5 to 6. They have new numbers. " +
      "1 of them have a later time than they had.\n",
  );
});
