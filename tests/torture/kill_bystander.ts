/**
 * A reader of a pool that comes and goes: `kill_bystander.ts DIRECTORY POOL`. Until there
 * is a line on standard input it opens and follows the pool, over and over, and then
 * prints how often it was there and how many messages it had, as JSON.
 *
 * The pool is there whole or not at all; everything else ends this with an error.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Client, NotFoundError } from "@plasmite/pool";
import { waitForLine } from "../process/start_signal.ts";
import { isGenuine } from "../process/workload.ts";

/** Longest time with one pool. */
const VISIT_MS = 100;

if (import.meta.main) {
  const [dir, name] = Deno.args;
  using client = new Client({ dir });
  let goesOn = true;
  console.log("ready");
  waitForLine().then(() => goesOn = false);
  let [visits, absences, messages] = [0, 0, 0];
  while (goesOn) {
    try {
      using pool = client.openPool(name);
      visits++;
      let expected = 1;
      for await (const { seq, data, tags } of pool.tail({ timeoutMs: VISIT_MS })) {
        assertEquals(seq, expected++);
        assert(isGenuine(data, tags));
        messages++;
      }
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      absences++;
      // The line on standard input must get its turn.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  console.log(JSON.stringify({ visits, absences, messages }));
}
