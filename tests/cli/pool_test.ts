import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PlasmiteError, type PoolInfo, type PoolListing } from "../../pool/mod.ts";
import { infoForPeople, infoLines } from "../../cli/pool_info.ts";
import { listForPeople, listTable } from "../../cli/pool_list.ts";
import { errorOf, Place } from "./pls.ts";

Deno.test("pool create makes pools of 1 MiB and prints a table", async () => {
  await using place = new Place();
  const path = `${place.pools}/a.plasmite`;
  const [header, a, b] = (await place.done("pool", "create", "a", "b")).split("\n");
  assertEquals(header.split(/ +/), ["NAME", "SIZE", "INDEX", "PATH"]);
  assertMatch(a, new RegExp(`^a +1048576 +\\d+ +${path}$`));
  assertMatch(b, /^b /);
  assertEquals(Deno.statSync(path).size, 1024 * 1024);
});

Deno.test("pool create --json describes what it made", async () => {
  await using place = new Place();
  const args = ["pool", "create", "a", "--size", "64K", "--index-capacity", "0", "--json"];
  const { created: [info] } = JSON.parse(await place.done(...args));
  assertEquals([info.name, info.file_size, info.index_capacity], ["a", 65536, 0]);
  assertEquals([info.bounds, info.metrics.message_count], [{}, 0]);
});

Deno.test("pool create on an existing pool is AlreadyExists, and tells what it made before", async () => {
  await using place = new Place();
  await place.done("pool", "create", "b");
  const { code, stdout, stderr } = await place.pls("pool", "create", "a", "b", "c", "--json");
  const { kind, path, hint } = errorOf(stderr);
  assertEquals([code, kind, path], [4, "AlreadyExists", `${place.pools}/b.plasmite`]);
  assertStringIncludes(hint, "different name");
  const names = JSON.parse(stdout).created.map(({ name }: { name: string }) => name);
  assertEquals(names, ["a"]);
});

Deno.test("pool create refuses sizes that make no pool, and leaves no file", async () => {
  await using place = new Place();
  const tooLarge = ["--size", "64K", "--index-capacity", "4096"];
  for (const flags of [["--size", "4K"], ["--size", "1.5M"], tooLarge]) {
    const { code, stderr } = await place.pls("pool", "create", "a", ...flags);
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"], flags.join(" "));
  }
  assertEquals(await place.done("pool", "list", "--json"), '{"pools":[]}\n');
});

Deno.test("pool info --json describes a pool", async () => {
  await using place = new Place();
  await place.done("feed", "jobs", "1", "--create");
  await place.done("feed", "jobs", "2");
  const info = JSON.parse(await place.done("pool", "info", "jobs", "--json"));
  assertEquals([info.name, info.path], ["jobs", `${place.pools}/jobs.plasmite`]);
  assertEquals([info.bounds, info.metrics.message_count], [{ oldest: 1, newest: 2 }, 2]);
});

Deno.test("pool info prints one fact a line", async () => {
  await using place = new Place();
  await place.done("feed", "jobs", "1", "--create");
  const stdout = await place.done("pool", "info", "jobs");
  for (
    const label of ["Pool:", "Path:", "Size:", "Bounds:", "Utilization:", "Oldest:", "Newest:"]
  ) {
    assertMatch(stdout, new RegExp(`^${label} `, "m"));
  }
  assertMatch(stdout, /^Bounds: oldest=1 newest=1 count=1$/m);
  assertMatch(stdout, /^Utilization: used=\d+B free=\d+B \(\d+\.\d\d%\)$/m);
});

Deno.test("pool info on a missing pool has a hint and neither path nor causes", async () => {
  await using place = new Place();
  const { code, stderr } = await place.pls("pool", "info", "jobs");
  const { hint, ...others } = errorOf(stderr);
  assertEquals([code, others], [3, { kind: "NotFound", message: "not found" }]);
  assertStringIncludes(hint, "pls pool create jobs");
});

Deno.test("pool list --json lists pools by name, broken ones with their error", async () => {
  await using place = new Place();
  await place.done("feed", "b", "1", "--create");
  await place.done("pool", "create", "a");
  Deno.writeTextFileSync(`${place.pools}/broken.plasmite`, "x".repeat(10_000));
  Deno.writeTextFileSync(`${place.pools}/notes.txt`, "no pool");
  const { pools: [a, b, broken, ...others] } = JSON.parse(
    await place.done("pool", "list", "--json"),
  );
  assertEquals([a.name, a.bounds, a.file_size], ["a", {}, 1024 * 1024]);
  assertEquals([b.name, b.bounds], ["b", { oldest: 1, newest: 1 }]);
  assertEquals(new Date(b.mtime).toISOString(), b.mtime);
  assertEquals([broken.name, broken.error.error.kind, others], ["broken", "Corrupt", []]);
});

Deno.test("pool list of a missing directory is empty, and does not make it", async () => {
  await using place = new Place();
  const header = "NAME  STATUS  SIZE  OLDEST  NEWEST  MTIME  PATH  DETAIL\n";
  assertEquals(await place.done("pool", "list"), header);
  assertEquals([...Deno.readDirSync(place.dir)], []);
});

Deno.test("pool list of a directory that can't be read is one failed entry", async () => {
  await using place = new Place();
  Deno.writeTextFileSync(place.pools, "not a directory");
  const { pools } = JSON.parse(await place.done("pool", "list", "--json"));
  assertEquals([pools.length, pools[0].name, pools[0].error.error.kind], [1, "pools", "Io"]);
});

Deno.test("pool delete removes pools and prints a table", async () => {
  await using place = new Place();
  await place.done("pool", "create", "a", "b");
  const [header, a] = (await place.done("pool", "delete", "a")).split("\n");
  assertEquals(header.split(/ +/), ["NAME", "STATUS", "PATH", "DETAIL"]);
  assertMatch(a, /^a +OK /);
  assertEquals([...Deno.readDirSync(place.pools)].map(({ name }) => name), ["b.plasmite"]);
});

Deno.test("pool delete tries every name and exits with the code of the first failure", async () => {
  await using place = new Place();
  await place.done("pool", "create", "b");
  const names = ["a", "ftp://host/x", "b"];
  const { code, stdout, stderr } = await place.pls("pool", "delete", ...names, "--json");
  assertEquals([code, stderr], [3, ""]);
  const { deleted, failed } = JSON.parse(stdout);
  assertEquals(deleted, [{ pool: "b", path: `${place.pools}/b.plasmite` }]);
  assertEquals(failed[0].error.path, `${place.pools}/a.plasmite`);
  assertEquals(
    failed.map(({ pool, error }: { pool: string; error: { kind: string } }) => [pool, error.kind]),
    [["a", "NotFound"], ["ftp://host/x", "Usage"]],
  );
});

const INFO: PoolInfo = {
  name: "jobs",
  path: "/p/jobs.plasmite",
  sizeBytes: 1048576,
  indexOffset: 4096,
  indexCapacity: 64,
  indexSizeBytes: 1536,
  ringOffset: 5632,
  ringSizeBytes: 1000,
  id: "df75162f-6ca8-476a-b46f-75fef1058736",
  createdAt: "1970-01-01T00:00:00.000000000Z",
  maxAgeMs: 0,
  maxMessages: 0,
  nextSeq: 1,
  usedBytes: 0,
};

const USED: PoolInfo = {
  ...INFO,
  nextSeq: 10,
  usedBytes: 999,
  bounds: { oldest: 3, newest: 9 },
  times: { oldest: "1970-01-01T00:00:01.000000000Z", newest: "1970-01-01T00:01:00.000000000Z" },
};

Deno.test("the text of an empty pool has dashes where a seq would be", () => {
  const text = infoLines(INFO, 0);
  assertMatch(text, /^Bounds: oldest=- newest=- count=0$/m);
  assertMatch(text, /^Oldest: -$/m);
});

Deno.test("use is cut to two decimals, not rounded up", () => {
  assertMatch(infoLines(USED, 0), /^Utilization: used=999B free=1B \(99\.90%\)$/m);
});

Deno.test("people read sizes and ages of a pool", () => {
  const text = infoForPeople(USED, 3_600_000);
  for (const part of ["1 MiB", "7 (seq 3 to 9)", "59m ago"]) assertStringIncludes(text, part);
});

Deno.test("people read a list without empty columns", () => {
  const pool: PoolListing = { name: "jobs", path: USED.path, mtime: new Date(0), info: USED };
  assertEquals(
    listForPeople([pool], { nowMs: 7_200_000, dir: "/p" }),
    "NAME  SIZE   MSGS  MODIFIED  PATH\njobs  1 MiB  7     2h ago    /p/jobs.plasmite\n",
  );
});

Deno.test("people without pools read how to make one", () => {
  assertStringIncludes(listForPeople([], { nowMs: 0, dir: "/p" }), "pls pool create");
});

Deno.test("a broken pool in a list has its error in the last column", () => {
  const error = new PlasmiteError("Corrupt", "damaged");
  const text = listTable([{ name: "bad", path: "/p/bad", mtime: null, error }]);
  assertMatch(text.split("\n")[1], /^bad +ERR .*Corrupt: damaged$/);
});
