/**
 * What Plasmite v0 is known to get wrong and `pls` gets right, by the numbers of
 * docs/compatibility.md. What another test shows already is not tested here again.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Client } from "@plasmite/pool";
import { Stage } from "../process/stage.ts";
import { denoArguments, errorOf, jsonLines, Place } from "./pls.ts";

/** Long enough to hang a test that would otherwise never end; then it is told so. */
const END_MS = 20_000;

/** Messages of all lengths, so that the ring's end is met with every remainder. */
function* wrapping(rounds: number): Generator<string> {
  for (let round = 0; round < rounds; round++) yield "x".repeat(round * 7 % 331);
}

Deno.test("1: every way of reading copes with whatever is left at the ring's end", async () => {
  await using place = new Place();
  using client = new Client({ dir: place.pools });
  // Without an index everything is found by walking.
  client.createPool("small", { sizeBytes: 8192, indexCapacity: 0 });
  using pool = client.openPool("small");
  for (const text of wrapping(400)) {
    const { seq } = pool.append(text);
    const { oldest } = pool.info().bounds!;
    const seqs: number[] = [];
    const walk = pool.tail({ maxMessages: seq - oldest + 1, timeoutMs: END_MS });
    for await (const message of walk) seqs.push(message.seq);
    assertEquals(seqs, Array.from({ length: seq - oldest + 1 }, (_, i) => oldest + i));
  }
  const { bounds } = JSON.parse(await place.done("pool", "info", "small", "--json"));
  const { newest, oldest } = bounds;
  const count = newest - oldest + 1;
  const args = ["follow", "small", "--tail", String(count), "--jsonl", "--timeout", "100ms"];
  const { code, stdout } = await place.pls(...args);
  assertEquals([code, jsonLines(stdout).length], [124, count]);
});

Deno.test("2: a tail without a position starts at the oldest message, with no gap", async () => {
  await using place = new Place();
  using client = new Client({ dir: place.pools });
  using pool = client.pool("small", { sizeBytes: 8192 });
  for (const text of wrapping(300)) {
    pool.append(text);
    const { oldest } = pool.info().bounds!;
    const tail = pool.tail({ gapPolicy: "error", maxMessages: 1, timeoutMs: END_MS });
    for await (const { seq } of tail) assertEquals(seq, oldest);
  }
});

Deno.test("6: nothing of a message is lost, whatever JSON it is", async () => {
  await using place = new Place();
  const deep = "[".repeat(2000) + "]".repeat(2000);
  const values = [
    '{"z":1,"a":{"y":2,"b":3}}',
    '[1,"two",null]',
    '"text"',
    "18446744073709551617",
    "1.50e3",
    '{"nul\\u0000key":1,"nul":2}',
    deep,
  ];
  await place.done("pool", "create", "any");
  for (const [index, value] of values.entries()) {
    await place.done("feed", "any", value);
    const envelope = await place.done("fetch", "any", String(index + 1));
    assert(envelope.includes(`"data":${value}}`), value);
  }
});

Deno.test("10: when nobody reads the output any more, that is no error", async () => {
  await using stage = await Stage.open();
  const script = `set -o pipefail
    seq 1000 | pls feed numbers --create > receipts
    pls follow numbers --tail 1000 --jsonl | head -n 1 > first
    pls pool list | true
    pls help | true`;
  const { code, stdout, stderr } = await stage.runScript(script);
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
  assertEquals(jsonLines(Deno.readTextFileSync(`${stage.directory}/first`)).length, 1);
});

Deno.test("14: a name may hold blanks, per cent signs and letters of any alphabet", async () => {
  await using place = new Place();
  for (const name of ["a b", "100%", "a%2fb", "ünï-кот-猫", "?x=1#y", "-dash"]) {
    await place.done("feed", "--create", "--", name, "1");
    assertEquals(JSON.parse(await place.done("fetch", "--", name, "1")).data, 1);
    assert(Deno.statSync(`${place.pools}/${name}.plasmite`).isFile);
  }
});

Deno.test("15: --where knows the functions of jq, and a missing key is null", async () => {
  await using place = new Place();
  await place.done("feed", "jobs", '{"n":3,"name":"build","list":[1,2,3]}', "--create");
  const matches = async (expression: string) => {
    const args = ["--tail", "1", "--where", expression, "--jsonl", "--timeout", "50ms"];
    const { code, stdout, stderr } = await place.pls("follow", "jobs", ...args);
    assertEquals([code, stderr], [124, ""], expression);
    return stdout !== "";
  };
  for (
    const expression of [
      ".data.absent | not",
      '.data | has("n")',
      '.data.name | test("^bu")',
      ".data.list | length == 3",
      ".data.list | any(. == 2)",
      ".data.list | all(. > 0)",
      ".data.list | contains([2])",
      '.data.list | map(tostring) | join(",") == "1,2,3"',
      '.data.n | type == "number"',
      '("3" | tonumber) == .data.n',
      ".data | to_entries | length == 3",
      ".data.list[] | select(. == 2) | true",
      ".data.absent == null",
      ".data.list[9] == null",
    ]
  ) {
    assert(await matches(expression), expression);
  }
  for (const expression of [".data.absent == 1", ".data.absent > 0", "empty"]) {
    assertEquals(await matches(expression), false, expression);
  }
});

Deno.test("16: of many who create a pool at once, each can use it", async () => {
  await using place = new Place();
  const calls = Array.from({ length: 6 }, (_, id) => place.pls("feed", "new", `${id}`, "--create"));
  const outcomes = await Promise.all(calls);
  for (const { code, stderr } of outcomes) assertEquals([code, stderr], [0, ""]);
  const seqs = outcomes.map(({ stdout }) => JSON.parse(stdout).seq).sort();
  assertEquals(seqs, [1, 2, 3, 4, 5, 6]);
  assertEquals(namesIn(place.pools), ["new.plasmite"]);
});

Deno.test("16: deleting a pool leaves nothing behind", async () => {
  await using place = new Place();
  await place.done("feed", "jobs", "1", "--create");
  await place.done("pool", "delete", "jobs");
  assertEquals(namesIn(place.pools), []);
});

Deno.test("16: readers need no permission to write", async () => {
  await using place = new Place();
  await place.done("feed", "jobs", "1", "--create");
  Deno.chmodSync(`${place.pools}/jobs.plasmite`, 0o400);
  const read = async (...args: string[]) => {
    const allowed = denoArguments(args).filter((word) => word !== "--allow-write");
    const env = { PLS_DIR: place.pools };
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: allowed, env })
      .output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  };
  assertEquals((await read("fetch", "jobs", "1")).code, 0);
  assertEquals((await read("pool", "info", "jobs")).code, 0);
  assertEquals((await read("pool", "list")).code, 0);
  assertEquals((await read("follow", "jobs", "--tail", "1", "--one")).code, 0);
  // And it is not that nothing was refused.
  assertEquals(errorOf((await read("feed", "jobs", "2")).stderr).kind, "Permission");
});

Deno.test("the tests that docs/compatibility.md names are there", () => {
  const tests = `${import.meta.dirname}/..`;
  const page = Deno.readTextFileSync(`${tests}/../docs/compatibility.md`);
  const named = [...page.matchAll(/(\w+\/\w+_test)((?:,? "[^"]+")*)/g)];
  assert(named.length > 15);
  for (const [, file, titles] of named) {
    const source = Deno.readTextFileSync(`${tests}/${file}.ts`);
    for (const [title] of titles.matchAll(/"[^"]+"/g)) assert(source.includes(title), title);
  }
});

function namesIn(directory: string): string[] {
  return Array.from(Deno.readDirSync(directory), (entry) => entry.name).sort();
}
