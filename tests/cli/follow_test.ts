import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { errorOf, jsonLines, Place } from "./pls.ts";

/** A place with a pool `jobs` of these values, each with the tags given beside it. */
async function withJobs(...messages: [data: string, ...tags: string[]][]): Promise<Place> {
  const place = new Place();
  await place.done("pool", "create", "jobs");
  for (const [data, ...tags] of messages) {
    await place.done("feed", "jobs", data, ...tags.flatMap((tag) => ["--tag", tag]));
  }
  return place;
}

/** The data that `follow` prints of what is retained. */
async function followed(place: Place, ...args: string[]): Promise<unknown[]> {
  const { stdout, stderr } = await place.pls(
    ...["follow", "jobs", "--jsonl", "--data-only", "--timeout", "50ms", ...args],
  );
  assertEquals(stderr, "");
  return jsonLines(stdout);
}

Deno.test("follow prints only what is appended from now on", async () => {
  await using place = await withJobs(["1"]);
  const following = place.start("follow", "jobs", "--jsonl", "--data-only");
  const first = following.stdout.next();
  let seen = false;
  first.then(() => seen = true);
  // Nothing tells from outside that it listens: append until it says so.
  while (!seen) await place.done("feed", "jobs", '"live"');
  assertEquals(await first, '"live"');
});

Deno.test("follow --tail prints the newest retained ones, then what comes", async () => {
  await using place = await withJobs(["1"], ["2"], ["3"]);
  const following = place.start("follow", "jobs", "-n", "2", "--jsonl", "--data-only");
  assertEquals([await following.stdout.next(), await following.stdout.next()], ["2", "3"]);
  await place.done("feed", "jobs", "4");
  assertEquals(await following.stdout.next(), "4");
});

Deno.test("follow --tail counts the messages that match", async () => {
  await using place = await withJobs(["1", "a"], ["2", "a"], ["3"]);
  assertEquals(await followed(place, "--tail", "1", "--tag", "a"), [2]);
});

Deno.test("follow --since prints the retained ones of that time or later", async () => {
  await using place = await withJobs(["1"], ["2"]);
  assertEquals(await followed(place, "--since", "1h"), [1, 2]);
  const [, second] = jsonLines(
    (await place.pls("follow", "jobs", "-n2", "--jsonl", "--timeout", "50ms")).stdout,
  );
  assertEquals(await followed(place, "--since", second.time.replace(/\d{6}Z$/, "Z")), [2]);
});

Deno.test("follow --since minds all nine digits of a time", async () => {
  await using place = new Place();
  await place.call(["feed", "jobs", "--create"], { stdin: "1\n2\n3\n" });
  const [, { time }] = jsonLines(
    await place.done("follow", "jobs", "-n3", "--replay", "0", "--jsonl"),
  );
  assertEquals(await followed(place, "--since", time), [2, 3]);
  const replayed = await place.done(
    "follow",
    "jobs",
    "--since",
    time,
    "--replay",
    "0",
    "--data-only",
  );
  assertEquals(replayed, "2\n3\n");
});

Deno.test("follow --since in the future ends at once with nothing printed", async () => {
  await using place = await withJobs(["1"]);
  const { code, stdout, stderr } = await place.pls(
    "follow",
    "jobs",
    "--since",
    "2999-01-01T00:00:00Z",
  );
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
});

Deno.test("follow --one ends after one message", async () => {
  await using place = await withJobs(["1"], ["2"]);
  const args = ["follow", "jobs", "--since", "1h", "--one", "--jsonl", "--data-only"];
  assertEquals(await place.done(...args), "1\n");
});

Deno.test("follow --tail N --one prints only the newest of N retained ones", async () => {
  await using place = await withJobs(["1"], ["2"], ["3"]);
  const args = ["follow", "jobs", "--tail", "2", "--one", "--jsonl", "--data-only"];
  assertEquals(await place.done(...args), "3\n");
});

Deno.test("follow --tail N --one waits for the Nth and prints it alone", async () => {
  await using place = await withJobs(["1", "a"]);
  const args = ["--tail", "3", "--one", "--tag", "a", "--jsonl", "--data-only"];
  const following = place.start("follow", "jobs", ...args);
  await place.done("feed", "jobs", "2", "--tag", "a");
  await place.done("feed", "jobs", "0");
  await place.done("feed", "jobs", "3", "--tag", "a");
  assertEquals([await following.stdout.next(), await following.stdout.next()], ["3", undefined]);
  assertEquals((await following.status()).code, 0);
});

Deno.test("follow --tag wants every tag given", async () => {
  await using place = await withJobs(["1", "a"], ["2", "a", "b"]);
  assertEquals(await followed(place, "-n9", "--tag", "a", "--tag", "b"), [2]);
});

Deno.test("follow --where wants every expression true of the envelope", async () => {
  await using place = await withJobs(['{"x":1}', "a"], ['{"x":2}'], ['{"x":3}', "a"]);
  const where = ["--where", ".data.x > 1", "--where", '.meta.tags | contains(["a"])'];
  assertEquals(await followed(place, "-n9", ...where), [{ x: 3 }]);
});

Deno.test("follow --where with a result that is no boolean is Usage", async () => {
  await using place = await withJobs(["1"]);
  const { code, stderr } = await place.pls("follow", "jobs", "-n1", "--where", ".data");
  assertEquals([code, errorOf(stderr).kind], [2, "Usage"]);
});

Deno.test("follow --timeout exits with 124 when nothing was printed for that long", async () => {
  await using place = await withJobs(["1"]);
  const outcome = await place.pls("follow", "jobs", "--timeout", "20ms");
  assertEquals(outcome, { code: 124, stdout: "", stderr: "" });
});

Deno.test("follow prints indented envelopes, also to a program", async () => {
  await using place = await withJobs(['{"b":1.0,"a":2}', "t"]);
  const { stdout } = await place.pls("follow", "jobs", "-n1", "--timeout", "20ms");
  assertEquals(
    stdout.replace(/"time": "[^"]*"/, '"time": "T"'),
    `{
  "seq": 1,
  "time": "T",
  "meta": {
    "tags": [
      "t"
    ]
  },
  "data": {
    "b": 1.0,
    "a": 2
  }
}
`,
  );
});

Deno.test("follow --format jsonl and --jsonl print one envelope a line, never coloured", async () => {
  await using place = await withJobs(["[1, 2]"]);
  for (const format of [["--format", "jsonl"], ["--jsonl"]]) {
    const args = ["follow", "jobs", "-n1", "--timeout", "20ms", ...format];
    const { stdout } = await place.pls("--color", "always", ...args);
    assertEquals([stdout.split("\n").length, JSON.parse(stdout).data], [2, [1, 2]]);
  }
});

Deno.test("follow --color always colours indented JSON for a program", async () => {
  await using place = await withJobs(["1"]);
  const args = ["follow", "jobs", "-n1", "--timeout", "20ms", "--data-only"];
  assertEquals((await place.pls("--color", "always", ...args)).stdout, "\x1b[33m1\x1b[0m\n");
});

Deno.test("follow --create makes a pool of the default size", async () => {
  await using place = new Place();
  assertEquals((await place.pls("follow", "jobs", "--create", "--timeout", "20ms")).code, 124);
  assertEquals(Deno.statSync(`${place.pools}/jobs.plasmite`).size, 1024 * 1024);
});

Deno.test("follow on a missing name hints at the exact command to run", async () => {
  await using place = new Place();
  const { code, stderr } = await place.pls("follow", "jobs", "-n", "1", "--where", ".data.x == 1");
  const { kind, hint } = errorOf(stderr);
  assertEquals([code, kind], [3, "NotFound"]);
  assertStringIncludes(hint, "exact command");
  assertStringIncludes(hint, 'pls follow jobs --create --tail 1 --where ".data.x == 1"');
});

Deno.test("follow tells of bad arguments before it looks for the pool", async () => {
  await using place = new Place();
  for (
    const args of [
      ["--where", ".data ="],
      ["--since", "yesterday"],
      ["--timeout", "5"],
      ["--tail", "-1"],
      ["--jsonl", "--format", "pretty"],
      ["--tail", "1", "--since", "5m"],
    ]
  ) {
    const { code, stderr } = await place.pls("follow", "missing", ...args);
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"], args.join(" "));
  }
});

Deno.test("follow looks for the pool before it minds a time in the future", async () => {
  await using place = new Place();
  assertEquals((await place.pls("follow", "missing", "--since", "2999-01-01T00:00:00Z")).code, 3);
});

Deno.test("follow with flags and no pool shows how to name one", async () => {
  await using place = new Place();
  const { code, stderr } = await place.pls("follow", "--jsonl");
  const { message, hint } = errorOf(stderr);
  assertEquals([code, message], [2, "missing POOL"]);
  assertStringIncludes(hint, "pool ref");
  assertStringIncludes(hint, "pls follow chat -n 1");
});

/** A follower that has printed one message and is then kept from reading on. */
async function overtaken(...flags: string[]) {
  const place = new Place();
  await place.done("pool", "create", "jobs", "--size", "64K");
  await place.done("feed", "jobs", '"first"');
  const following = place.start("follow", "jobs", "-n1", "--jsonl", ...flags);
  await following.stdout.next();
  following.signal("SIGSTOP");
  await place.call(["feed", "jobs"], { stdin: `"${"x".repeat(1000)}"\n`.repeat(300) });
  following.signal("SIGCONT");
  return { place, following, next: JSON.parse((await following.stdout.next())!) };
}

Deno.test("a follower that was overtaken tells how many messages it missed", async () => {
  const { place, following, next } = await overtaken();
  await using _place = place;
  const { notice } = JSON.parse((await following.stderr.next())!);
  assert(next.seq > 2);
  assertEquals(notice.details, {
    last_seen_seq: 1,
    next_seen_seq: next.seq,
    dropped_count: next.seq - 2,
    pool_path: `${place.pools}/jobs.plasmite`,
  });
});

Deno.test("--quiet-drops keeps a follower that was overtaken from telling", async () => {
  const { place, following } = await overtaken("--quiet-drops");
  await using _place = place;
  // It would have told before it printed the message that follows the gap.
  following.signal("SIGTERM");
  assertEquals(await following.stderr.next(), undefined);
});

Deno.test("a reader that has seen enough ends follow quietly", async () => {
  await using place = await withJobs(['"first"']);
  const stdin = `"${"x".repeat(1000)}"\n`.repeat(500);
  await place.call(["feed", "jobs"], { stdin });
  const following = place.start("follow", "jobs", "--since", "1h", "--jsonl");
  await following.stdout.next();
  await following.stdout.close();
  const { code, signal } = await following.status();
  assertEquals([code, signal, await following.stderr.next()], [0, null, undefined]);
});

Deno.test("an interrupt ends follow as it ends any program", async () => {
  await using place = await withJobs(["1"]);
  const following = place.start("follow", "jobs", "-n1", "--jsonl");
  await following.stdout.next();
  following.signal("SIGINT");
  assertEquals((await following.status()).signal, "SIGINT");
});

Deno.test("a follower of a pool that is deleted ends with NotFound", async () => {
  await using place = await withJobs(["1"]);
  const following = place.start("follow", "jobs", "-n1", "--jsonl");
  await following.stdout.next();
  await place.done("pool", "delete", "jobs");
  const line = await following.stderr.next();
  assertEquals([JSON.parse(line!).error.kind, (await following.status()).code], ["NotFound", 3]);
});
