import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { noTerminal, startOnTerminal } from "./on_terminal.ts";
import { denoArguments, errorOf, jsonLines, type Outcome, Place } from "./pls.ts";

/** The data of all messages in a pool. */
async function dataIn(place: Place, pool: string): Promise<unknown[]> {
  const args = ["follow", pool, "--tail", "1000", "--jsonl", "--data-only", "--timeout", "50ms"];
  return jsonLines((await place.pls(...args)).stdout);
}

/** Feeds a new pool with `stdin`. */
function feed(place: Place, stdin: string, ...flags: string[]): Promise<Outcome> {
  return place.call(["feed", "jobs", "--create", ...flags], { stdin });
}

Deno.test("feed reads every format there is", async () => {
  const examples: [string, string[]][] = [
    ['{"id":1}\n{\n "id": 2\n}\n', []],
    ['{"id":1}\n{"id":2}\n', ["--in", "jsonl"]],
    ['\x1e{"id":1}\n\x1e{"id":2}\n', []],
    ['{"id":1}\x1e{"id":2}', ["-i", "seq"]],
    ['data: {"id":1}\n\ndata: {"id":2}\n\n', []],
    ['{"id":1}{"id":2}', ["--in=jq"]],
  ];
  for (const [stdin, flags] of examples) {
    await using place = new Place();
    const { code, stderr } = await feed(place, stdin, ...flags);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(await dataIn(place, "jobs"), [{ id: 1 }, { id: 2 }]);
  }
});

Deno.test("feed takes an array in json mode for one message", async () => {
  await using place = new Place();
  await feed(place, "[1,\n2]\n", "--in", "json");
  assertEquals(await dataIn(place, "jobs"), [[1, 2]]);
});

Deno.test("feed appends each message of a slow producer at once, in every format", async () => {
  const examples: [string, string[]][] = [
    ['{"a":1}\n', []],
    ["{\n}\n", []],
    ["\x1e{}\n", []],
    ["data: {}\n\n", []],
    ["1\n", ["--in", "jsonl"]],
    ["{}", ["--in", "jq"]],
  ];
  for (const [record, flags] of examples) {
    await using place = new Place();
    const feeding = place.start("feed", "jobs", "--create", ...flags);
    for (const seq of [1, 2, 3]) {
      await feeding.type(record);
      assertEquals(JSON.parse((await feeding.stdout.next())!).seq, seq);
    }
  }
});

Deno.test("feed says how to go on after a bad record", async () => {
  await using place = new Place();
  for (const [stdin, flags] of [["oops\n", []], ["{} }", ["-i", "jq"]]] as const) {
    const { code, stderr } = await feed(place, stdin, ...flags);
    const { kind, message, hint, causes } = errorOf(stderr);
    assertEquals([code, kind, causes?.length], [2, "Usage", 1]);
    assertStringIncludes(message, "invalid JSON input");
    assertStringIncludes(hint, "--in");
    // What is not possible is not advised.
    assertEquals(hint.includes("-e skip"), flags.length === 0);
  }
});

Deno.test("feed -e skip tells of every bad record, appends the others and exits with 1", async () => {
  await using place = new Place();
  const stdin = `1\noops\n\n"${"x".repeat(2 ** 20)}"\n2\n`;
  const { code, stdout, stderr } = await feed(place, stdin, "-e", "skip", "--in", "jsonl");
  assertEquals([code, jsonLines(stdout).length], [1, 2]);
  assertEquals(await dataIn(place, "jobs"), [1, 2]);
  const notices = jsonLines(stderr).map(({ notice }) => notice);
  const path = `${place.pools}/jobs.plasmite`;
  assertEquals(notices.map(({ kind, cmd, pool }) => [kind, cmd, pool]), [
    ["ingest_skip", "feed", "jobs"],
    ["ingest_skip", "feed", "jobs"],
    ["ingest_summary", "feed", "jobs"],
  ]);
  assertEquals(notices[0].details, {
    error_kind: "Parse",
    index: 2,
    line: 2,
    mode: "jsonl",
    pool_path: path,
    snippet: "oops",
  });
  const { snippet, ...details } = notices[1].details;
  assertEquals(snippet, `"${"x".repeat(196)}...`);
  const place3 = { index: 3, line: 4, mode: "jsonl", pool_path: path };
  assertEquals(details, { error_kind: "Oversize", ...place3 });
  assertEquals(notices[2].details, { failed: 2, ok: 2, pool_path: path, total: 4 });
  for (const { time, message } of notices) {
    assertEquals(new Date(time).toISOString(), time);
    assert(message.length > 0);
  }
});

Deno.test("feed -e skip that appends nothing exits with 1, and without records with 2", async () => {
  await using place = new Place();
  assertEquals((await feed(place, "oops\n", "--errors", "skip")).code, 1);
  assertEquals((await feed(place, "\n\n", "--errors", "skip")).code, 2);
});

Deno.test("feed -e skip without bad records says nothing and exits with 0", async () => {
  await using place = new Place();
  const { code, stderr } = await feed(place, "1\n2\n", "-e", "skip");
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("a value that is no object is appended, with -e skip too (weakness 7)", async () => {
  await using place = new Place();
  const { code } = await feed(place, '[1]\n2\n"x"\nnull\n', "-e", "skip");
  assertEquals([code, await dataIn(place, "jobs")], [0, [[1], 2, "x", null]]);
});

Deno.test("a message too large for the pool is skipped like any other (weakness 7)", async () => {
  await using place = new Place();
  const stdin = `1\n"${"x".repeat(100_000)}"\n3\n`;
  const flags = ["--create-size", "64K", "-e", "skip"];
  const { code, stderr } = await feed(place, stdin, ...flags);
  assertEquals([code, await dataIn(place, "jobs")], [1, [1, 3]]);
  const [{ notice: { details, message } }, { notice: summary }] = jsonLines(stderr);
  assertEquals([details.error_kind, details.index, details.line], ["Usage", 2, 2]);
  assertStringIncludes(message, "too large for the pool");
  assertEquals([summary.details.ok, summary.details.failed], [2, 1]);
});

Deno.test("an append that fails for the pool's sake keeps its kind (weakness 7)", async () => {
  for (const errors of ["stop", "skip"]) {
    await using place = new Place();
    const feeding = place.start("feed", "jobs", "--create", "--errors", errors);
    await feeding.type("1\n");
    await feeding.stdout.next();
    await place.done("pool", "delete", "jobs");
    await feeding.type("2\n");
    assertEquals(errorOf(`${await feeding.stderr.next()}\n`).kind, "NotFound");
    assertEquals((await feeding.status()).code, 3);
  }
});

Deno.test("a snippet is cut between characters (weakness 8)", async () => {
  await using place = new Place();
  for (const shift of ["", "x", "xx", "xxx"]) {
    const { stderr } = await feed(place, `${shift}${"😀".repeat(100)}\n`, "-e", "skip");
    const { snippet } = jsonLines(stderr)[0].notice.details;
    assert(snippet.isWellFormed() && snippet.endsWith("😀..."), snippet);
    assert(new TextEncoder().encode(snippet).length <= 200);
  }
});

Deno.test("feed goes on after an event that is too long (weakness 8)", async () => {
  await using place = new Place();
  const stdin = `data: 1\n\ndata: "${"x".repeat(2 ** 20)}"\n\ndata: 3\n\ndata: 4\n\n`;
  const { code, stderr } = await feed(place, stdin, "-e", "skip");
  assertEquals([code, await dataIn(place, "jobs")], [1, [1, 3, 4]]);
  const { error_kind, index, line, mode } = jsonLines(stderr)[0].notice.details;
  assertEquals([error_kind, index, line, mode], ["Oversize", 2, 4, "event"]);
});

Deno.test("feed appends the first record before there is a second one (weakness 9)", async () => {
  await using place = new Place();
  const feeding = place.start("feed", "jobs", "--create");
  await feeding.type("\n{\n");
  await feeding.type('"a": 1\n}\n');
  assertEquals(JSON.parse((await feeding.stdout.next())!).seq, 1);
  assertEquals(await dataIn(place, "jobs"), [{ a: 1 }]);
});

Deno.test("feed refuses flags of input that make no sense, and makes no pool", async () => {
  await using place = new Place();
  for (
    const flags of [
      ["--in", "jq", "--errors", "skip"],
      ["--in", "xml"],
      ["--errors", "ignore"],
      ["--retry-delay", "5ms"],
      ["--retry", "0", "--retry-delay", "5ms"],
      ["--retry", "4294967296"],
      ["--retry", "1", "--retry-delay", "5"],
      ["1", "--in", "json"],
      ["1", "--errors", "skip"],
    ]
  ) {
    const { code, stderr } = await feed(place, "1\n", ...flags);
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"], flags.join(" "));
  }
  assertEquals(await place.done("pool", "list", "--json"), '{"pools":[]}\n');
});

Deno.test({
  name: "a person reads a sentence about each bad record, and about all of them",
  ignore: noTerminal,
  fn: async () => {
    await using place = new Place();
    Deno.writeTextFileSync(`${place.dir}/in.jsonl`, '1\noo"ps\t\x9b\n');
    const args = ["feed", "jobs", "--create", "--file", "in.jsonl", "-e", "skip"];
    const feeding = startOnTerminal(place, denoArguments(args));
    assertStringIncludes((await feeding.stdout.next())!, "fed seq=1 at ");
    assertEquals(
      await feeding.stdout.next(),
      'notice: skipped line 2: invalid JSON input: oo"ps\\u0009\\u009b (pool jobs)',
    );
    assertEquals(await feeding.stdout.next(), "notice: skipped 1 of 2 records (pool jobs)");
    assertEquals((await feeding.status()).code, 1);
    await feeding.end();
  },
});
