/**
 * A process that follows a pool from its first message on until it is told to stop, and tells what
 * was delivered: `reader.ts URL POOL`.
 *
 * @module
 */

import { connect } from "@plasmite/pool/nats";
import { waitForLine } from "../../process/start_signal.ts";
import { isGenuine } from "../../process/workload.ts";
import { tell, tellRuns } from "./account.ts";

const [url, name] = Deno.args;
const stop = new AbortController();

await using client = connect(url, {
  onReconnect: ({ attempt, error }) => {
    tell({ what: "reconnect", text: `${attempt}: ${error.message}` });
  },
});
const pool = await client.openPool(name);
console.log("ready");
waitForLine().then(() => stop.abort());

const batches = pool.tailBatches({
  sinceSeq: 1,
  signal: stop.signal,
  onGap: (gap) => tell({ what: "gap", text: JSON.stringify(gap) }),
});
for await (const batch of batches) {
  const messages = batch.messages().map(({ seq, data, tags }) => {
    if (!isGenuine(data, tags)) throw new Error(`message ${seq} is not what was written`);
    return { seq, writer: data.writer, counter: data.counter };
  });
  tellRuns("delivered", messages);
}
Deno.exit(0);
