/**
 * `pls follow` on NATS: messages as they come, those that it missed told of, and servers that go
 * away and come back.
 *
 * @module
 */

import { connect, type NatsPool } from "@plasmite/pool/nats";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Place, type Running } from "../cli/pls.ts";
import { eventually } from "../server/eventually.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";
import { Bare } from "./world.ts";

const server = sharedServer();

/** What a line of `follow --jsonl` says. */
interface Printed {
  seq: number;
  data: unknown;
}

/** What a line on standard error says. */
interface Told {
  kind: string;
  cmd: string;
  pool: string;
  message: string;
  details: Record<string, unknown>;
}

/** A pool on `on` with a client of this process; both are given up at the end. */
async function poolOn(on: NatsServer, name: string, sizeBytes?: number) {
  const client = connect(on.url);
  await client.createPool(name, { sizeBytes });
  const pool = await client.openPool(name);
  return { pool, url: on.pool(name), [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

async function printed(running: Running): Promise<Printed> {
  const line = await running.stdout.next();
  if (line === undefined) throw new Error(`follow ended: ${await running.stderr.next()}`);
  return JSON.parse(line);
}

async function told(running: Running): Promise<Told> {
  return JSON.parse(await running.stderr.next() ?? "").notice;
}

/** Follows from the message before the next one on, so that it listens once this returns. */
async function follower(place: Place, url: string, pool: NatsPool, ...flags: string[]) {
  const { seq } = await pool.append({ n: 100 }, ["b"]);
  const running = place.start("follow", url, "--jsonl", "--tail", "1", ...flags);
  assertEquals((await printed(running)).seq, seq);
  return running;
}

natsTest("messages are printed as they come, to any number of followers", async () => {
  await using place = new Place();
  await using made = await poolOn(server(), "live");
  const { pool, url } = made;
  const all = await follower(place, url, pool);
  const some = await follower(place, url, pool, "--tag", "b");
  const picky = await follower(place, url, pool, "--where", ".data.n > 2");
  await pool.appendMany([1, 2, 3].map((n) => ({ data: { n }, tags: n === 2 ? ["b"] : [] })));
  // Those that the other followers began with come before.
  for (const seq of [2, 3, 4, 5, 6]) assertEquals((await printed(all)).seq, seq);
  for (const seq of [3, 5]) assertEquals((await printed(some)).seq, seq);
  assertEquals((await printed(picky)).seq, 6);
});

natsTest("without --tail only what comes from now on is printed, and SIGINT ends it", async () => {
  await using place = new Place();
  const url = server().pool("from now on");
  await place.done("feed", url, '"old"', "--create");
  const running = place.start("follow", url, "--jsonl");
  await using client = connect(server().url);
  const pool = await client.openPool("from now on");
  // Nothing tells from outside that it listens: append until it says so.
  let first: Printed | undefined;
  const listening = printed(running).then((message) => first = message);
  while (first === undefined) {
    await pool.append("new");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await listening;
  assertEquals(first?.data, "new");
  running.signal("SIGINT");
  assertEquals((await running.status()).signal, "SIGINT");
});

natsTest("follow --create makes the pool, and prints what is fed to it", async () => {
  await using place = new Place();
  const url = server().pool("made by follow");
  const running = place.start("follow", url, "--create", "--one", "--data-only", "--jsonl");
  // The pool is there before it listens, so one message may come too early.
  let ended = false;
  const status = running.status().then((status) => {
    ended = true;
    return status;
  });
  while (!ended) await place.pls("feed", url, '{"n":1}');
  assertEquals(await running.stdout.next(), '{"n":1}');
  assertEquals((await status).code, 0);
});

natsTest("messages that were dropped while it stood still are told of, each once", async () => {
  await using place = new Place();
  await using made = await poolOn(server(), "overtaken", 1024 * 1024);
  const { pool, url } = made;
  const running = await follower(place, url, pool);
  const quiet = await follower(place, url, pool, "--quiet-drops");
  running.signal("SIGSTOP");
  quiet.signal("SIGSTOP");
  // More than a tail asks for ahead, and then the pool retains.
  const fill = "f".repeat(16 * 1024);
  const inputs = Array.from({ length: 1500 }, (_, n) => ({ data: { n, fill } }));
  const newest = (await pool.appendMany(inputs)).at(-1)!.seq;
  running.signal("SIGCONT");
  quiet.signal("SIGCONT");
  // The message that the other follower begins with is in between.
  const printedCount = (await seqsUpTo(running, newest)).length;
  let dropped = 0;
  for (let end = 1; printedCount + dropped < newest - 1;) {
    const { kind, cmd, pool: name, message, details } = await told(running);
    const { last_seen_seq: last, next_seen_seq: next, dropped_count: count, pool_path } = details;
    assertEquals([kind, cmd, name, pool_path], ["drop", "follow", url, url]);
    assertMatch(message, /gone before they could be read$/);
    // Several gaps in one notice have others between them.
    assert(Number(last) >= end && Number(count) < Number(next) - Number(last));
    end = Number(next);
    dropped += Number(count);
  }
  assertEquals(printedCount + dropped, newest - 1);
  assert(dropped > 100, `${dropped} were dropped`);
  await seqsUpTo(quiet, newest);
  quiet.signal("SIGTERM");
  assertEquals(await quiet.stderr.next(), undefined);
});

/** The numbers of what is printed up to `newest`, which ascend. */
async function seqsUpTo(running: Running, newest: number): Promise<number[]> {
  const seqs: number[] = [];
  while (seqs.at(-1) !== newest) {
    const { seq } = await printed(running);
    assert(seq > (seqs.at(-1) ?? 0), `${seq} behind ${seqs.at(-1)}`);
    seqs.push(seq);
  }
  return seqs;
}

for (const [how, signal] of [["stopped", "SIGTERM"], ["killed", "SIGKILL"]] as const) {
  natsTest(`a server that is ${how} and comes back is told of, and nothing is missed`, async () => {
    await using place = new Place();
    await using away = await NatsServer.start();
    await using made = await poolOn(away, "jobs");
    const { pool, url } = made;
    const running = await follower(place, url, pool);
    for (const round of [1, 2]) {
      await away.kill(signal);
      const { kind, cmd, pool: name, message, details } = await told(running);
      assertEquals([kind, cmd, name], ["reconnect", "follow", url]);
      assertMatch(message, /; trying again in \d+\.\d s$/);
      assertStringIncludes(message, away.url);
      assertEquals([details.attempt, details.error_kind, details.server], [1, "Io", away.url]);
      await away.startAgain();
      const sent = await pool.appendMany([{ data: round }, { data: "more" }]);
      for (const { seq } of sent) assertEquals((await printed(running)).seq, seq);
    }
    running.signal("SIGTERM");
    for (let line = await running.stderr.next(); line !== undefined;) {
      assertEquals(JSON.parse(line).notice.kind, "reconnect");
      line = await running.stderr.next();
    }
  });
}

natsTest("--timeout counts while the server is away, and --one outlives it", async () => {
  await using place = new Place();
  await using away = await NatsServer.start();
  await using made = await poolOn(away, "jobs");
  const { pool, url } = made;
  const timed = await follower(place, url, pool, "--timeout", "5s");
  const one = place.start("follow", url, "--tag", "last", "--tail", "1", "--one", "--jsonl");
  const waiting = await follower(place, url, pool);
  await using bare = await Bare.connect(away, "jobs");
  await eventually("all of them listen", async () => await bare.consumerCount() === 3);
  await away.stop();
  await told(waiting);
  assertEquals((await timed.status()).code, 124);
  await away.startAgain();
  await pool.append("end", ["last"]);
  assertEquals((await printed(one)).data, "end");
  assertEquals((await one.status()).code, 0);
});

natsTest(
  "a pool that is deleted ends what follows it with NotFound, also one that was made anew",
  async () => {
    await using place = new Place();
    await using made = await poolOn(server(), "short-lived");
    const { pool, url } = made;
    const first = await follower(place, url, pool);
    await place.done("pool", "delete", url);
    assertEquals((await first.status()).code, 3);
    assertEquals(JSON.parse(await first.stderr.next() ?? "").error.kind, "NotFound");
    await place.done("feed", url, "1", "--create");
    const second = place.start("follow", url, "--jsonl", "--tail", "1");
    assertEquals((await printed(second)).data, 1);
    second.signal("SIGSTOP");
    await place.done("pool", "delete", url);
    await place.done("feed", url, '"another one"', "--create");
    second.signal("SIGCONT");
    assertEquals((await second.status()).code, 3);
    assertEquals(await second.stdout.next(), undefined);
  },
);

natsTest("a replay prints at the distances that messages have, and ends", async () => {
  await using place = new Place();
  const url = server().pool("replay");
  const line = (seq: number, time: string) =>
    `{"seq":${seq},"time":"2026-01-01T00:00:0${time}Z","meta":{"tags":[]},"data":${seq}}\n`;
  const stdin = line(1, "0.000000000") + line(2, "0.500000000") + line(3, "4.000000000");
  await place.call(["pool", "import", url, "--create"], { stdin });
  const startedMs = performance.now();
  const printed = await place.done(
    "follow",
    url,
    "--since",
    "2025-01-01T00:00:00Z",
    "--replay",
    "4",
  );
  assert(performance.now() - startedMs >= 1000);
  assertEquals(printed.match(/"seq": \d/g), ['"seq": 1', '"seq": 2', '"seq": 3']);
  const last = ["follow", url, "--tail", "2", "--replay", "1e9", "--jsonl", "--data-only"];
  assertEquals(await place.done(...last), "2\n3\n");
  const since = [
    "follow",
    url,
    "--since",
    "2026-01-01T00:00:00.6Z",
    "--replay",
    "0",
    "--data-only",
  ];
  assertEquals(await place.done(...since), "3\n");
});
