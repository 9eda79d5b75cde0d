/**
 * Processes that run for long: what they hold at the end is what they held when they had
 * warmed up.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Child } from "../process/child.ts";
import { Stage } from "../process/stage.ts";
import type { FollowerReport } from "./endurance_follower.ts";
import { checkLevel, readSample, type Sample } from "./endurance_samples.ts";
import type { Counts, Torture } from "./torture.ts";

const SIZE_BYTES = 8 * 2 ** 20;
const SAMPLE_EVERY_MS = 1000;
/** A short run has more samples for a second, so that a quarter of it has some. */
const SAMPLES_MIN = 40;
/** How long `pls follow` waits for one more message once the feeder has ended. */
const FOLLOW_TIMEOUT = "10s";
/** What is fed to `pls feed`, over and over. */
const LINE = JSON.stringify({ id: 12345678901, level: "info", text: "over and over ".repeat(8) });

/** A process whose memory is looked at. */
interface Watched {
  name: string;
  child: Child;
  pid: number;
  samples: Sample[];
}

/**
 * Says who it is and becomes that program. Its young generation is not to grow, as it
 * does at any time by 32 MiB and for good when there is much garbage: that hid a leak.
 */
function announced(command: string): string {
  return `sh -c 'echo $$ >&2; export DENO_V8_FLAGS=--max-semi-space-size=1; exec ${command}'`;
}

async function watch(stage: Stage, name: string, script: string): Promise<Watched> {
  const child = stage.startScript(script);
  const said = await child.stderr.until((text) => text.includes("\n"), "process number");
  return { name, child, pid: parseInt(said), samples: [] };
}

function library(script: string, ...args: string[]): string {
  const path = `${import.meta.dirname}/${script}`;
  const access = "--allow-read --allow-write";
  return announced(
    `"${Deno.execPath()}" run --quiet --no-prompt ${access} "${path}" ${args.join(" ")}`,
  );
}

/** Starts them all; the followers first, so that they see the beginning. */
async function startAll(stage: Stage, dir: string, seconds: number): Promise<Watched[]> {
  const follow = announced(
    `pls follow commands --jsonl --tail 1 --timeout ${FOLLOW_TIMEOUT}`,
  );
  const lines = `(yes '${LINE}' & sleep ${seconds}; kill $!)`;
  return [
    await watch(stage, "follower", library("endurance_follower.ts", dir, "library")),
    // Its first and last line, and how many there are.
    await watch(stage, "pls follow", `${follow} | awk 'NR == 1; END { print; print NR }'`),
    await watch(stage, "feeder", library("endurance_feeder.ts", dir, "library", `${seconds}`)),
    await watch(stage, "pls feed", `${lines} | ${announced("pls feed commands")} | wc -l`),
    await watch(stage, "reopener", library("endurance_reopener.ts", dir, `${seconds}`)),
  ];
}

async function sampleAll(watched: readonly Watched[], seconds: number): Promise<void> {
  const everyMs = Math.min(SAMPLE_EVERY_MS, 1000 * seconds / SAMPLES_MIN);
  for (let i = 0; i < Math.floor(1000 * seconds / everyMs); i++) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    for (const { pid, samples } of watched) {
      const sample = readSample(pid);
      if (sample !== undefined) samples.push(sample);
    }
  }
}

/** The lines a process printed, once it has ended. */
async function output({ name, child }: Watched, code = 0): Promise<string[]> {
  assertEquals(await child.exit(), code, `${name}: ${child.stderr.text}`);
  return child.stdout.lines;
}

async function checkLibrary(follower: Watched, feeder: Watched): Promise<Counts> {
  const fed = Number((await output(feeder))[0]);
  const { delivered, gaps, missed }: FollowerReport = JSON.parse((await output(follower))[0]);
  assertEquals(delivered + missed, fed, "the follower knows of every message");
  return { fed, delivered, gaps, missed };
}

async function checkCommands(follow: Watched, feed: Watched): Promise<Counts> {
  const fed = Number((await output(feed))[0]);
  const [first, last, count] = await output(follow);
  const drops = follow.child.stderr.lines.slice(1).map((line) => JSON.parse(line));
  const missed = drops.reduce((sum, { notice }) => sum + notice.details.dropped_count, 0);
  const firstSeq: number = JSON.parse(first).seq;
  assertEquals(JSON.parse(last).seq, fed + 1, "the last message is delivered");
  assertEquals(Number(count) + missed, fed + 2 - firstSeq, "pls follow tells of every message");
  return {
    "by pls feed": fed,
    "by pls follow": Number(count),
    notices: drops.length,
    gone: missed,
  };
}

async function endure(seconds: number): Promise<Counts> {
  await using stage = await Stage.open();
  using client = stage.client();
  for (const name of ["library", "commands"]) client.createPool(name, { sizeBytes: SIZE_BYTES });
  client.openPool("commands").append("so that pls follow has something to start with");
  const watched = await startAll(stage, client.dir, seconds);
  const [follower, follow, feeder, feed, reopener] = watched;
  await sampleAll(watched, seconds);
  const counts = {
    ...await checkLibrary(follower, feeder),
    ...await checkCommands(follow, feed),
    reopened: Number((await output(reopener))[0]),
  };
  const memory = watched.map(({ name, samples }) => [`(${name})`, checkLevel(name, samples)]);
  return { ...counts, ...Object.fromEntries(memory) };
}

/** A follower and a feeder at full speed, and a process that opens and closes pools. */
export const endurance: Torture = {
  name: "endurance",
  promise: "a follower and a feeder at full speed hold memory flat, and open files as well",
  unit: "seconds",
  rounds: { short: 10, long: 600 },
  run: (rounds) => endure(rounds),
};
