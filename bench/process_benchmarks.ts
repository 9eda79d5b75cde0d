/**
 * Benchmarks of processes: wake-ups between two of them, writers side by side, and the
 * command line.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { type Benchmark, median, percentile } from "./harness.ts";
import { fill } from "./pool_benchmarks.ts";

const SOURCE = new URL("../cli.ts", import.meta.url).pathname;
const FOLLOWER = new URL("follower.ts", import.meta.url).pathname;
const WRITER = new URL("writer.ts", import.meta.url).pathname;
const WAKE_UPS = 300;
const APPENDS_A_WRITER = 20_000;
const STARTS = 5;
const LINES = 200_000;

/** The benchmarks, with pools in `dir`. */
export function processBenchmarks(dir: string): Benchmark[] {
  return [wakeUp(dir, 0.5, "p50"), wakeUp(dir, 0.99, "p99"), writers(dir), ...commands(dir)];
}

function run(args: string[], executable = Deno.execPath()): Deno.ChildProcess {
  return new Deno.Command(executable, { args, stdout: "piped", stderr: "inherit" }).spawn();
}

async function text(child: Deno.ChildProcess): Promise<string> {
  return await new Response(child.stdout).text();
}

function wakeUp(dir: string, share: number, label: string): Benchmark {
  const client = new Client({ dir });
  const pool = client.pool(`wake-${label}`);
  return {
    name: `wake-up-${label}`,
    unit: "ms",
    target: label === "p50" ? "<= 0.5 ms" : "<= 2 ms",
    round: async () => {
      const child = run(["run", "--allow-all", FOLLOWER, pool.path, String(WAKE_UPS)]);
      const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      await output.read(); // It says when it follows.
      for (let i = 0; i < WAKE_UPS; i++) {
        pool.append({ sentAt: performance.timeOrigin + performance.now() });
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const { value = "[]" } = await output.read();
      await child.status;
      return percentile(JSON.parse(value), share);
    },
  };
}

function writers(dir: string): Benchmark {
  const rates = async (count: number) => {
    const path = new Client({ dir }).pool(`writers-${count}`).path;
    const children = Array.from(
      { length: count },
      () => run(["run", "--allow-all", WRITER, path, String(APPENDS_A_WRITER)]),
    );
    const spans = await Promise.all(children.map(async (child) => JSON.parse(await text(child))));
    const startMs = Math.min(...spans.map(([start]) => start));
    const endMs = Math.max(...spans.map(([, end]) => end));
    return count * APPENDS_A_WRITER / (endMs - startMs) * 1000;
  };
  return {
    name: "4-writers",
    unit: "msg/s",
    target: ">= 0.7 x one writer (ratio <= 1.43)",
    round: () => rates(4),
    floor: () => rates(1),
  };
}

const RUN = ["run", "--allow-read", "--allow-write", "--allow-env"];

/** `pls` as people get it: bundled. */
function bundled(dir: string): string {
  const args = ["bundle", "--quiet", "--minify", "--code-splitting", "--outdir", dir, SOURCE];
  const { success } = new Deno.Command(Deno.execPath(), { args }).outputSync();
  if (!success) throw new Error("the bundle can't be made");
  return `${dir}/cli.js`;
}

function commands(dir: string): Benchmark[] {
  const bundle = bundled(dir);
  const pls = (...args: string[]) => [...RUN, bundle, "--dir", dir, ...args];
  const empty = `${dir}/empty.ts`;
  Deno.writeTextFileSync(empty, "");
  const lines = `${dir}/lines.jsonl`;
  Deno.writeTextFileSync(
    lines,
    (JSON.stringify({ id: 1, fill: "x".repeat(1000) }) + "\n").repeat(LINES),
  );
  const client = new Client({ dir });
  client.createPool("full", { sizeBytes: 256 * 1024 * 1024 });
  fill(client.openPool("full"), LINES);
  client.pool("one");
  const command = (...args: string[]) => [Deno.execPath(), ...pls(...args)].join(" ");
  const linesPerSecond = async (pipeline: string) => {
    const child = run(["-c", pipeline], "bash");
    const start = performance.now();
    await child.stdout.getReader().read();
    const seconds = (performance.now() - start) / 1000;
    await child.status;
    return LINES / seconds;
  };
  const startMs = async (args: string[]) => {
    const times: number[] = [];
    for (let i = 0; i < STARTS; i++) {
      const start = performance.now();
      await text(run(args));
      times.push(performance.now() - start);
    }
    return median(times);
  };
  return [
    {
      name: "feed-one",
      unit: "ms",
      target: "<= 1.6 x deno run of an empty file",
      round: () => startMs(pls("feed", "one", '{"id":1}')),
      floor: () => startMs(["run", empty]),
    },
    {
      name: "feed-one-source",
      unit: "ms",
      target: "the same, not bundled",
      round: () => startMs([...RUN, SOURCE, "--dir", dir, "feed", "one", '{"id":1}']),
      floor: () => startMs(["run", empty]),
    },
    {
      name: "feed-stdin",
      unit: "msg/s",
      target: ">= 250,000/s",
      round: () =>
        linesPerSecond(`cat ${lines} | ${command("feed", "full")} > /dev/null; echo done`),
    },
    {
      name: "follow-drain",
      unit: "msg/s",
      target: ">= 500,000/s",
      // It waits for more in the end; what counts is when the last line is out.
      round: () =>
        linesPerSecond(
          `${command("follow", "full", "--jsonl", "--tail", `${LINES}`, "--timeout", "1s")} |
            { head -n ${LINES} > /dev/null; echo done; }`,
        ),
    },
  ];
}
