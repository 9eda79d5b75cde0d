/**
 * How long a message takes from one process to another, at several rates.
 *
 * A sender and a follower run beside this process. The sender is paced by the clock, not
 * by answers. A latency begins when the append has returned, which with a server is when
 * its answer is back, and ends when the follower's iterator yields; so it can be below
 * zero. "with append" begins before the append. Who falls behind a rate has no figures
 * for it: they would be the length of a queue.
 *
 * @module
 */

import type { Benchmark, Figures, Row, Subject, Target } from "./benchmark.ts";
import { percentile } from "./harness.ts";
import { FOLLOWED } from "./peers/links.ts";
import type { Place } from "./peers/peer.ts";
import { during, start } from "./peers/subjects.ts";
import type { SentTimes } from "./programs/latency_times.ts";
import { Program } from "./programs/program.ts";

/** One rate, and how many messages are sent at it. */
interface Load {
  perSecond: number;
  messages: number;
}

/** Ten a second take their time, so there are few: the p99 is the slowest, and no p99.9. */
const LOADS: readonly Load[] = [
  { perSecond: 10, messages: 60 },
  { perSecond: 1000, messages: 2000 },
  { perSecond: 50_000, messages: 50_000 },
];
/** More than are sent at any rate. */
const KEEP_MESSAGES = 60_000;
/** How far behind the last append a follower may be, in milliseconds. */
const LATE_MS = 100;

/** Latency between processes. */
export const latency: Benchmark = {
  name: "latency",
  // One round takes ten seconds for each subject; it warms up by itself.
  rounds: 1,
  rows: LOADS.flatMap(rowsOf),
  async prepare(site): Promise<Subject[]> {
    const subjects = await Promise.all(FOLLOWED.map(async (kind) => {
      const place = await start(kind, site, KEEP_MESSAGES);
      return place && subjectOf(kind.who, place);
    }));
    return subjects.filter((subject) => subject !== undefined);
  },
};

/** The rows of one rate, in the order of {@linkcode figuresAt}. */
function rowsOf({ perSecond, messages }: Load): Row[] {
  const isPromised = perSecond === 1000;
  const row = (name: string, target?: Target): Row => ({
    name: `${perSecond.toLocaleString("en")}/s ${name}`,
    unit: "ms",
    ...(isPromised ? { target } : {}),
  });
  const p999 = hasP999(messages) ? [row("p99.9")] : [];
  return [row("p50", { atMost: 0.5 }), row("p99", { atMost: 2 }), ...p999, row("p50 with append")];
}

function hasP999(messages: number): boolean {
  return messages >= 1000;
}

function subjectOf(who: string, place: Place): Subject {
  return { who, measure: () => during(place, figuresOf(who, place), `measuring ${who}`) };
}

async function figuresOf(who: string, place: Place): Promise<Figures> {
  const figures: (number | undefined)[] = [];
  for (const load of LOADS) figures.push(...await figuresAt(load, who, place));
  return figures;
}

async function figuresAt(load: Load, who: string, place: Place): Promise<Figures> {
  const times = await timesOf(load, who, place);
  if (times === undefined) {
    console.error(`${who} does not keep up with ${load.perSecond} messages a second`);
    return rowsOf(load).map(() => undefined);
  }
  const { calledMs, returnedMs, cameMs } = times;
  const latenciesMs = cameMs.map((ms, id) => ms - returnedMs[id]);
  const withAppendMs = cameMs.map((ms, id) => ms - calledMs[id]);
  const p999 = hasP999(load.messages) ? [percentile(latenciesMs, 0.999)] : [];
  return [
    percentile(latenciesMs, 0.5),
    percentile(latenciesMs, 0.99),
    ...p999,
    percentile(withAppendMs, 0.5),
  ];
}

/** When messages were sent and came; undefined when somebody fell behind. */
async function timesOf(
  { perSecond, messages }: Load,
  who: string,
  { address, keepMessages }: Place,
): Promise<SentTimes & { cameMs: number[] } | undefined> {
  const place = [who, address, String(keepMessages)];
  const count = String(messages);
  await using follower = Program.script("latency_follower.ts", [...place, count]);
  await using sender = Program.script("latency_sender.ts", [...place, String(perSecond), count]);
  await sender.during(follower.nextLine("a warm follower"), "warming up");
  await sender.write(new Uint8Array(1));
  const sent: SentTimes | null = JSON.parse(await sender.nextLine("the end of sending"));
  if (sent === null) return undefined;
  const cameMs: (number | null)[] = JSON.parse(await follower.nextLine("the end of following"));
  if (!areAll(cameMs) || cameMs.at(-1)! > sent.returnedMs.at(-1)! + LATE_MS) return undefined;
  return { ...sent, cameMs };
}

function areAll(timesMs: (number | null)[]): timesMs is number[] {
  return !timesMs.includes(null);
}
