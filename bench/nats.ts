/**
 * What pools on NATS cost beside the client library that they are made with.
 *
 * The floor is that library alone on the same server: a message is published and acknowledged, up
 * to 256 of them under way at once as with ours, and read by an ordered consumer with the defaults.
 * Ours gives each message an id and a time on top of that, and heeds the order in which they are
 * stored. What that costs in speed is at most a quarter.
 *
 * Clients are processes of their own on both sides. Those of the library have started and are
 * connected when the time begins; those of the commands count from their start to their end.
 *
 * @module
 */

import type { Benchmark, Row, Site, Subject } from "./benchmark.ts";
import { runPipeline, shellText } from "./command_process.ts";
import { bundlePls, libraryProgram, plsEnvironment } from "./command_programs.ts";
import { percentile } from "./harness.ts";
import { natsLink, streamOf, subjectOf, type Way } from "./nats_links.ts";
import { makePool, NatsClients, type NatsPlace, startProgram } from "./nats_process.ts";
import { type NatsServers, natsServers, startOne, whileServed } from "./nats_server.ts";
import { type Measure, takingTurns } from "./nats_turns.ts";
import type { NatsTask } from "./programs/nats_client.ts";
import { BATCH, MESSAGE_JSON } from "./workload.ts";

/** Where messages are appended; it is full, too. */
const WORK_BYTES = 32 * 2 ** 20;
/** What is read. */
const FULL_BYTES = 256 * 2 ** 20;
/** Lines that are fed. */
const LINES = 50_000;
/** Messages whose latency is taken, and how many a second. */
const SENT = 1000;
const SENT_PER_SECOND = 250;

const TIMEOUT_MS = 1000;
const TIMEOUT_CODE = 124;

const TASKS: readonly (NatsTask & { name: string; from: "work" | "full" })[] = [
  { name: "append", work: "append", operations: 3000, from: "work" },
  { name: `append of ${BATCH} at once`, work: "append many", operations: 100, from: "work" },
  { name: "get", work: "get", operations: 3000, from: "full" },
  { name: "tail", work: "read all", operations: 1, from: "full" },
];

/** Ours may take this many times what the bare client does. */
const target = { ratioAtMost: 1.25 };

const ROWS: readonly Row[] = [
  ...TASKS.map(({ name }): Row => ({ name, unit: "msg/s", target })),
  { name: "feed lines", unit: "msg/s", target },
  { name: "follow lines", unit: "msg/s", target },
  { name: "wake-up p50", unit: "ms", target },
  { name: "wake-up p99", unit: "ms" },
];

/** Pools on NATS, next to the bare client. */
export const nats: Benchmark = {
  name: "nats",
  rows: ROWS,
  async prepare(site): Promise<Subject[]> {
    const servers = await natsServers(startOne, `${site.dir}/server`, site.cleanup);
    if (servers === undefined) return [];
    const lines = `${site.dir}/lines.jsonl`;
    Deno.writeTextFileSync(lines, `${MESSAGE_JSON}\n`.repeat(LINES));
    return takingTurns({
      pls: await measuresOf("pls", site, servers),
      floor: await measuresOf("bare", site, servers),
    });
  },
};

/** What gives the figures of the rows in their order, each of them one or more. */
async function measuresOf(way: Way, site: Site, servers: NatsServers): Promise<Measure[]> {
  const work = await makePool({ way, servers, pool: `work_${way}` }, { sizeBytes: WORK_BYTES });
  const full = await makePool({ way, servers, pool: `full_${way}` }, { sizeBytes: FULL_BYTES });
  const clients = {
    work: await NatsClients.start(work, 1, site.cleanup),
    full: await NatsClients.start(full, 1, site.cleanup),
  };
  const commands = COMMANDS[way](site, work, full);
  return [
    ...TASKS.map(({ from, ...task }) => async () => [await clients[from].rateOf(task)]),
    ...commands.map((command) => async () => {
      return [await whileServed(servers, command(), `commands by ${way}`)];
    }),
    async () => {
      const tookMs = await whileServed(servers, latenciesOf(work), `latency by ${way}`);
      return [percentile(tookMs, 0.5), percentile(tookMs, 0.99)];
    },
  ];
}

/** What gives the lines a second that are fed, and the messages a second that are followed. */
type Commands = (
  site: Site,
  work: NatsPlace,
  full: NatsPlace,
) => readonly (() => Promise<number>)[];

const COMMANDS: Record<Way, Commands> = {
  pls: ({ dir }, work, full) => {
    const pls = bundlePls(`${dir}/bundle`);
    const env = plsEnvironment(dir);
    const feed = shellText([...pls, "feed", urlOf(work)]);
    const wanted = ["--since", "1d", "--jsonl", "--timeout", `${TIMEOUT_MS}ms`];
    const follow = shellText([...pls, "follow", urlOf(full), ...wanted]);
    return [
      () => fedLines(dir, feed, env),
      async () => {
        const options = { env, exitCode: TIMEOUT_CODE };
        const tookMs = await runPipeline(`${follow} ${await linesOf(full)}`, options);
        return await countOf(full) / (tookMs - TIMEOUT_MS) * 1000;
      },
    ];
  },
  bare: ({ dir }, work, full) => {
    const { url } = work.servers;
    const feed = shellText([...libraryProgram("nats_feed.ts"), url, subjectOf(work.pool)]);
    const follow = shellText([...libraryProgram("nats_follow.ts"), url, streamOf(full.pool)]);
    return [
      () => fedLines(dir, feed),
      async () => {
        const tookMs = await runPipeline(`${follow} ${await linesOf(full)}`);
        return await countOf(full) / tookMs * 1000;
      },
    ];
  },
};

function urlOf({ servers, pool }: NatsPlace): string {
  return `${servers.url}/${pool}`;
}

async function fedLines(dir: string, feed: string, env?: Record<string, string>): Promise<number> {
  return LINES / await runPipeline(`cat '${dir}/lines.jsonl' | ${feed} > /dev/null`, { env }) *
    1000;
}

async function countOf({ way, servers, pool }: NatsPlace): Promise<number> {
  await using link = await natsLink(way, servers.url, pool);
  const { oldest, newest } = await link.bounds();
  return newest - oldest + 1;
}

/** Counts the lines that come, which costs next to nothing, and fails when it is another count. */
async function linesOf(place: NatsPlace): Promise<string> {
  return `| wc -l | grep -qx ' *${await countOf(place)}'`;
}

/** How long messages took from the call that appends them to the iterator of a follower. */
async function latenciesOf(place: NatsPlace): Promise<number[]> {
  await using cleanup = new AsyncDisposableStack();
  const follower = startProgram("nats_follower.ts", place, cleanup, `${SENT}`);
  const args = [`${SENT_PER_SECOND}`, `${SENT}`];
  const sender = startProgram("nats_sender.ts", place, cleanup, ...args);
  await sender.during(follower.nextLine("a warm follower"), "warming up");
  await sender.write(new Uint8Array(1));
  const tookMs: number[] = JSON.parse(await follower.nextLine("the end of following"));
  await sender.nextLine("the end of sending");
  return tookMs;
}
