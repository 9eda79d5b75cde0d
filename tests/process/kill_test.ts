/**
 * Writers that are killed at any moment.
 *
 * @module
 */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { Client, type Pool } from "@plasmite/pool";
import { Child } from "./child.ts";
import { BATCH_MAX } from "./killed_writer.ts";
import { isGenuine, makeMessage, makeTags } from "./workload.ts";

const KILLS = 50;
/** Most acknowledgements awaited before the kill. */
const ACKS_BEFORE_KILL_MAX = 300;
/** Longest time from there to the kill: without it, kills would find a writer just printing. */
const KILL_DELAY_MS_MAX = 3;
/** The test's own appends come under this writer number, which no killed writer has. */
const SURVIVOR = KILLS;
const POOL = "battlefield";

/** `[writer, counter]` by sequence number, of every append that returned. */
type Acknowledged = Map<number, [writer: number, counter: number]>;

/** Random numbers that come again with the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Does nothing for that long, more exactly than a timer could. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Starts a writer, kills it at a random moment, and notes all it acknowledged. */
async function killOne(dir: string, writer: number, random: () => number, known: Acknowledged) {
  const acks = 1 + Math.floor(random() * ACKS_BEFORE_KILL_MAX);
  const access = [`--allow-read=${dir}`, `--allow-write=${dir}`];
  const script = import.meta.resolve("./killed_writer.ts");
  await using child = Child.deno(script, access, [dir, POOL, `${writer}`]);
  await child.stdout.until(() => child.stdout.lines.length >= acks, `${acks} acknowledgements`);
  spin(random() * KILL_DELAY_MS_MAX);
  child.kill();
  await child.exit();
  assertEquals(child.stderr.text, "");
  for (const line of child.stdout.lines) {
    const [seq, counter] = line.split(" ").map(Number);
    assert(!known.has(seq), `sequence number ${seq} was given twice`);
    known.set(seq, [writer, counter]);
  }
}

/** Everything retained is genuine and without holes, and no acknowledged message lacks. */
async function checkRetained(pool: Pool, known: Acknowledged): Promise<void> {
  const { bounds, usedBytes, ringSizeBytes } = pool.info();
  const { oldest, newest } = bounds!;
  const lastKnown = Math.max(...known.keys());
  assert(newest >= lastKnown, "the newest acknowledged message is lost");
  assertLessOrEqual(newest - lastKnown, BATCH_MAX, "more than one append was not acknowledged");
  let expectedSeq = oldest;
  const retained = { sinceSeq: oldest, maxMessages: newest - oldest + 1, timeoutMs: 10_000 };
  for await (const { seq, data, tags } of pool.tail({ ...retained, gapPolicy: "error" })) {
    assertEquals(seq, expectedSeq++);
    assert(isGenuine(data, tags), `message ${seq} is torn`);
    const acknowledged = known.get(seq);
    if (acknowledged !== undefined) assertEquals([data.writer, data.counter], acknowledged);
  }
  assertEquals(expectedSeq, newest + 1);
  for (const [seq, [writer, counter]] of known) {
    if (seq >= oldest) assertEquals(pool.get(seq).data, makeMessage(writer, counter));
  }
  if (oldest > 1) assert(usedBytes > ringSizeBytes / 2, "more was given up than had to be");
}

/** The killed writer left no lock, and nothing in the way. */
function appendNext(pool: Pool, counter: number, known: Acknowledged): void {
  const { newest } = pool.info().bounds!;
  const { seq } = pool.append(makeMessage(SURVIVOR, counter), makeTags(SURVIVOR, counter));
  assertEquals(seq, newest + 1);
  known.set(seq, [SURVIVOR, counter]);
}

Deno.test("a killed writer loses no acknowledged message and stops nobody", async () => {
  const seed = Number(Deno.env.get("PLS_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`seed: PLS_TEST_SEED=${seed}`);
  const random = randomNumbers(seed);
  const dir = Deno.makeTempDirSync();
  try {
    using client = new Client({ dir, lockTimeoutMs: 1000 });
    client.createPool(POOL, { sizeBytes: 65536 });
    const known: Acknowledged = new Map();
    for (let kill = 0; kill < KILLS; kill++) {
      await killOne(dir, kill, random, known);
      using pool = client.openPool(POOL);
      await checkRetained(pool, known);
      appendNext(pool, kill + 1, known);
    }
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});
