import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Message } from "../../mod.ts";
import { Client, UsageError } from "../../mod.ts";
import { dueTimes, parseSpeed, replay, retainedMessages } from "../../cli/replay.ts";
import { errorOf, jsonLines, Place } from "./pls.ts";

/** RFC 3339 with this many milliseconds and nanoseconds beyond after some start. */
function time(ms: number, nanos = 0): string {
  const start = Date.parse("2026-01-01T00:00:00Z");
  return new Date(start + ms).toISOString().replace("Z", `${String(nanos).padStart(6, "0")}Z`);
}

Deno.test("messages are due at their distances from the first, divided by the speed", () => {
  const times = [time(0), time(1000), time(1000, 500_000), time(86_400_000)];
  assertEquals(dueTimes(times, 1), [0, 1000, 1000.5, 86_400_000]);
  assertEquals(dueTimes(times, 4), [0, 250, 250.125, 21_600_000]);
  assertEquals(dueTimes(times, 0.5), [0, 2000, 2001, 172_800_000]);
});

Deno.test("messages that are due are printed together, others are waited for", async () => {
  const messages = [0, 0, 0, 200, 200].map((ms) => ({ time: time(ms) }) as Message);
  const lengths: number[] = [];
  await replay(messages, 1, (due) => void lengths.push(due.length));
  assertEquals(lengths, [3, 2]);
});

Deno.test("speed 0 means no delays", () => {
  assertEquals(dueTimes([time(0), time(5000)], 0), [0, 0]);
});

Deno.test("a speed is a finite number that is not negative", () => {
  assertEquals(["0", "1", "2.5", ".5", "1e3", "+2"].map(parseSpeed), [0, 1, 2.5, 0.5, 1000, 2]);
  for (const text of ["-1", "-0.5", "inf", "Infinity", "NaN", "1e999", "", " ", "1x", "0x10"]) {
    assertThrows(() => parseSpeed(text), UsageError, "--replay");
  }
});

Deno.test("what one print takes too long is not added to what follows", async () => {
  const messages = [0, 20, 40, 400].map((ms) => ({ time: time(ms) }) as Message);
  const startedMs = performance.now();
  let printedMs = 0;
  await replay(messages, 1, () => {
    printedMs = performance.now() - startedMs;
    // Slower than the first three messages came.
    while (performance.now() - startedMs < printedMs + 35);
  });
  // A chain of waits would have printed the last one 105 ms late.
  assert(printedMs >= 400 && printedMs < 500, `printed after ${printedMs} ms`);
});

/** Lets the clock that messages get their time from go on. */
function pass(ms: number): void {
  const endMs = Date.now() + ms + 1;
  while (Date.now() < endMs);
}

/** A place with a pool `jobs` of the values 1 to `count`; every second one has the tag `even`. */
async function withJobs(count: number): Promise<Place> {
  const place = new Place();
  await place.done("pool", "create", "jobs");
  using client = new Client({ dir: place.pools });
  const pool = client.openPool("jobs");
  for (let n = 1; n <= count; n++) pool.append({ n }, n % 2 === 0 ? ["even"] : []);
  return place;
}

/** The numbers that a replay without delays prints before it exits. */
async function replayed(place: Place, ...args: string[]): Promise<number[]> {
  const out = await place.done("follow", "jobs", "--replay", "0", "--jsonl", ...args);
  return jsonLines(out).map(({ data }) => data.n);
}

Deno.test("a replay prints what --tail or --since selects and ends", async () => {
  await using place = await withJobs(6);
  assertEquals(await replayed(place, "--tail", "2"), [5, 6]);
  assertEquals(await replayed(place, "--tail", "99"), [1, 2, 3, 4, 5, 6]);
  assertEquals(await replayed(place, "--since", "1h"), [1, 2, 3, 4, 5, 6]);
});

Deno.test("a replay counts the messages that match", async () => {
  await using place = await withJobs(6);
  assertEquals(await replayed(place, "--tail", "2", "--tag", "even"), [4, 6]);
  assertEquals(await replayed(place, "--tail", "2", "--where", ".data.n < 4"), [2, 3]);
  assertEquals(await replayed(place, "--since", "1h", "--tag", "none"), []);
});

Deno.test("a replay with --one prints the first message alone", async () => {
  await using place = await withJobs(3);
  assertEquals(await replayed(place, "--tail", "2", "--one"), [2]);
});

Deno.test("a replay of nothing exits at once", async () => {
  await using place = new Place();
  assertEquals(await place.done("follow", "jobs", "--create", "-n1", "--replay", "1"), "");
  await place.done("feed", "jobs", "1");
  const later = "2999-01-01T00:00:00Z";
  assertEquals(await place.done("follow", "jobs", "--since", later, "--replay", "1"), "");
});

Deno.test("a replay since a time after the newest message has nothing to wait for", async () => {
  await using place = await withJobs(1);
  using client = new Client({ dir: place.pools });
  const since = new Date(Date.now() + 1000).toISOString();
  const pool = client.openPool("jobs");
  assertEquals(await retainedMessages(pool, { since, tags: [], where: [] }), []);
});

Deno.test("a replay keeps the distances, and --timeout has no effect on it", async () => {
  await using place = new Place();
  await place.done("pool", "create", "jobs");
  using client = new Client({ dir: place.pools });
  const pool = client.openPool("jobs");
  pool.append(1);
  pass(40);
  pool.append(2);
  const startedMs = performance.now();
  const args = ["--since", "1h", "--replay", "0.1", "--timeout", "1ms", "--jsonl"];
  const lines = jsonLines(await place.done("follow", "jobs", ...args));
  assertEquals([lines[0].data, lines.at(-1).data], [1, 2]);
  assert(performance.now() - startedMs >= 390);
});

Deno.test("a replay prints each message when it is due, and not at the end", async () => {
  await using place = await withJobs(1);
  using client = new Client({ dir: place.pools });
  const pool = client.openPool("jobs");
  pass(5);
  pool.append({ n: 2 });
  // The second message is due in minutes, the first one now.
  const replaying = place.start("follow", "jobs", "-n99", "--replay", "0.00001", "--jsonl");
  assertEquals(JSON.parse((await replaying.stdout.next())!).data, { n: 1 });
});

Deno.test("replay rules are checked after filters and before the pool is looked for", async () => {
  await using place = new Place();
  for (
    const args of [
      ["--replay", "1"],
      ["--replay", "1", "--tail", "0"],
      ["--replay=-1", "--tail", "1"],
      ["--replay", "-1", "--tail", "1"],
      ["--replay", "inf", "--tail", "1"],
    ]
  ) {
    const { code, stderr } = await place.pls("follow", "missing", ...args);
    const { kind, hint } = errorOf(stderr);
    assertEquals([code, kind], [2, "Usage"], args.join(" "));
    assertStringIncludes(hint, "pls follow --help");
  }
  const bad = await place.pls("follow", "missing", "--replay", "x", "--where", ".data =");
  assertEquals(errorOf(bad.stderr).message.includes("replay"), false);
  assertEquals((await place.pls("follow", "missing", "--replay", "1", "-n1")).code, 3);
});

Deno.test("follow takes --no-notify, which changes nothing", async () => {
  await using place = await withJobs(1);
  const { code, stdout } = await place.pls(
    ...["follow", "jobs", "-n1", "--no-notify", "--jsonl", "--data-only", "--timeout", "50ms"],
  );
  assertEquals({ code, stdout }, { code: 124, stdout: '{"n":1}\n' });
});

Deno.test("a replay ends although the newest message is damaged", async () => {
  await using place = await withJobs(2);
  await place.done("feed", "jobs", '"unique"');
  const path = `${place.pools}/jobs.plasmite`;
  const bytes = Deno.readFileSync(path);
  const text = new TextDecoder("latin1").decode(bytes);
  bytes[text.indexOf("unique")] ^= 1;
  Deno.writeFileSync(path, bytes);
  assertEquals(await replayed(place, "--tail", "3"), [1, 2]);
});
