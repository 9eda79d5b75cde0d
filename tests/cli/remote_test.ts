import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fill } from "../pool/scratch.ts";
import { Served, type ServedOptions } from "../remote/served.ts";
import { errorOf, jsonLines, Place } from "./pls.ts";

/** A server, and a place to call `pls` in. */
async function world(options: ServedOptions = {}) {
  const served = await Served.start(options);
  const place = new Place();
  return {
    served,
    place,
    url: `${served.url}/jobs`,
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

const seqsOf = (text: string) => jsonLines(text).map(({ seq }) => seq);

Deno.test("a served pool is made, fed, read, shown, listed and deleted by its URL", async () => {
  await using w = await world();
  const { served, place, url } = w;
  const created = JSON.parse(await place.done("pool", "create", url, "--size", "64K", "--json"));
  assertEquals([created.created[0].name, created.created[0].file_size], [url, 65_536]);
  const receipt = JSON.parse(
    await place.done("feed", url, '{"big":12345678901234567890}', "--tag", "a"),
  );
  assertEquals([receipt.seq, receipt.meta.tags], [1, ["a"]]);
  const piped = await place.call(["feed", url, "--tag", "b"], { stdin: '{"id":2}\n[3]\n"four"\n' });
  assertEquals([piped.code, seqsOf(piped.stdout)], [0, [2, 3, 4]]);
  const fetched = await place.done("fetch", url, "1");
  assertEquals(fetched, served.local.openPool("jobs").get(1).envelope + "\n");
  const followed = await place.done(
    "follow",
    url,
    "--since",
    "1h",
    "--tag",
    "b",
    "--jsonl",
    "--replay",
    "0",
  );
  assertEquals(seqsOf(followed), [2, 3, 4]);
  const info = JSON.parse(await place.done("pool", "info", url, "--json"));
  assertEquals([info.name, info.bounds], [url, { newest: 4, oldest: 1 }]);
  assertStringIncludes(await place.done("pool", "info", url), `Pool: ${url}\n`);
  const { pools } = JSON.parse(await place.done("pool", "list", served.url, "--json"));
  assertEquals(pools.map(({ name }: { name: string }) => name), ["jobs"]);
  assertStringIncludes(await place.done("pool", "list", `${served.url}/`), "jobs");
  const deleted = JSON.parse(await place.done("pool", "delete", url, "--json"));
  assertEquals(deleted, { deleted: [{ pool: url, path: url }], failed: [] });
  assertEquals(served.local.listPools(), []);
});

Deno.test("14: remote follow is live unless asked for more, and may wait longer than the server's limit", async () => {
  await using w = await world({ limits: { maxTailTimeoutMs: 300 } });
  const { served, place, url } = w;
  const local = served.local.pool("jobs");
  fill(local, 5);
  const live = place.start("follow", url, "--jsonl", "--timeout", "1500ms");
  const tail = place.start("follow", url, "--jsonl", "--tail", "2", "--timeout", "20s");
  assertEquals(JSON.parse(await tail.stdout.next() ?? "").seq, 4);
  assertEquals(JSON.parse(await tail.stdout.next() ?? "").seq, 5);
  // Nothing comes for longer than a stream of the server lives.
  assertEquals((await live.status()).code, 124);
  assertEquals([await live.stdout.next(), await live.stderr.next()], [undefined, undefined]);
  local.append("live");
  assertEquals(JSON.parse(await tail.stdout.next() ?? "").seq, 6);
});

Deno.test("14: remote follow knows --one, --where, --data-only and --tail as local follow does", async () => {
  await using w = await world();
  const { served, place, url } = w;
  fill(served.local.pool("jobs"), 9);
  const one = await place.done("follow", url, "--tail", "2", "--one", "--jsonl", "--tag", "third");
  assertEquals(seqsOf(one), [9]);
  const where = ["--where", ".data.i > 7", "--tail", "1", "--one", "--data-only", "--jsonl"];
  assertEquals(JSON.parse(await place.done("follow", url, ...where)).i, 9);
  assertEquals(await place.done("follow", url, "--since", "2999-01-01T00:00:00Z"), "");
  const bad = await place.pls("follow", url, "--where", ".data ==");
  assertEquals([bad.code, errorOf(bad.stderr).kind], [2, "Usage"]);
});

Deno.test("14: names that need percent-encoding are decoded once", async () => {
  await using w = await world();
  const { served, place } = w;
  for (const name of ["night jobs", "100%", "%41", "naïve"]) {
    const url = `${served.url}/${encodeURIComponent(name)}`;
    await place.done("pool", "create", url);
    await place.done("feed", url, "1");
    assertEquals(served.local.openPool(name).get(1).data, 1);
  }
  for (const bad of ["", "/", "/a/b", "/a/", "/a%2fb", "/a?x=1", "/a#x", "/pool", "/v0/pools/a"]) {
    const { code, stderr } = await place.pls("feed", served.url + bad, "1");
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"], bad);
  }
});

Deno.test("--create with a served pool is refused, and says where to create it", async () => {
  await using w = await world();
  const { place, url } = w;
  for (const args of [["feed", url, "1"], ["follow", url], ["duplex", url, "--me", "a"]]) {
    const { code, stderr } = await place.pls(...args, "--create");
    const { kind, message, hint } = errorOf(stderr);
    assertEquals([code, kind], [2, "Usage"]);
    assertStringIncludes(message, "does not support --create");
    assertStringIncludes(hint, "server-side");
  }
});

Deno.test("a missing pool, a missing message and a missing server say what to do", async () => {
  await using w = await world();
  const { served, place, url } = w;
  for (
    const args of [["feed", url, "1"], ["follow", url], ["pool", "info", url], ["fetch", url, "1"]]
  ) {
    const { code, stderr } = await place.pls(...args);
    assertEquals(code, 3);
    const { hint } = errorOf(stderr);
    assertStringIncludes(hint, `\`pls pool create ${url}\``);
    assertStringIncludes(hint, `\`pls pool list ${served.url}\``);
  }
  served.local.pool("jobs");
  const gone = await place.pls("fetch", url, "7");
  const { seq, hint } = errorOf(gone.stderr);
  assertEquals([gone.code, seq], [3, 7]);
  assertStringIncludes(hint, "pool info");
  await served.stop();
  const away = await place.pls("follow", url);
  const { kind, message } = errorOf(away.stderr);
  assertEquals([away.code, kind], [8, "Io"]);
  assertStringIncludes(message, served.url);
});

Deno.test("pool export prints what a server's pool retains", async () => {
  await using w = await world();
  const { served, place, url } = w;
  const local = served.local.pool("jobs");
  local.appendMany([{ data: 1, tags: ["a"] }, { data: { b: 2 } }]);
  const { stdout } = await place.pls("pool", "export", url);
  assertEquals(stdout, [1, 2].map((seq) => `${local.get(seq).envelope}\n`).join(""));
});

Deno.test("tap, import and doctor stay with pools of this machine", async () => {
  await using place = new Place();
  for (
    const args of [
      ["tap", "http://h/jobs", "--", "ls"],
      ["pool", "import", "http://h/jobs"],
      ["doctor", "http://h/jobs"],
    ]
  ) {
    const { code, stderr } = await place.pls(...args);
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"], args.join(" "));
  }
});

Deno.test("while it reconnects, follow says so on stderr, and goes on where it was", async () => {
  await using w = await world();
  const { served, place, url } = w;
  const local = served.local.pool("jobs");
  local.append(1);
  const running = place.start("follow", url, "--jsonl", "--tail", "1");
  assertEquals(JSON.parse(await running.stdout.next() ?? "").seq, 1);
  await served.stop();
  const { notice } = JSON.parse(await running.stderr.next() ?? "");
  assertEquals([notice.kind, notice.cmd, notice.pool], ["reconnect", "follow", url]);
  assertEquals([notice.details.attempt, notice.details.error_kind], [1, "Io"]);
  assertMatch(notice.message, /; trying again in 0\.\d s$/);
  local.append(2);
  await served.startAgain();
  local.append(3);
  assertEquals(JSON.parse(await running.stdout.next() ?? "").seq, 2);
  assertEquals(JSON.parse(await running.stdout.next() ?? "").seq, 3);
});

Deno.test("duplex sends to and prints from a served pool, with a token", async () => {
  const token = "s3cret-token";
  await using w = await world({ token });
  const { served, place, url } = w;
  served.local.pool("jobs").append("before");
  Deno.writeTextFileSync(`${place.dir}/token`, `  ${token}\n`);
  const args = ["duplex", url, "--jsonl", "--tail", "1", "--token-file", "token"];
  const { code, stdout, stderr } = await place.call(args, { stdin: '{"a":1}\n{"b":2}\n' });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(jsonLines(stdout).map(({ data }) => data), ["before", { a: 1 }, { b: 2 }]);
});

Deno.test("a token comes from a flag or a file, is wanted where there is one, and is never printed", async () => {
  const token = "s3cret-token";
  await using w = await world({ token });
  const { served, place, url } = w;
  served.local.pool("jobs");
  await place.done("feed", url, "1", "--token", token);
  await place.done("pool", "list", served.url, "--token", token);
  Deno.writeTextFileSync(`${place.dir}/blank`, " \n");
  const refused: [string[], number, string][] = [
    [[], 6, "Permission"],
    [["--token", "wr0ng"], 6, "Permission"],
    [["--token", "wr0ng\n"], 2, "Usage"],
    [["--token-file", "blank"], 2, "Usage"],
    [["--token-file", "missing"], 2, "Usage"],
    [["--token", token, "--token-file", "blank"], 2, "Usage"],
  ];
  for (const [flags, code, kind] of refused) {
    const outcome = await place.pls("feed", url, "2", ...flags);
    assertEquals([outcome.code, errorOf(outcome.stderr).kind], [code, kind], flags.join(" "));
    assert(errorOf(outcome.stderr).hint);
    assert(!/wr0ng|s3cret/.test(outcome.stderr), outcome.stderr);
  }
  assertEquals(served.local.poolInfo("jobs").nextSeq, 2);
});

Deno.test("flags for servers are refused with pools of this machine", async () => {
  await using place = new Place();
  for (
    const flag of [["--token", "s3cret"], ["--token-file", "t"], ["--tls-ca", "c"], [
      "--tls-skip-verify",
    ]]
  ) {
    for (
      const args of [
        ["feed", "jobs", "1", "--create"],
        ["follow", "jobs"],
        ["fetch", "jobs", "1"],
        ["pool", "list"],
        ["pool", "create", "jobs"],
      ]
    ) {
      const { code, stderr } = await place.pls(...args, ...flag);
      assertEquals([code, errorOf(stderr).kind], [2, "Usage"]);
      assert(!stderr.includes("s3cret"));
    }
  }
  assertEquals(await place.done("pool", "list", "--json"), '{"pools":[]}\n');
});

Deno.test("a remote of the configuration lends its name, and a pool file of that very name wins", async () => {
  const token = "s3cret-token";
  await using w = await world({ token });
  const { served, place } = w;
  served.local.pool("night jobs");
  Deno.writeTextFileSync(`${place.dir}/build.token`, token);
  const remote = { url: served.url, token_file: "build.token" };
  Deno.writeTextFileSync(
    `${place.dir}/config.jsonc`,
    JSON.stringify({ remotes: { build: remote } }),
  );
  await place.done("feed", "build:night jobs", '"there"');
  assertEquals(served.local.openPool("night jobs").get(1).data, "there");
  for (const server of ["build", "build:"]) {
    assertStringIncludes(await place.done("pool", "list", server), "night jobs");
  }
  const unknown = await place.pls("pool", "list", "elsewhere");
  assertEquals([unknown.code, errorOf(unknown.stderr).kind], [2, "Usage"]);
  Deno.mkdirSync(place.pools, { recursive: true });
  const local = await place.pls("--dir", place.pools, "feed", "other:jobs", "1", "--create");
  assertEquals(local.code, 0);
  const named = await place.pls("pool", "create", "build:night jobs");
  assertEquals([named.code, errorOf(named.stderr).kind], [4, "AlreadyExists"]);
  // Somebody had a pool of that name before there was such a remote.
  Deno.renameSync(`${place.pools}/other:jobs.plasmite`, `${place.pools}/build:night jobs.plasmite`);
  assertEquals(JSON.parse(await place.done("fetch", "build:night jobs", "1")).data, 1);
});
