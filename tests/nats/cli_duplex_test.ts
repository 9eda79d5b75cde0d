/**
 * `pls duplex` and `pls tap` on NATS.
 *
 * @module
 */

import { connect } from "@plasmite/pool/nats";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { errorOf, jsonLines, Place, type Running } from "../cli/pls.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";

const server = sharedServer();

/** What `pls tap` records. */
interface Recorded {
  kind: "start" | "line" | "exit";
  line?: string;
  stream?: string;
  partial?: boolean;
  code?: number;
  signal?: string;
}

/** All that a pool of `on` holds. */
async function retained(name: string, on: NatsServer = server()) {
  await using client = connect(on.url);
  const { nextSeq } = await client.poolInfo(name);
  const pool = await client.openPool(name);
  return await Array.fromAsync(pool.tail({ untilSeq: nextSeq - 1 }));
}

async function recorded(name: string, on: NatsServer = server()): Promise<Recorded[]> {
  return (await retained(name, on)).map(({ data }) => data as Recorded);
}

/** Waits for the next message of a tail. */
async function next(tail: AsyncIterableIterator<{ data: unknown }>): Promise<Recorded> {
  const { value } = await tail.next();
  return value?.data as Recorded;
}

/** The number in the next message that is printed. */
async function numberOf({ stdout }: Running): Promise<unknown> {
  return JSON.parse(await stdout.next() ?? "").data.n;
}

natsTest(
  "duplex sends what is piped in, prints all before its last message, and ends",
  async () => {
    await using place = new Place();
    const url = server().pool("piped");
    await place.done("feed", url, '"before"', "--create");
    const stdin = Array.from({ length: 2000 }, (_, n) => `{"n":${n}}\n`).join("");
    const { code, stdout, stderr } = await place.call(["duplex", url, "--jsonl", "--tail", "1"], {
      stdin,
    });
    assertEquals([code, stderr], [0, ""]);
    const all = jsonLines(stdout).map(({ data }) => data);
    assertEquals(all, ["before", ...Array.from({ length: 2000 }, (_, n) => ({ n }))]);
  },
);

natsTest("two that talk by duplex hear each other at once, and not themselves", async () => {
  await using place = new Place();
  const url = server().pool("talk");
  await place.done("pool", "create", url);
  const talkers = ["ana", "bo"].map((me) => {
    return place.start("duplex", url, "--me", me, "--jsonl", "--create");
  });
  // Who prints what was sent listens.
  const [ana, bo] = talkers;
  await ana.type('{"from":"ana","n":0}\n{"from":"me","n":1}\n');
  assertEquals(await numberOf(ana), 1);
  await bo.type('{"from":"bo","n":2}\n{"from":"me","n":3}\n');
  // It may have listened before the other one sent.
  const heard: unknown[] = [];
  while (heard.at(-1) !== 3) heard.push(await numberOf(bo));
  assertEquals(heard, [0, 1, 3].slice(-heard.length));
  for (const n of [2, 3]) assertEquals(await numberOf(ana), n);
  await ana.type('{"from":"ana","n":4}\n');
  assertEquals(await numberOf(bo), 4);
});

natsTest("duplex ends with 124 when nothing is printed for as long as --timeout says", async () => {
  await using place = new Place();
  const url = server().pool("silent");
  const running = place.start("duplex", url, "--create", "--timeout", "300ms");
  assertEquals((await running.status()).code, 124);
});

natsTest("tap records start, lines, streams and exit, and passes all of it on", async () => {
  await using place = new Place();
  const url = server().pool("tapped");
  const script = "echo out; printf 'no end'; echo err >&2; exit 3";
  const { code, stdout, stderr } = await place.pls(
    ...["tap", url, "--create", "--tag", "t", "--", "sh", "-c", script],
  );
  assertEquals([code, stdout, stderr], [3, "out\nno end", "err\n"]);
  const messages = await retained("tapped");
  const [start, exit] = [messages[0], messages.at(-1)!];
  assertEquals(start.data, { cmd: ["sh", "-c", script], kind: "start" });
  const { code: exitCode, kind } = exit.data as Recorded;
  assertEquals([exitCode, kind, exit.tags], [3, "exit", ["lifecycle"]]);
  const lines = messages.slice(1, -1);
  for (const { tags } of lines) assertEquals(tags, ["t"]);
  const ofStream = (stream: string) =>
    lines.map(({ data }) => data as Recorded).filter((one) => one.stream === stream)
      .map(({ line }) => line);
  assertEquals([ofStream("stdout"), ofStream("stderr")], [["out", "no end"], ["err"]]);
});

natsTest("lines of both streams are recorded in the order they were written in", async () => {
  await using place = new Place();
  await using client = connect(server().url);
  await client.createPool("turns");
  const pool = await client.openPool("turns");
  const tail = pool.tail();
  // Each line is written when the one before is in the pool.
  const script = 'n=0; while read turn; do n=$((n+1)); if [ "$turn" = err ]; then ' +
    "echo $n >&2; else echo $n; fi; done";
  const tapping = place.start("tap", server().pool("turns"), "--", "sh", "-c", script);
  assertEquals((await next(tail)).kind, "start");
  const turns = ["out", "err", "err", "out", "err", "out"];
  for (const [index, turn] of turns.entries()) {
    await tapping.type(`${turn}\n`);
    const { line, stream } = await next(tail);
    assertEquals([line, stream], [`${index + 1}`, `std${turn}`]);
  }
  tapping.signal("SIGTERM");
  const { kind, signal } = await next(tail);
  assertEquals([kind, signal], ["exit", "SIGTERM"]);
});

natsTest(
  "a line of 1 MiB is recorded in parts that the server takes, with nothing lost",
  async () => {
    await using place = new Place();
    const url = server().pool("long line");
    const line = 'é"\\\t\u0001x'.repeat(1024 * 1024 / 8) + "end";
    assert(new TextEncoder().encode(line).length > 800_000);
    Deno.writeTextFileSync(`${place.dir}/long`, `${line}\nshort\n`);
    const { code, stdout, stderr } = await place.pls(
      ...["tap", url, "--create", "--create-size", "64M", "--", "cat", "long"],
    );
    assertEquals([code, stderr, stdout === `${line}\nshort\n`], [0, "", true]);
    const lines = (await recorded("long line")).filter(({ kind }) => kind === "line");
    assertEquals(lines.map(({ line }) => line).join("") === `${line}short`, true);
    assertEquals(lines.map(({ partial }) => partial).slice(-2), [undefined, undefined]);
    for (const { partial } of lines.slice(0, -2)) assertEquals(partial, true);
    // As JSON no byte becomes more than six.
    const zeros = await place.pls(
      ...["tap", url, "-q", "--", "head", "-c", "1048576", "/dev/zero"],
    );
    assertEquals([zeros.code, zeros.stderr], [0, ""]);
    const parts = (await recorded("long line")).filter(({ line }) => line?.startsWith("\u0000"));
    assertEquals(parts.reduce((sum, { line = "" }) => sum + line.length, 0), 1_048_576);
  },
);

natsTest("a server that takes less than 1 MiB gets parts that it takes", async () => {
  await using place = new Place();
  await using small = await NatsServer.start({ config: "max_payload: 64KB" });
  Deno.writeTextFileSync(`${place.dir}/long`, `${"x".repeat(200_000)}\n`);
  const args = ["tap", small.pool("jobs"), "--create", "-q", "--", "cat", "long"];
  const { code, stderr } = await place.pls(...args);
  assertEquals([code, stderr], [0, ""]);
  const text = (await recorded("jobs", small)).map(({ line = "" }) => line).join("");
  assertEquals(text.length, 200_000);
});

natsTest("thousands of lines are recorded, each once and in order", async () => {
  await using place = new Place();
  const url = server().pool("many lines");
  const { code } = await place.pls(
    ...["tap", url, "--create", "--create-size", "8M", "-q", "--", "seq", "1", "20000"],
  );
  assertEquals(code, 0);
  const lines = (await recorded("many lines")).flatMap(({ line }) => line ?? []);
  assertEquals(lines, Array.from({ length: 20_000 }, (_, i) => `${i + 1}`));
});

natsTest("what a command writes while the server is away is recorded when it is back", async () => {
  await using place = new Place();
  await using away = await NatsServer.start();
  await using client = connect(away.url);
  await client.createPool("jobs");
  const pool = await client.openPool("jobs");
  const tail = pool.tail();
  const tapping = place.start("tap", away.pool("jobs"), "--", "cat");
  assertEquals((await next(tail)).kind, "start");
  await tapping.type("first\n");
  assertEquals((await next(tail)).line, "first");
  await away.kill();
  await tapping.type("second\nthird\n");
  await away.startAgain();
  for (const line of ["first", "second", "third"]) assertEquals(await tapping.stdout.next(), line);
  for (const line of ["second", "third"]) assertEquals((await next(tail)).line, line);
});

natsTest("tap has no command run when it can't record it, and says why", async () => {
  await using place = new Place();
  const touch = ["--", "touch", "ran"];
  const calls: [string[], number, string][] = [
    [[server().pool("none")], 3, "NotFound"],
    [["nats://127.0.0.1:1/jobs", "--create"], 8, "Io"],
    [["http://127.0.0.1:1/jobs"], 2, "Usage"],
    [[server().url], 2, "Usage"],
  ];
  for (const [args, expected, kind] of calls) {
    const { code, stderr } = await place.pls("tap", ...args, ...touch);
    assertEquals([code, errorOf(stderr).kind], [expected, kind], args.join(" "));
  }
  assertEquals([...Deno.readDirSync(place.dir)].some(({ name }) => name === "ran"), false);
  const http = await place.pls("tap", "http://127.0.0.1:1/jobs", ...touch);
  assertStringIncludes(errorOf(http.stderr).hint, "NATS");
});
