/**
 * A process that makes a pool, appends to it and deletes it, for ever:
 * `kill_maker.ts DIRECTORY POOL WRITER`.
 *
 * Prints `has ID` once it has the pool open, `appended ID SEQ COUNTER` for each message,
 * `deleting ID` before and `deleted ID` after it deletes the pool of that name.
 *
 * @module
 */

import { Client, NotFoundError } from "@plasmite/pool";
import { awaitStart } from "../process/start_signal.ts";
import { makeMessage, UNBATCHED_TAGS } from "../process/workload.ts";

/** Few, so that most of the time goes into making and deleting. */
const MESSAGES_MAX = 3;

if (import.meta.main) {
  const [dir, name, id] = Deno.args;
  const writer = Number(id);
  const encoder = new TextEncoder();
  const say = (line: string) => Deno.stdout.writeSync(encoder.encode(`${line}\n`));
  await awaitStart();
  using client = new Client({ dir });
  let counter = 0;
  for (let life = 0;; life++) {
    try {
      using pool = client.pool(name, { sizeBytes: 65536 });
      const { id: poolId } = pool.info();
      say(`has ${poolId}`);
      for (let i = 0; i < life % (MESSAGES_MAX + 1); i++) {
        const { seq } = pool.append(makeMessage(writer, ++counter), UNBATCHED_TAGS);
        say(`appended ${poolId} ${seq} ${counter}`);
      }
      say(`deleting ${poolId}`);
      client.deletePool(name);
      say(`deleted ${poolId}`);
    } catch (error) {
      // Another one deleted it.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}
