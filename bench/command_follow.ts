/**
 * Draining a full pool by `pls follow`, from the start of the process until all is
 * printed.
 *
 * It goes on following then: it is told to end when nothing was printed for a second, and
 * that second is not counted.
 *
 * @module
 */

import { Client, type Pool } from "@plasmite/pool";
import type { Benchmark, Row, Site, Subject } from "./benchmark.ts";
import { run, runPipeline, shellText } from "./command_process.ts";
import { bundlePls, plsEnvironment, upstreamPlasmite } from "./command_programs.ts";
import { BATCH, MESSAGE } from "./workload.ts";

const POOL_BYTES = 256 * 2 ** 20;
/** Enough to fill the pool, and more. */
const MESSAGES = 260_000;
/** How many of them upstream drains: it is slow, and it is a rate. */
const UPSTREAM_MESSAGES = 20_000;
/** Of so many messages, one is selected by the filters that select few. */
const FEW = 100;
const TIMEOUT_MS = 1000;
const TIMEOUT_CODE = 124;

/** A row, and the shell command that it is about. */
interface Drain extends Row {
  flags: readonly string[];
  /** What becomes of the output, of which so many bytes (a pattern) are expected. */
  sink: (bytes: string) => string;
}

const NULL = () => "> /dev/null";
/** Counts, which costs next to nothing, and fails when it is another count. */
const PIPE = (bytes: string) => `| wc -c | grep -qx ' *${bytes}'`;
const DRAINS: readonly Drain[] = [
  { name: "to a pipe", flags: [], sink: PIPE, unit: "msg/s", target: { atLeast: 500_000 } },
  { name: "to /dev/null", flags: [], sink: NULL, unit: "msg/s" },
  filter("few by --tag", "--tag", "few"),
  filter("all by --tag", "--tag", "all"),
  filter("few by --where", "--where", ".data.id == 1"),
  filter("all by --where", "--where", ".data.id >= 0"),
];

function filter(name: string, ...flags: string[]): Drain {
  return { name, flags, sink: NULL, unit: "msg/s" };
}

/** `pls follow --jsonl` of all that a pool of 256 MiB retains, with and without filters. */
export const followLines: Benchmark = {
  name: "follow-lines",
  rounds: 3,
  rows: DRAINS.map(({ name, unit, target }) => ({ name, unit, target })),
  async prepare(site): Promise<Subject[]> {
    using client = new Client({ dir: site.dir });
    const pool = client.pool("full", { sizeBytes: POOL_BYTES });
    fillWithVariety(pool);
    const lines = `${site.dir}/lines.jsonl`;
    const count = await writeLines(pool, lines);
    const bytes = `${Deno.statSync(lines).size}`;
    const tail = shellText(["tail", "-n", "+1", lines]);
    return [
      ours(site, count, bytes),
      {
        who: "tail",
        measure: async () => [
          count / await runPipeline(`${tail} ${PIPE(bytes)}`) * 1000,
          count / await runPipeline(`${tail} ${NULL()}`) * 1000,
        ],
      },
      ...await upstream(site, lines),
    ];
  },
};

function fillWithVariety(pool: Pool): void {
  for (let done = 0; done < MESSAGES; done += BATCH) {
    pool.appendMany(Array.from({ length: BATCH }, (_, at) => {
      const id = (done + at) % FEW;
      return { data: { ...MESSAGE, id }, tags: id === 1 ? ["all", "few"] : ["all"] };
    }));
  }
}

/** Writes the pool's messages as complete ones to `path`, and says how many there are. */
async function writeLines(pool: Pool, path: string): Promise<number> {
  const { oldest, newest } = pool.info().bounds!;
  const count = newest - oldest + 1;
  using file = Deno.openSync(path, { write: true, create: true });
  for await (const batch of pool.tailBatches({ sinceSeq: oldest, maxMessages: count })) {
    const bytes = batch.jsonLines();
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  }
  return count;
}

function ours({ dir }: Site, count: number, bytes: string): Subject {
  const command = [...bundlePls(`${dir}/bundle`), "follow", "full", "--jsonl"];
  const all = [...command, "--since", "1d", "--timeout", `${TIMEOUT_MS}ms`];
  const options = { env: plsEnvironment(dir), exitCode: TIMEOUT_CODE };
  return drains("pls", all, bytes, async (line) => {
    return count / (await runPipeline(line, options) - TIMEOUT_MS) * 1000;
  });
}

async function upstream({ dir }: Site, lines: string): Promise<Subject[]> {
  const executable = upstreamPlasmite();
  if (executable === undefined) return [];
  const program = [...executable, "--dir", `${dir}/upstream`];
  Deno.mkdirSync(`${dir}/upstream`);
  // Large enough for all of them, in its format as well.
  await run([...program, "pool", "create", "full", "--size", "64M"]);
  const some = `${dir}/upstream/lines.jsonl`;
  await runPipeline(`head -n ${UPSTREAM_MESSAGES} '${lines}' > '${some}'`);
  await runPipeline(`${shellText([...program, "feed", "full"])} < '${some}'`);
  const all = [...program, "follow", "full", "--no-follow", "--format", "json"];
  return [drains("plasmite", all, "[0-9]*", async (line) => {
    return UPSTREAM_MESSAGES / await runPipeline(line) * 1000;
  })];
}

function drains(
  who: string,
  command: readonly string[],
  bytes: string,
  rateOf: (line: string) => Promise<number>,
): Subject {
  return {
    who,
    async measure() {
      const rates: number[] = [];
      for (const { flags, sink } of DRAINS) {
        rates.push(await rateOf(`${shellText([...command, ...flags])} ${sink(bytes)}`));
      }
      return rates;
    },
  };
}
