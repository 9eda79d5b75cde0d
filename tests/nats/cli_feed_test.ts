/**
 * `pls feed` and `pls fetch` on NATS: what is appended when, and what can't be.
 *
 * @module
 */

import { connect } from "@plasmite/pool/nats";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { errorOf, jsonLines, Place } from "../cli/pls.ts";
import { type NatsServer, natsTest, sharedServer } from "./nats_server.ts";
import { Bare } from "./world.ts";

const server = sharedServer();

/** The data of all messages of a pool. */
async function dataOf(name: string, on: NatsServer = server()): Promise<unknown[]> {
  await using client = connect(on.url);
  const { nextSeq } = await client.poolInfo(name);
  const pool = await client.openPool(name);
  const messages = await Array.fromAsync(pool.tail({ untilSeq: nextSeq - 1 }));
  return messages.map(({ data }) => data);
}

natsTest("a receipt comes with each message while the input goes on", async () => {
  await using place = new Place();
  const url = server().pool("receipts");
  const feeding = place.start("feed", url, "--create", "--tag", "live");
  for (const seq of [1, 2, 3]) {
    await feeding.type(`{"n":${seq}}\n`);
    const receipt = JSON.parse(await feeding.stdout.next() ?? "");
    const { time, ...facts } = receipt;
    assertEquals(facts, { seq, meta: { tags: ["live"] } });
    // It is there once it is told of.
    assertStringIncludes(await place.done("fetch", url, `${seq}`), `"time":"${time}"`);
  }
  feeding.signal("SIGTERM");
  assertEquals(await feeding.stderr.next(), undefined, "nothing is said on standard error");
});

natsTest("a payload is stored as it was given, and comes out so", async () => {
  await using place = new Place();
  const url = server().pool("payload");
  const texts = [
    '{"z":1,"a":[1.0,1e2,-0],"z":2}',
    "12345678901234567890.12345678901234567890",
    '"\\u00e9 é 🎈 \\ud83c\\udf88 \\u0000"',
    "[]",
    "null",
    "true",
    '{"":{"__proto__":null}}',
    '"data: \\r\\n\\u001e"',
  ];
  for (const text of texts) await place.done("feed", url, "--create", "--", text);
  const printed = await place.done(
    "follow",
    url,
    "--since",
    "1h",
    "--replay",
    "0",
    "--jsonl",
    "--data-only",
  );
  assertEquals(printed, texts.map((text) => `${text}\n`).join(""));
  await using bare = await Bare.connect(server(), "payload");
  const stored = await bare.manager.streams.getMessage(bare.stream, { seq: 1 });
  assertEquals(new TextDecoder().decode(stored?.data), texts[0]);
});

natsTest("tags of any letters come out as they went in", async () => {
  await using place = new Place();
  const url = server().pool("tags");
  const tags = ["a", "two words", "é日本🎈", '"quoted\\"', "new\nline", "", "x".repeat(1000)];
  await place.done("feed", url, "1", "--create", ...tags.map((tag) => `--tag=${tag}`));
  const { meta } = JSON.parse(await place.done("fetch", url, "1"));
  assertEquals(meta.tags, tags);
  const args = ["follow", url, "--since", "1h", "--one", "--jsonl", "--tag", "é日本🎈"];
  assertEquals(jsonLines(await place.done(...args)).map(({ seq }) => seq), [1]);
});

natsTest(
  "tags that are too long for a header are refused like those too long for a file",
  async () => {
    await using place = new Place();
    const url = server().pool("long tags");
    await place.done("pool", "create", url);
    for (const tag of ["x".repeat(70_000), "日".repeat(20_000)]) {
      const { code, stderr } = await place.pls("feed", url, "1", "--tag", tag);
      const { kind, message, hint } = errorOf(stderr);
      assertEquals([code, kind], [2, "Usage"]);
      assertMatch(message, /^the tags are too long: \d+ bytes/);
      assertEquals(hint, "Put long text into the data.");
    }
    assertEquals(await dataOf("long tags"), []);
  },
);

natsTest(
  "--durability flush is refused without replicas, before anything is appended",
  async () => {
    await using place = new Place();
    const url = server().pool("durable");
    await place.done("pool", "create", url);
    const calls = [
      ["feed", url, "1", "--durability", "flush"],
      ["feed", url, "--durability", "flush"],
      ["tap", url, "--durability", "flush", "--", "true"],
    ];
    for (const args of calls) {
      const { code, stdout, stderr } = await place.call(args, { stdin: "1\n2\n" });
      const { kind, message, hint, path } = errorOf(stderr);
      assertEquals([code, stdout, kind, path], [2, "", "Usage", url], args.join(" "));
      assertStringIncludes(message, "durability flush needs a pool with 3 replicas");
      assertStringIncludes(hint, "--replicas 3");
    }
    assertEquals(await dataOf("durable"), []);
  },
);

natsTest("a message that is too large is refused alone, with the limit told", async () => {
  await using place = new Place();
  const url = server().pool("large");
  await place.done("pool", "create", url, "--size", "4M");
  const large = JSON.stringify("x".repeat(1024 * 1024 - 2));
  const fits = JSON.stringify("x".repeat(1024 * 1024 - 400));
  const { code, stdout, stderr } = await place.call(["feed", url], {
    stdin: `1\n2\n${large}\n4\n`,
  });
  const { kind, message, hint } = errorOf(stderr);
  assertEquals([code, kind, jsonLines(stdout).length], [2, "Usage", 2]);
  assertMatch(message, /^line 3: the message is too large: \d+ bytes .* of 1048576 at most$/);
  assertStringIncludes(hint, "max_payload");
  const skipping = await place.call(["feed", url, "-e", "skip"], {
    stdin: `${fits}\n${large}\n"last"\n`,
  });
  assertEquals([skipping.code, jsonLines(skipping.stdout).map(({ seq }) => seq)], [1, [3, 4]]);
  const [skip, summary] = jsonLines(skipping.stderr).map(({ notice }) => notice);
  assertEquals([skip.kind, skip.details.line, skip.pool], ["ingest_skip", 2, url]);
  const { ok, failed, pool_path: path } = summary.details;
  assertEquals([ok, failed, path], [2, 1, url]);
  assertEquals(await dataOf("large"), [1, 2, JSON.parse(fits), "last"]);
  const small = await place.call([
    "feed",
    server().pool("small"),
    "--create",
    "--create-size",
    "64K",
  ], {
    stdin: `1\n"${"x".repeat(70_000)}"\n`,
  });
  assertEquals([small.code, jsonLines(small.stdout).length], [2, 1]);
  assertMatch(errorOf(small.stderr).message, /of 654\d\d at most$/);
});

natsTest("what a server refuses in the middle of a batch has nothing stored twice", async () => {
  await using place = new Place();
  const url = server().pool("limited");
  await place.done("pool", "create", url);
  await using bare = await Bare.connect(server(), "limited");
  // An administrator allows less than the server does.
  await bare.manager.streams.update(bare.stream, { max_msg_size: 600 });
  const stdin = [0, 1, 2, `"${"x".repeat(1000)}"`, 4, 5].join("\n");
  const skipping = await place.call(["feed", url, "-e", "skip"], { stdin });
  assertEquals(await dataOf("limited"), [0, 1, 2, 4, 5]);
  assertEquals(jsonLines(skipping.stdout).map(({ seq }) => seq), [1, 2, 3, 4, 5]);
  const { code, stdout, stderr } = await place.call(["feed", url], { stdin });
  assertEquals([code, errorOf(stderr).kind], [2, "Usage"]);
  assertStringIncludes(errorOf(stderr).message, "line 4");
  assertEquals(await dataOf("limited"), [0, 1, 2, 4, 5, 0, 1, 2]);
  assertEquals(jsonLines(stdout).map(({ seq }) => seq), [6, 7, 8]);
});

natsTest("several that feed at once lose nothing, and each keeps its order", async () => {
  await using place = new Place();
  const url = server().pool("many feeders");
  await place.done("pool", "create", url, "--size", "8M");
  const feeders = ["a", "b", "c"];
  const count = 800;
  const outcomes = await Promise.all(feeders.map((feeder) => {
    const stdin = Array.from({ length: count }, (_, n) => `{"feeder":"${feeder}","n":${n}}\n`);
    return place.call(["feed", url], { stdin: stdin.join("") });
  }));
  const all = await dataOf("many feeders") as { feeder: string; n: number }[];
  assertEquals(all.length, feeders.length * count);
  for (const [index, feeder] of feeders.entries()) {
    const { code, stdout, stderr } = outcomes[index];
    assertEquals([code, stderr], [0, ""]);
    const seqs = jsonLines(stdout).map(({ seq }) => seq as number);
    // A receipt names the message that it is for.
    assertEquals(seqs.map((seq) => all[seq - 1]), seqs.map((_, n) => ({ feeder, n })));
  }
});

natsTest("a pool that is deleted while it is fed ends the feeding with NotFound", async () => {
  await using place = new Place();
  const url = server().pool("vanishing");
  await place.done("pool", "create", url);
  const feeding = place.start("feed", url);
  await feeding.type("1\n");
  assert(await feeding.stdout.next());
  await place.done("pool", "delete", url);
  await feeding.type("2\n");
  assertEquals((await feeding.status()).code, 3);
  assertEquals(JSON.parse(await feeding.stderr.next() ?? "").error.kind, "NotFound");
});
