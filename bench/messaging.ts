/**
 * Messaging: its commands next to those of pools that do the same without it, and how soon whoever
 * waits for a message hears of it.
 *
 * @module
 */

import { Client, type Pool } from "@plasmite/pool";
import { Mesh } from "@plasmite/pool/messaging";
import type { Benchmark, Figures, Row, Site, Subject } from "./benchmark.ts";
import { type Command, run, type RunOptions, runPipeline, shellText } from "./command_process.ts";
import { bundlePls, plsEnvironment } from "./command_programs.ts";
import { percentile } from "./harness.ts";
import { epochMs } from "./programs/latency_times.ts";
import { Program } from "./programs/program.ts";

/** Pipes that are listed. */
const PIPES = 1000;

/** Messages that wait to be read. */
const WAITING = 10_000;

/** Messages that somebody waits for, and the time from one to the next. */
const AWAITED = 100;
const PAUSE_MS = 20;

const ROWS: readonly Row[] = [
  { name: "send", unit: "ms", target: { ratioAtMost: 1.3 } },
  { name: `ls of ${PIPES} pipes`, unit: "ms", target: { atMost: 150 } },
  { name: `read of ${WAITING} messages`, unit: "ms" },
  { name: "watch wake-up p50", unit: "ms" },
  { name: "watch wake-up p99", unit: "ms" },
];

/** The commands as people get them; the floor is what pools do without messaging. */
export const messaging: Benchmark = {
  name: "messaging",
  rounds: 7,
  rows: ROWS,
  async prepare(site): Promise<Subject[]> {
    const { dir } = site;
    const program = bundlePls(`${dir}/bundle`);
    const [small, large] = [`${dir}/small`, `${dir}/large`];
    await fillMesh(small, 1);
    await fillMesh(large, PIPES);
    const waiting = { dir: `${small}/mesh`, home: `${small}/home` };
    return [
      await ours(program, { small, large, waiting }, site),
      floor(program, { small, waiting }, site),
    ];
  },
};

interface Place {
  readonly dir: string;
  readonly home: string;
}

/** Makes a mesh with `pipes` inboxes, one message each, and {@linkcode WAITING} in that of nina. */
async function fillMesh(pools: string, pipes: number): Promise<void> {
  await using mesh = await Mesh.open({ dir: `${pools}/mesh`, home: `${pools}/home` });
  for (const handle of ["nina", "otto"]) await mesh.createSource(handle);
  await mesh.createPipe("nina.tasks", { maxMsgs: 2 * WAITING, maxBytes: 64 * 2 ** 20 });
  await mesh.sendMany("nina.tasks", Array.from({ length: WAITING }, (_, i) => `message ${i}`));
  for (let i = 3; i < pipes; i++) {
    await mesh.createSource(`agent-${i}`);
    await mesh.send(`agent-${i}`, `hello ${i}`);
  }
}

function environment(pools: string): RunOptions {
  return {
    env: { ...plsEnvironment(pools), PLS_HOME: `${pools}/home`, PLS_SESSION: "bench" },
  };
}

async function ours(
  program: Command,
  { small, large, waiting }: { small: string; large: string; waiting: Place },
  site: Site,
): Promise<Subject> {
  const mesh = site.cleanup.use(await Mesh.open(waiting));
  return {
    who: "pls",
    async measure(): Promise<Figures> {
      const send = await run([...program, "send", "nina", "hello"], environment(small));
      const list = await run([...program, "ls"], environment(large));
      const reread = shellText([...program, "reread", "nina.tasks", "--json"]);
      const read = await runPipeline(`${reread} > /dev/null`, environment(small));
      return [
        send,
        list,
        read,
        ...await wakeUps("mesh", waiting, (ms) => mesh.send("otto", String(ms))),
      ];
    },
  };
}

function floor(
  program: Command,
  { small, waiting }: { small: string; waiting: Place },
  { cleanup }: Site,
): Subject {
  cleanup.use(new Client({ dir: small }).pool("work"));
  const tail: Pool = cleanup.use(new Client({ dir: waiting.dir }).pool("tail"));
  return {
    who: "floor",
    async measure(): Promise<Figures> {
      const feed = await run([...program, "feed", "work", '"hello"'], environment(small));
      const pool = Array.from(Deno.readDirSync(waiting.dir))
        .find(({ name }) => name.startsWith("nina.tasks@"))!.name;
      const exported = shellText([...program, "pool", "export", `${waiting.dir}/${pool}`]);
      const read = await runPipeline(`${exported} > /dev/null`, environment(small));
      return [feed, undefined, read, ...await wakeUps("tail", waiting, (ms) => tail.append(ms))];
    },
  };
}

/** Sends to somebody who waits, over and over, and says how long it took until that heard of it. */
async function wakeUps(
  way: "mesh" | "tail",
  { dir, home }: Place,
  send: (nowMs: number) => unknown,
): Promise<Figures> {
  await using program = Program.script("mesh_waiter.ts", [way, dir, home, String(AWAITED)]);
  await program.nextLine("somebody who waits");
  for (let i = 0; i < AWAITED; i++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await send(epochMs());
  }
  const tookMs: number[] = JSON.parse(await program.nextLine("the end of waiting"));
  return [percentile(tookMs, 0.5), percentile(tookMs, 0.99)];
}
