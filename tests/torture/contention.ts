/**
 * Many writers and many readers, each a process, on the smallest pool there is.
 *
 * @module
 */

import { assertEquals, assertLess } from "@std/assert";
import { Client } from "@plasmite/pool";
import { Child } from "../process/child.ts";
import { entriesIn, POOL, type ReaderReport, type WriterReport } from "./contention_pool.ts";
import type { Counts, Torture } from "./torture.ts";

const WRITERS = 16;
const MANNERS = Array.from({ length: 16 }, (_, i) => i % 2 === 0 ? "messages" : "batches");

/** Nobody waits longer for an append. */
const STARVATION_MS = 1000;
/** The bound in a run so short that it is for errors, not for measurements. */
const SHORT_STARVATION_MS = 30_000;
const SHORT_SECONDS = 10;
/** Nobody gets nothing for longer while sixteen are writing. */
const SILENCE_MS = 20_000;

/** A crowd at work, and what its members reported. */
interface Outcome {
  writers: WriterReport[];
  readers: ReaderReport[];
  /** The message appended after all others. */
  endSeq: number;
}

/** Lets the crowd loose on a pool that none of them finds there. */
async function runCrowd(dir: string, seconds: number): Promise<Outcome> {
  await using crowd = new AsyncDisposableStack();
  const start = (script: string, ...args: string[]) => {
    const access = [`--allow-read=${dir}`, `--allow-write=${dir}`];
    return crowd.use(Child.deno(import.meta.resolve(script), access, [dir, ...args]));
  };
  const writers = Array.from({ length: WRITERS }, (_, writer) => {
    return start("./contention_writer.ts", `${writer}`, `${seconds}`, recordOf(dir, "w", writer));
  });
  const readers = MANNERS.map((manner, reader) => {
    return start("./contention_reader.ts", manner, recordOf(dir, "r", reader));
  });
  const all = [...readers, ...writers];
  await Promise.all(all.map((child) => child.ready()));
  await Promise.all(all.map((child) => child.send("go")));
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  const written = await Promise.all(writers.map(reportOf<WriterReport>));
  using client = new Client({ dir });
  using pool = client.openPool(POOL.name);
  const { seq: endSeq } = pool.append("end", ["end"]);
  return {
    writers: written,
    readers: await Promise.all(readers.map(reportOf<ReaderReport>)),
    endSeq,
  };
}

function recordOf(dir: string, role: string, number: number): string {
  return `${dir}/${role}${number}.record`;
}

async function reportOf<T>(child: Child): Promise<T> {
  assertEquals(await child.exit(), 0, child.stderr.text);
  return JSON.parse(child.stdout.lines.at(-1)!);
}

/** Every number was given once, to the writer whose message readers found under it. */
function checkRecords(dir: string, { readers, endSeq }: Outcome): void {
  const writerOf = new Int32Array(endSeq).fill(-1);
  const counterOf = new Int32Array(endSeq);
  for (let number = 0; number < WRITERS; number++) {
    let last = 0;
    for (const [seq, writer, counter] of entriesIn(recordOf(dir, "w", number))) {
      assertEquals(writerOf[seq], -1, `number ${seq} was given twice`);
      assertLess(last, seq);
      last = seq;
      writerOf[seq] = writer;
      counterOf[seq] = counter;
    }
  }
  assertEquals(writerOf.indexOf(-1, 1), -1, "a number was given to nobody");
  for (let reader = 0; reader < readers.length; reader++) {
    for (const [seq, writer, counter] of entriesIn(recordOf(dir, "r", reader))) {
      if (writerOf[seq] === writer && counterOf[seq] === counter) continue;
      assertEquals([writer, counter], [writerOf[seq], counterOf[seq]], `message ${seq} is foreign`);
    }
  }
}

/** Nobody is left behind. */
function checkFairness({ writers, readers, endSeq }: Outcome, seconds: number): void {
  for (const { lastSeq, delivered, missed, longestSilenceMs } of readers) {
    assertEquals([lastSeq, delivered + missed], [endSeq, endSeq]);
    assertLess(longestSilenceMs, SILENCE_MS, "a reader was stuck");
  }
  const bound = seconds > SHORT_SECONDS ? STARVATION_MS : SHORT_STARVATION_MS;
  const longest = Math.max(...writers.map(({ longestWaitMs }) => longestWaitMs));
  assertLess(longest, bound, `a writer starved: ${JSON.stringify(writers)}`);
}

function count({ writers, readers, endSeq }: Outcome): Counts {
  const appends = writers.map((writer) => writer.appends);
  const slower = (ms: keyof WriterReport["slower"]) => {
    return writers.reduce((sum, writer) => sum + writer.slower[ms], 0);
  };
  return {
    messages: endSeq,
    "appends of the writers": appends.join(" "),
    "appends slower than 10 ms": slower("10"),
    "slower than 100 ms": slower("100"),
    "slower than 1 s": slower("1000"),
    "ms longest waits": writers.map((writer) => writer.longestWaitMs.toFixed(0)).join(" "),
    "messages delivered": readers.map((reader) => reader.delivered).join(" "),
    "ms longest silences": readers.map((r) => r.longestSilenceMs.toFixed(0)).join(" "),
  };
}

async function run(seconds: number): Promise<Counts> {
  const dir = Deno.makeTempDirSync({ prefix: "pls-contention-" });
  try {
    const outcome = await runCrowd(dir, seconds);
    checkRecords(dir, outcome);
    checkFairness(outcome, seconds);
    return count(outcome);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

/** Sixteen writers and sixteen readers on the smallest pool. */
export const contention: Torture = {
  name: "contention",
  promise: "sixteen writers and sixteen readers on the smallest pool keep order, lose nothing " +
    "untold, and nobody starves",
  unit: "seconds",
  rounds: { short: 5, long: 60 },
  run,
};
