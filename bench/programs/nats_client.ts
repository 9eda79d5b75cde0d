/**
 * One client of NATS: `nats_client.ts WAY URL POOL`. Connects, says `ready`, and for each line
 * `{"work": …, "operations": …}` on standard input does that many operations one after another,
 * and says how many messages that were, and from when until when it took in milliseconds since
 * 1970: `{"messages": …, "startMs": …, "endMs": …}`. Ends with its standard input.
 *
 * @module
 */

import { type NatsLink, natsLink } from "../nats_links.ts";
import { BATCH, MESSAGE } from "../workload.ts";
import { epochMs } from "./latency_times.ts";
import { lineBatchesOf } from "./lines.ts";

/** What to do. */
export interface NatsTask {
  work: keyof typeof WORKS;
  operations: number;
}

/** What was done. */
export interface NatsSpan {
  messages: number;
  startMs: number;
  endMs: number;
}

const batch: readonly unknown[] = Array.from({ length: BATCH }, () => MESSAGE);

/** Each does one operation, the `index`th, and returns how many messages that were. */
const WORKS = {
  "append": async (link: NatsLink) => {
    await link.append(MESSAGE);
    return 1;
  },
  "append many": async (link: NatsLink) => {
    await link.appendMany(batch);
    return BATCH;
  },
  "get": async (link: NatsLink, index: number) => {
    const { oldest, newest } = bounds;
    // All over the pool, and the same numbers for everybody.
    if (await link.get(oldest + index * 7919 % (newest - oldest + 1)) === null) return 0;
    return 1;
  },
  "read all": (link: NatsLink) => link.readAll(),
};

const [way, url, pool] = Deno.args;
const link = await natsLink(way, url, pool);
let bounds = await link.bounds();
console.log("ready");
for await (const lines of lineBatchesOf(Deno.stdin.readable)) {
  for (const line of lines) console.log(JSON.stringify(await perform(JSON.parse(line))));
}
Deno.exit();

async function perform({ work, operations }: NatsTask): Promise<NatsSpan> {
  bounds = await link.bounds();
  const startMs = epochMs();
  let messages = 0;
  for (let index = 0; index < operations; index++) messages += await WORKS[work](link, index);
  return { messages, startMs, endMs: epochMs() };
}
