/**
 * Many processes on one small pool, all at once.
 *
 * @module
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { Client } from "@plasmite/pool";
import { Child } from "./child.ts";
import { CROWD_POOL, type ReaderReport } from "./crowd.ts";

const WRITERS = 8;
const MESSAGES_PER_WRITER = 4000;
const TOTAL = WRITERS * MESSAGES_PER_WRITER;
const MANNERS = ["messages", "batches", "late"];

interface Outcome {
  /** `[writer, counter]` by sequence number, as the writers were told. */
  acknowledged: Map<number, [writer: number, counter: number]>;
  /** By manner. */
  readers: Map<string, ReaderReport>;
  bounds: { oldest: number; newest: number };
}

/** Lets the crowd loose on a pool that none of them finds there. */
async function runCrowd(dir: string): Promise<Outcome> {
  const access = [`--allow-read=${dir}`, `--allow-write=${dir}`];
  await using crowd = new AsyncDisposableStack();
  const start = (script: string, ...args: string[]) =>
    crowd.use(Child.deno(import.meta.resolve(script), access, [dir, ...args]));
  const writers = Array.from({ length: WRITERS }, (_, writer) => {
    return start("./crowd_writer.ts", `${writer}`, `${MESSAGES_PER_WRITER}`);
  });
  const readers = MANNERS.map((manner) => start("./crowd_reader.ts", `${TOTAL}`, manner));
  const all = [...readers, ...writers];
  await Promise.all(all.map(({ stdout }) => stdout.until((text) => text !== "", "readiness")));
  await Promise.all(all.map((child) => child.send("go")));
  const seqs = await Promise.all(writers.map(lastLineOf<number[]>));
  const late = readers[MANNERS.indexOf("late")];
  await late.stdout.until((text) => text.includes("first"), "first message");
  await late.send("go on");
  const reports = await Promise.all(readers.map(lastLineOf<ReaderReport>));
  return {
    acknowledged: new Map(
      seqs.flatMap((own, writer) => own.map((seq, i) => [seq, [writer, i + 1]])),
    ),
    readers: new Map(reports.map((report, i) => [MANNERS[i], report])),
    bounds: new Client({ dir }).poolInfo(CROWD_POOL.name).bounds!,
  };
}

async function lastLineOf<T>(child: Child): Promise<T> {
  assertEquals(await child.exit(), 0, child.stderr.text);
  return JSON.parse(child.stdout.lines.at(-1)!);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Each reader saw only what writers wrote, in order, and knows of all that it missed. */
function checkReader({ delivered, gaps, counterfeit }: ReaderReport, outcome: Outcome): void {
  const { acknowledged, bounds } = outcome;
  assertEquals(counterfeit, [], "torn or foreign messages");
  const seqs = delivered.map(([seq]) => seq);
  assert(seqs.every((seq, i) => i === 0 || seq > seqs[i - 1]), "seq must rise with every message");
  for (const [seq, ...message] of delivered) {
    assertEquals(message, acknowledged.get(seq), `message ${seq} is not the one acknowledged`);
  }
  const missed = gaps.flatMap(({ fromSeq, toSeq }) => range(fromSeq, toSeq));
  const accounted = [...seqs, ...missed].sort((a, b) => a - b);
  assertEquals(accounted, range(1, TOTAL), "delivered and gaps together must be everything, once");
  assert(gaps.every(({ fromSeq, toSeq, count }) => count === toSeq - fromSeq + 1));
  assert(gaps.every(({ reason }) => reason === "retention"), "nothing was damaged");
  assert(missed.every((seq) => seq < bounds.oldest), "what is retained must not be missed");
}

Deno.test("eight writer and three reader processes on one small pool lose and tear nothing", async (t) => {
  const dir = Deno.makeTempDirSync();
  try {
    const outcome = await runCrowd(dir);
    const { acknowledged, readers, bounds } = outcome;

    await t.step("every message gets one sequence number, without holes", () => {
      assertEquals([...acknowledged.keys()].sort((a, b) => a - b), range(1, TOTAL));
      assertEquals(bounds.newest, TOTAL);
      assertGreater(bounds.oldest, 1);
    });
    for (const [manner, report] of readers) {
      await t.step(`the reader of ${manner} accounts for every message`, () => {
        checkReader(report, outcome);
      });
    }
    await t.step("a reader that was overtaken goes on with the oldest retained message", () => {
      const { delivered, gaps } = readers.get("late")!;
      const buffered = delivered.filter(([seq]) => seq < gaps.at(-1)!.fromSeq).length;
      assertEquals(gaps.at(-1)!.toSeq, bounds.oldest - 1);
      assertEquals(delivered.length - buffered, TOTAL - bounds.oldest + 1);
    });
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});
