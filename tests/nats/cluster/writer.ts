/**
 * A process that appends to a pool until it is told to stop, and tells what came of each message:
 * `writer.ts URL POOL NUMBER BATCH_LENGTH BATCHES_AT_ONCE PAUSE_MS`. It pauses when so many batches
 * have come to their ends. A batch of one message is appended by itself.
 *
 * @module
 */

import { BusyError, IoError } from "@plasmite/pool";
import { connect } from "@plasmite/pool/nats";
import { waitForLine } from "../../process/start_signal.ts";
import { makeMessage, makeTags } from "../../process/workload.ts";
import { tell, tellRuns } from "./account.ts";

const [url, name, ...numbers] = Deno.args;
const [writer, batchLength, batchesAtOnce, pauseMs] = numbers.map(Number);

await using client = connect(url);
const pool = await client.openPool(name);
console.log("ready");
let hasToStop = false;
waitForLine().then(() => hasToStop = true);

for (let counter = 1; !hasToStop; counter += batchLength * batchesAtOnce) {
  const batches = Array.from({ length: batchesAtOnce }, (_, i) => counter + i * batchLength);
  await Promise.all(batches.map(append));
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
Deno.exit(0);

async function append(first: number): Promise<void> {
  const inputs = Array.from({ length: batchLength }, (_, i) => ({
    data: makeMessage(writer, first + i),
    tags: makeTags(writer, first + i),
  }));
  try {
    const messages = batchLength > 1
      ? await pool.appendMany(inputs)
      : [await pool.append(inputs[0].data, inputs[0].tags)];
    tellRuns(
      "acknowledged",
      messages.map(({ seq }, i) => ({ writer, counter: first + i, seq })),
    );
  } catch (error) {
    if (!(error instanceof BusyError || error instanceof IoError)) throw error;
    const { kind, message } = error;
    tell({
      what: "failed",
      failure: { writer, counter: first, count: batchLength, kind, message },
    });
  }
}
