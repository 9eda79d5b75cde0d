/**
 * `pls pool export` and `pls pool import` with NATS: messages move from and to pools on this
 * machine with all that they carry.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { connect } from "@plasmite/pool/nats";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { errorOf, jsonLines, Place } from "../cli/pls.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";
import { Bare } from "./world.ts";

const server = sharedServer();

/** An envelope as a line. */
function line(seq: number, time: string, data: string, tags: readonly string[] = []): string {
  return `{"seq":${seq},"time":"${time}","meta":{"tags":${JSON.stringify(tags)}},"data":${data}}\n`;
}

const TIMES = [
  "2020-01-01T00:00:00.000000001Z",
  "2020-01-01T00:00:00.000000002Z",
  "2024-02-29T23:59:59.999999999Z",
  "2026-01-01T00:00:00.100000000Z",
];

/** Lines that lose something when they are read and written again. */
const LINES = [
  line(1, TIMES[0], '{"z":1.0,"a":12345678901234567890,"z":-0}', ["a", "é日🎈", '"x"']),
  line(2, TIMES[1], '"\\u00e9 é \\ud83c\\udf88"'),
  line(3, TIMES[2], "null", [""]),
  line(4, TIMES[3], '[1e2,{"":[]}]'),
];

natsTest(
  "an export of NATS imported into NATS and a file is the same again, byte for byte",
  async () => {
    await using place = new Place();
    const [a, b] = ["round a", "round b"].map((name) => server().pool(name));
    const first = await place.call(["pool", "import", a, "--create", "--json"], {
      stdin: LINES.join(""),
    });
    assertEquals([first.code, first.stderr], [0, ""]);
    const { imported } = JSON.parse(first.stdout);
    const figures = { count: 4, first_seq: 1, last_seq: 4, renumbered: false, moved_times: 0 };
    assertEquals(imported, { pool: a, ...figures });
    const exported = await place.done("pool", "export", a);
    assertEquals(exported, LINES.join(""));
    for (const reference of [b, "jobs"]) {
      await place.call(["pool", "import", reference, "--create"], { stdin: exported });
      assertEquals(await place.done("pool", "export", reference), exported, reference);
    }
    // From a file to NATS.
    const back = await place.call(["pool", "import", server().pool("round c"), "--create"], {
      stdin: await place.done("pool", "export", "jobs"),
    });
    assertMatch(back.stdout, /^NAME +IMPORTED +FIRST +LAST\n\S+ +4 +1 +4\n$/);
    assertEquals(await place.done("pool", "export", server().pool("round c")), exported);
  },
);

natsTest("thousands of messages move, in batches of any size", async () => {
  await using place = new Place();
  using local = new Client({ dir: place.pools });
  using pool = local.pool("jobs", { sizeBytes: 32 * 1024 * 1024 });
  const inputs = Array.from({ length: 5000 }, (_, n) => {
    // Some of them are as large as all others together.
    return { data: { n, fill: "f".repeat(n % 1000 === 999 ? 500_000 : n % 300) }, tags: [`t${n}`] };
  });
  for (let at = 0; at < inputs.length; at += 100) pool.appendMany(inputs.slice(at, at + 100));
  const exported = await place.done("pool", "export", "jobs");
  const url = server().pool("moved");
  const args = ["pool", "import", url, "--create", "--size", "32M"];
  const { code, stderr } = await place.call(args, { stdin: exported });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await place.done("pool", "export", url) === exported, true);
});

natsTest(
  "a pool with messages takes more with --append alone, with new numbers and the old times",
  async () => {
    await using place = new Place();
    const url = server().pool("appended");
    await place.done("feed", url, '"there"', "--create");
    const refused = await place.call(["pool", "import", url], { stdin: LINES.join("") });
    const { kind, message, hint, path } = errorOf(refused.stderr);
    assertEquals([refused.code, kind, path], [2, "Usage", url]);
    assertEquals(message, "the pool holds messages");
    assertStringIncludes(hint, "--append");
    // The same lines twice: they are not taken for messages that are sent again.
    for (const first of [2, 6]) {
      const args = ["pool", "import", url, "--append", "--json"];
      const { stdout } = await place.call(args, { stdin: LINES.join("") });
      const { imported } = JSON.parse(stdout);
      assertEquals([imported.first_seq, imported.last_seq], [first, first + 3]);
      assertEquals([imported.renumbered, imported.moved_times], [true, 0]);
    }
    const messages = jsonLines(await place.done("pool", "export", url));
    assertEquals(messages.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assertEquals(messages.slice(1).map(({ time }) => time), [...TIMES, ...TIMES]);
  },
);

natsTest("numbers that an export lacks are not kept, and that is said", async () => {
  await using place = new Place();
  const url = server().pool("renumbered");
  const stdin = line(7, TIMES[0], "7") + "\n  \n" + line(9, TIMES[2], "9");
  const args = ["pool", "import", url, "--create", "--json"];
  const { imported } = JSON.parse((await place.call(args, { stdin })).stdout);
  assertEquals([imported.count, imported.first_seq, imported.last_seq], [2, 1, 2]);
  assertEquals(imported.renumbered, true);
  const nothing = ["pool", "import", server().pool("nothing"), "--create", "--json"];
  const empty = JSON.parse((await place.call(nothing, { stdin: "" })).stdout);
  assertEquals([empty.imported.count, empty.imported.first_seq], [0, null]);
});

natsTest("a bad line is named, and the messages before it are there", async () => {
  await using place = new Place();
  const bad: [string, string][] = [
    ['{"seq":1}', "line 3: "],
    ["not JSON", "line 3: "],
    [line(3, "yesterday", "3").trim(), "line 3: "],
    ["\xff", "line 3 "],
  ];
  for (const [index, [text, place3]] of bad.entries()) {
    const name = `bad ${index}`;
    const bytes = text === "\xff" ? new Uint8Array([0xff]) : new TextEncoder().encode(text);
    const head = new TextEncoder().encode(LINES[0] + LINES[1]);
    const tail = new TextEncoder().encode(`\n${LINES[3]}`);
    const stdin = new Uint8Array([...head, ...bytes, ...tail]);
    const call = (reference: string) =>
      place.call(["pool", "import", reference, "--create"], { stdin });
    const [nats, file] = [await call(server().pool(name)), await call(name)];
    const [error, local] = [errorOf(nats.stderr), errorOf(file.stderr)];
    assertEquals([nats.code, error.kind, error.message], [file.code, local.kind, local.message]);
    assertEquals(nats.stdout, "");
    assertStringIncludes(error.message, place3);
    assertEquals(
      await place.done("pool", "export", server().pool(name)),
      await place.done("pool", "export", name),
      text,
    );
  }
});

natsTest(
  "a line that the pool can't take is named, and the messages before it are there",
  async () => {
    await using place = new Place();
    const large = line(3, TIMES[2], JSON.stringify("x".repeat(1_200_000)));
    const stdin = LINES[0] + LINES[1] + large + LINES[3];
    const url = server().pool("too large");
    const { code, stderr } = await place.call(["pool", "import", url, "--create", "--size", "4M"], {
      stdin,
    });
    const { kind, message, hint } = errorOf(stderr);
    assertEquals([code, kind], [2, "Usage"]);
    assertStringIncludes(message, "line 3: ");
    assertStringIncludes(hint, "The 2 messages before it were imported.");
    assertEquals(await place.done("pool", "export", url), LINES[0] + LINES[1]);
  },
);

natsTest(
  "what a server refuses in the middle of an import is named, nothing is stored twice",
  async () => {
    await using place = new Place();
    const url = server().pool("limited import");
    await place.done("pool", "create", url);
    await using bare = await Bare.connect(server(), "limited import");
    await bare.manager.streams.update(bare.stream, { max_msg_size: 600 });
    const stdin = LINES[0] + LINES[1] + line(3, TIMES[2], `"${"x".repeat(1000)}"`) + LINES[3];
    const { code, stderr } = await place.call(["pool", "import", url], { stdin });
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"]);
    assertStringIncludes(errorOf(stderr).message, "line 3: ");
    assertEquals(await place.done("pool", "export", url), LINES[0] + LINES[1]);
  },
);

natsTest("an export tells of what was dropped or is no message, and prints the rest", async () => {
  await using place = new Place();
  const url = server().pool("gaps");
  await place.call(["feed", url, "--create"], { stdin: "1\n2\n3\n4\n5\n" });
  await using bare = await Bare.connect(server(), "gaps");
  await bare.manager.streams.deleteMessage(bare.stream, 3);
  await bare.publish("no JSON");
  await bare.publish("7");
  const { code, stdout, stderr } = await place.pls("pool", "export", url);
  assertEquals([code, jsonLines(stdout).map(({ data }) => data)], [0, [1, 2, 4, 5, 7]]);
  const { notice } = JSON.parse(stderr);
  assertEquals([notice.kind, notice.cmd, notice.pool], ["missing", "pool export", url]);
  const { missing_count, first_missing_seq, last_missing_seq, pool_path } = notice.details;
  assertEquals([missing_count, first_missing_seq, last_missing_seq], [2, 3, 6]);
  assertEquals(pool_path, url);
});

natsTest("what was imported outlives the death of the server", async () => {
  await using place = new Place();
  await using away = await NatsServer.start();
  const url = away.pool("jobs");
  const lines = Array.from({ length: 600 }, (_, i) => line(i + 1, TIMES[0], `${i}`)).join("");
  await place.call(["pool", "import", url, "--create"], { stdin: lines });
  await away.kill();
  await away.startAgain();
  await using client = connect(away.url);
  assertEquals((await client.poolInfo("jobs")).bounds, { oldest: 1, newest: 600 });
  assertEquals(await place.done("pool", "export", url), lines);
});
