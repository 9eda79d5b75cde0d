/**
 * The clients of one server: `serve_client.ts WHO ADDRESS KEEP`. For each line
 * `{"work": …, "connections": …, "operations": …}` on standard input it connects so often, has
 * all connections work at once, and says how many messages that were and how long it took:
 * `{"messages": …, "ms": …}`. Ends with its standard input.
 *
 * All operations together are as many as asked for; each connection begins one when its
 * last one is answered.
 *
 * @module
 */

import type { Peer } from "../peers/peer.ts";
import { serverKind } from "../serve_links.ts";
import { BATCH, MESSAGE } from "../workload.ts";
import { lineBatchesOf } from "./lines.ts";

/** What to do. */
export interface Task {
  work: keyof typeof WORKS;
  connections: number;
  operations: number;
}

/** What was done. */
export interface Done {
  messages: number;
  ms: number;
}

const batch: readonly unknown[] = Array.from({ length: BATCH }, () => MESSAGE);

/** Does one operation, and returns how many messages that were. */
const WORKS = {
  "append": async (peer: Peer) => {
    await peer.append(MESSAGE);
    return 1;
  },
  "append many": async (peer: Peer) => {
    await peer.appendMany(batch);
    return BATCH;
  },
  "read all": (peer: Peer) => peer.readAll(),
};

async function perform({ work, connections, operations }: Task): Promise<Done> {
  await using cleanup = new AsyncDisposableStack();
  const peers: Peer[] = [];
  for (let i = 0; i < connections; i++) peers.push(cleanup.use(await kind.connect(place)));
  let begun = 0;
  let messages = 0;
  const startMs = performance.now();
  await Promise.all(peers.map(async (peer) => {
    while (begun < operations) {
      begun++;
      const count = await WORKS[work](peer);
      messages += count;
    }
  }));
  return { messages, ms: performance.now() - startMs };
}

const [who, address, keepMessages] = Deno.args;
const kind = serverKind(who);
const place = { address, keepMessages: Number(keepMessages) };
for await (const lines of lineBatchesOf(Deno.stdin.readable)) {
  for (const line of lines) console.log(JSON.stringify(await perform(JSON.parse(line))));
}
Deno.exit();
