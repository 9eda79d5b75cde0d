/**
 * A writer that is stopped in the middle of an append, and what that does to others.
 *
 * @module
 */

import {
  assertEquals,
  assertGreaterOrEqual,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { BusyError, Client } from "@plasmite/pool";
import { Child } from "./child.ts";

const LOCK_TIMEOUT_MS = 200;
/** Windows has no such signals. */
const ignore = Deno.build.os === "windows";

/** A pool with two messages, and a process that is stopped while it appends a third one. */
async function stoppedWriter(dir: string): Promise<{ client: Client; holder: Child }> {
  const client = new Client({ dir, lockTimeoutMs: LOCK_TIMEOUT_MS });
  using pool = client.pool("work", { sizeBytes: 8192 });
  for (const data of ["first", "second"]) pool.append(data);
  const access = [`--allow-read=${dir}`, `--allow-write=${dir}`];
  const holder = Child.deno(import.meta.resolve("./holding_writer.ts"), access, [pool.path]);
  await holder.stdout.until((text) => text.includes("holding\n"), "hold of the lock");
  holder.signal("SIGSTOP");
  return { client, holder };
}

Deno.test("a writer stopped while it holds a pool makes others Busy, and all goes on after it", {
  ignore,
}, async () => {
  const dir = Deno.makeTempDirSync();
  const { client, holder } = await stoppedWriter(dir);
  await using children = new AsyncDisposableStack();
  children.use(holder);
  using pool = client.openPool("work");

  const startMs = performance.now();
  assertThrows(() => pool.append("too early"), BusyError);
  assertGreaterOrEqual(performance.now() - startMs, LOCK_TIMEOUT_MS);

  const follower = children.use(Child.pls(dir, ["follow", "work", "--tail", "2", "--jsonl"]));
  await follower.stdout.until((text) => text.includes("second"), "retained messages");
  assertEquals([pool.get(1).data, pool.get(2).data], ["first", "second"]);
  assertEquals(pool.info().bounds, { oldest: 1, newest: 2 });

  const retry = ["--retry", "1000", "--retry-delay", "1ms"];
  const patient = children.use(Child.pls(dir, ["feed", "work", '"of the patient one"', ...retry]));
  const feed = children.use(Child.pls(dir, ["feed", "work", '"too early"']));
  assertEquals(await feed.exit(), 5);
  assertStringIncludes(feed.stderr.text, '"kind":"Busy"');
  assertEquals([feed.stdout.text, patient.running], ["", true]);

  holder.signal("SIGCONT");
  await holder.send("go on");
  assertEquals([await holder.exit(), await patient.exit()], [0, 0], patient.stderr.text);
  assertEquals(pool.append("mine").seq, 5);
  await follower.stdout.until((text) => text.includes("mine"), "messages after the stop");
  assertEquals(follower.stdout.lines.map((line) => JSON.parse(line).data), [
    "first",
    "second",
    "of the holder",
    "of the patient one",
    "mine",
  ]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("pls feed --retry tries so often and fails with Busy when a writer stays stopped", {
  ignore,
}, async () => {
  const dir = Deno.makeTempDirSync();
  const { holder } = await stoppedWriter(dir);
  await using _ = holder;
  const retry = ["--retry", "1", "--retry-delay", "1ms"];
  await using feed = Child.pls(dir, ["feed", "work", '"too early"', ...retry]);
  assertEquals(await feed.exit(), 5);
  assertStringIncludes(feed.stderr.text, "after 2 attempts");
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("a stopped writer that is killed leaves nothing of its append, and no lock", {
  ignore,
}, async () => {
  const dir = Deno.makeTempDirSync();
  const { holder } = await stoppedWriter(dir);
  await using _ = holder;
  holder.kill();
  await holder.exit();
  using client = new Client({ dir, lockTimeoutMs: 0 });
  using pool = client.openPool("work");
  const { seq } = pool.append("third");
  assertEquals([seq, pool.get(3).data], [3, "third"]);
  Deno.removeSync(dir, { recursive: true });
});
