/**
 * Pools over HTTP on this machine, next to other servers of messages.
 *
 * Servers and their clients are processes of their own, one for all clients of a server.
 * Nobody waits for storage. An append counts when it is answered; a connection begins the
 * next one then.
 *
 * @module
 */

import type { Benchmark, Site, Subject } from "./benchmark.ts";
import { during, start } from "./peers/subjects.ts";
import type { Done, Task } from "./programs/serve_client.ts";
import { Program } from "./programs/program.ts";
import { SERVERS } from "./serve_links.ts";
import { BATCH } from "./workload.ts";

/** What each server keeps, and what a reader reads. */
const KEEP_MESSAGES = 8000;

const TASKS: readonly Task[] = [
  { work: "append", connections: 1, operations: 4000 },
  { work: "append", connections: 64, operations: 16_000 },
  { work: "append many", connections: 1, operations: 64 },
  { work: "read all", connections: 1, operations: 4 },
  { work: "read all", connections: 64, operations: 64 },
];

/** Appends to, and tails of, a server, by one client and by many. */
export const serve: Benchmark = {
  name: "serve",
  rounds: 3,
  rows: TASKS.map((task) => ({ name: rowName(task), unit: "msg/s" })),
  async prepare(site): Promise<Subject[]> {
    const subjects: Subject[] = [];
    for (const kind of SERVERS) {
      const subject = await subjectOf(kind, site);
      if (subject !== undefined) subjects.push(subject);
    }
    return subjects;
  },
};

function rowName({ work, connections }: Task): string {
  const what = {
    "append": "append",
    "append many": `append of ${BATCH} at once`,
    "read all": "tail",
  }[work];
  return `${what}, ${connections} ${connections === 1 ? "connection" : "connections"}`;
}

async function subjectOf(
  kind: typeof SERVERS[number],
  site: Site,
): Promise<Subject | undefined> {
  const place = await start(kind, site, KEEP_MESSAGES);
  if (place === undefined) return undefined;
  const { address, keepMessages } = place;
  const args = [kind.who, address, `${keepMessages}`];
  const client = site.cleanup.use(Program.script("serve_client.ts", args));
  const rateOf = async (task: Task) => {
    const { messages, ms } = await during(place, perform(client, task), `${kind.who} ${task.work}`);
    return messages / ms * 1000;
  };
  // Until it is full.
  await rateOf({ work: "append many", connections: 1, operations: KEEP_MESSAGES / BATCH + 1 });
  return {
    who: kind.who,
    async measure() {
      const rates: number[] = [];
      for (const task of TASKS) rates.push(await rateOf(task));
      return rates;
    },
  };
}

async function perform(client: Program, task: Task): Promise<Done> {
  await client.write(new TextEncoder().encode(`${JSON.stringify(task)}\n`));
  return JSON.parse(await client.nextLine(`${task.work} by ${task.connections} connections`));
}
