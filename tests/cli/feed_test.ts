import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { receiptLine, receiptText } from "../../cli/feed.ts";
import { Message } from "../../pool/mod.ts";
import { denoArguments, errorOf, jsonLines, Place } from "./pls.ts";

/** The data of all messages in a pool. */
async function dataIn(place: Place, pool: string): Promise<unknown[]> {
  const args = ["follow", pool, "--tail", "1000", "--jsonl", "--data-only", "--timeout", "50ms"];
  const { code, stdout } = await place.pls(...args);
  assertEquals(code, 124);
  return jsonLines(stdout);
}

Deno.test("feed appends DATA and prints a receipt without it", async () => {
  await using place = new Place();
  const [receipt] = jsonLines(
    await place.done("feed", "jobs", '{"id":1}', "--create", "--tag", "a", "--tag", "b"),
  );
  assertEquals(Object.keys(receipt).sort(), ["meta", "seq", "time"]);
  assertEquals([receipt.seq, receipt.meta], [1, { tags: ["a", "b"] }]);
  assert(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(receipt.time), receipt.time);
});

Deno.test("feed takes any JSON value and keeps it as it is", async () => {
  await using place = new Place();
  await place.done("pool", "create", "jobs");
  const values = ["null", "true", "-5", '"text"', "[1,2]", '{"b":1.0,"a":12345678901234567890}'];
  for (const value of values) await place.done("feed", "jobs", value);
  const args = ["follow", "jobs", "-n99", "--jsonl", "--data-only", "--timeout", "50ms"];
  assertEquals((await place.pls(...args)).stdout, values.join("\n") + "\n");
});

Deno.test("feed refuses DATA that is not JSON, and makes no pool for it", async () => {
  await using place = new Place();
  const { code, stdout, stderr } = await place.pls("feed", "jobs", "{a:1}", "--create");
  assertEquals([code, stdout], [2, ""]);
  const { kind, causes } = errorOf(stderr);
  assertEquals([kind, causes?.length], ["Usage", 1]);
  assertEquals(await place.done("pool", "list", "--json"), '{"pools":[]}\n');
});

Deno.test("feed appends every line of standard input in order", async () => {
  await using place = new Place();
  const stdin = '{"id":1}\n\n{"id":2}\n3';
  const { code, stdout } = await place.call(["feed", "jobs", "--create"], { stdin });
  assertEquals([code, jsonLines(stdout).map(({ seq }) => seq)], [0, [1, 2, 3]]);
  assertEquals(await dataIn(place, "jobs"), [{ id: 1 }, { id: 2 }, 3]);
});

Deno.test("feed appends a line at once, without waiting for the next", async () => {
  await using place = new Place();
  const feeding = place.start("feed", "jobs", "--create");
  for (const seq of [1, 2]) {
    await feeding.type("{}\n");
    assertEquals(JSON.parse((await feeding.stdout.next())!).seq, seq);
  }
});

Deno.test("feed reads a file, and - for standard input", async () => {
  await using place = new Place();
  Deno.writeTextFileSync(`${place.dir}/in.jsonl`, "1\n2\n");
  await place.done("feed", "jobs", "--create", "--file", "in.jsonl");
  await place.call(["feed", "jobs", "-f", "-"], { stdin: "3\n" });
  assertEquals(await dataIn(place, "jobs"), [1, 2, 3]);
});

Deno.test("feed names the bad line and keeps the ones before it", async () => {
  await using place = new Place();
  const outcome = await place.call(["feed", "jobs", "--create"], { stdin: "1\n2\noops\n4\n" });
  assertEquals([outcome.code, jsonLines(outcome.stdout).length], [2, 2]);
  const { kind, message } = errorOf(outcome.stderr);
  assertEquals(kind, "Usage");
  assertStringIncludes(message, "line 3");
  assertEquals(await dataIn(place, "jobs"), [1, 2]);
});

Deno.test("feed names a line too large for the pool and keeps the ones before it", async () => {
  await using place = new Place();
  await place.done("pool", "create", "small", "--size", "64K");
  const stdin = `1\n2\n"${"x".repeat(100_000)}"\n4\n`;
  const { code, stdout, stderr } = await place.call(["feed", "small"], { stdin });
  assertEquals([code, jsonLines(stdout).length], [2, 2]);
  assertStringIncludes(errorOf(stderr).message, "line 3: ");
});

Deno.test("feed refuses input that is not UTF-8 as Io", async () => {
  await using place = new Place();
  const stdin = new Uint8Array([0x31, 0x0a, 0x22, 0xff, 0x22, 0x0a]);
  const { code, stdout, stderr } = await place.call(["feed", "jobs", "--create"], { stdin });
  assertEquals([code, jsonLines(stdout).length, errorOf(stderr).kind], [8, 1, "Io"]);
});

Deno.test("feed without any data is Usage", async () => {
  await using place = new Place();
  for (const stdin of ["", "\n  \n"]) {
    const { code, stderr } = await place.call(["feed", "jobs", "--create"], { stdin });
    assertEquals(code, 2);
    const { hint } = errorOf(stderr);
    for (const word of ["DATA", "--file", "stdin"]) assertStringIncludes(hint, word);
  }
});

Deno.test("feed tells of a file that can't be read as Io, with its path", async () => {
  await using place = new Place();
  await place.done("pool", "create", "jobs");
  for (const file of ["missing.jsonl", "."]) {
    const { code, stderr } = await place.pls("feed", "jobs", "--file", file);
    const { kind, path } = errorOf(stderr);
    assertEquals([code, kind, path], [8, "Io", file]);
  }
});

Deno.test("feed on a missing name hints at the exact command to run", async () => {
  await using place = new Place();
  const { code, stderr } = await place.pls("feed", "jobs", '{"a":1}', "--tag", "x y");
  const { kind, hint } = errorOf(stderr);
  assertEquals([code, kind], [3, "NotFound"]);
  assertStringIncludes(hint, "exact command");
  const line = String.raw`pls feed jobs --create --tag "x y" "{\"a\":1}"`;
  assertStringIncludes(hint, line);
});

Deno.test("feed on a missing name with piped input hints at --create only", async () => {
  await using place = new Place();
  const { code, stderr } = await place.call(["feed", "jobs"], { stdin: "1\n" });
  const { hint } = errorOf(stderr);
  assertEquals([code, hint.includes("exact command")], [3, false]);
  assertStringIncludes(hint, "pls feed jobs --create");
});

Deno.test("feed on a missing path hints at the path and --dir", async () => {
  await using place = new Place();
  const { code, stderr } = await place.pls("feed", "./jobs.plasmite", "1");
  const { hint } = errorOf(stderr);
  assertEquals([code, hint.includes("--create")], [3, false]);
  assertStringIncludes(hint, "--dir");
});

Deno.test("feed makes a pool of the size asked for", async () => {
  await using place = new Place();
  await place.done("feed", "jobs", "1", "--create", "--create-size", "64K");
  assertEquals(Deno.statSync(`${place.pools}/jobs.plasmite`).size, 65536);
});

Deno.test("feed --create appends to the pool there is", async () => {
  await using place = new Place();
  await place.done("feed", "jobs", "1", "--create");
  await place.done("feed", "jobs", "2", "--create");
  assertEquals(await dataIn(place, "jobs"), [1, 2]);
});

Deno.test("feed flushes when it is told to", async () => {
  await using place = new Place();
  const stdout = await place.done("feed", "jobs", "1", "--create", "--durability", "flush");
  assertEquals(JSON.parse(stdout).seq, 1);
});

Deno.test("feed refuses arguments that contradict each other", async () => {
  await using place = new Place();
  for (
    const args of [
      ["feed", "jobs", "1", "--file", "x"],
      ["feed", "jobs", "1", "--create-size", "1M"],
      ["feed", "jobs", "1", "--durability", "slow"],
      ["feed", "jobs", "1", "--create", "--create-size", "64KB"],
    ]
  ) {
    const { code, stdout, stderr } = await place.pls(...args);
    assertEquals([code, stdout, errorOf(stderr).kind], [2, "", "Usage"], args.join(" "));
    assertStringIncludes(errorOf(stderr).hint, "pls feed --help");
  }
});

Deno.test("a receipt for a program is the envelope without data", () => {
  const message = new Message(4, 0, 500_000_000, [], "{}");
  assertEquals(JSON.parse(receiptLine(["a"])(message)), {
    seq: 4,
    time: "1970-01-01T00:00:00.500000000Z",
    meta: { tags: ["a"] },
  });
});

Deno.test("a receipt for a person has whole seconds, and tags when there are any", () => {
  const message = new Message(4, 0, 500_000_000, [], "{}");
  assertEquals(receiptText([])(message), "fed seq=4 at 1970-01-01T00:00:00Z\n");
  const tagged = "fed seq=4 at 1970-01-01T00:00:00Z  tags: a,b\n";
  assertEquals(receiptText(["a", "b"])(message), tagged);
});

Deno.test("whoever reads the receipts may leave, and everything is fed all the same", async () => {
  await using place = new Place();
  await place.pls("pool", "create", "all", "--size", "8M");
  const lines = Array.from({ length: 20_000 }, (_, i) => `{"i":${i}}\n`).join("");
  Deno.writeTextFileSync(`${place.dir}/lines`, lines);
  const feed = new Deno.Command(Deno.execPath(), {
    args: denoArguments(["--dir", place.pools, "feed", "all", "--file", `${place.dir}/lines`]),
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = feed.stdout.getReader();
  await reader.read();
  await reader.cancel();
  assertEquals((await feed.status).code, 0);
  const { stdout } = await place.pls("pool", "info", "all", "--json");
  assertEquals(JSON.parse(stdout).bounds.newest, 20_000);
});
