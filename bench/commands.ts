/**
 * Starting the commands that scripts call most: how long each takes from its start to its
 * end, and how much memory.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import type { Benchmark, Figures, Subject } from "./benchmark.ts";
import { type Command, run, type RunOptions } from "./command_process.ts";
import {
  bundlePls,
  emptyProgram,
  plsEnvironment,
  SOURCE_PLS,
  upstreamPlasmite,
} from "./command_programs.ts";
import { peakMiBOf } from "./command_usage.ts";
import { fill, MESSAGE_JSON } from "./workload.ts";

/** Every one of them means the same to upstream. */
const CALLS: readonly Command[] = [
  ["feed", "one", '{"id":1}'],
  ["fetch", "one", "1"],
  ["follow", "one", "--tail", "1", "--one"],
  ["pool", "list"],
  ["pool", "info", "one"],
  ["--version"],
  ["--help"],
];
const FEED = CALLS[0];

/** The commands bundled as people get them, next to an empty script and to the source. */
export const commands: Benchmark = {
  name: "commands",
  rounds: 7,
  rows: [
    ...CALLS.map((call) => ({
      name: labelOf(call),
      unit: "ms" as const,
      target: call === FEED ? { ratioAtMost: 1.6 } : undefined,
    })),
    ...CALLS.map((call) => ({ name: `${labelOf(call)}, memory`, unit: "MiB" as const })),
  ],
  async prepare({ dir }): Promise<Subject[]> {
    const pools = `${dir}/pools`;
    Deno.mkdirSync(pools);
    using client = new Client({ dir: pools });
    for (const name of ["one", "two", "three"]) fill(client.pool(name), 1);
    const ours = { env: plsEnvironment(pools) };
    const floor = emptyProgram(dir);
    return [
      subject("pls", bundlePls(`${dir}/bundle`), ours),
      subject("source", SOURCE_PLS, ours),
      { who: "floor", measure: async () => spread(await measureOne(floor)) },
      ...await upstream(`${dir}/upstream`),
    ];
  },
};

function labelOf(call: Command): string {
  return call === FEED ? "feed one" : call.join(" ");
}

function subject(who: string, program: Command, options: RunOptions): Subject {
  return {
    who,
    async measure() {
      const figures: Awaited<ReturnType<typeof measureOne>>[] = [];
      for (const call of CALLS) figures.push(await measureOne([...program, ...call], options));
      return [...figures.map(([ms]) => ms), ...figures.map(([, mib]) => mib)];
    },
  };
}

async function measureOne(
  command: Command,
  options?: RunOptions,
): Promise<[ms: number, mib: number | undefined]> {
  // Looking at its memory costs, so it is started once more for that.
  return [await run(command, options), await peakMiBOf(command, options)];
}

/** An empty script is the floor of every call. */
function spread([ms, mib]: [ms: number, mib: number | undefined]): Figures {
  return [...CALLS.map(() => ms), ...CALLS.map(() => mib)];
}

async function upstream(pools: string): Promise<Subject[]> {
  const executable = upstreamPlasmite();
  if (executable === undefined) return [];
  Deno.mkdirSync(pools);
  const program = [...executable, "--dir", pools];
  for (const name of ["one", "two", "three"]) {
    await run([...program, "feed", name, MESSAGE_JSON, "--create"]);
  }
  return [subject("plasmite", program, {})];
}
