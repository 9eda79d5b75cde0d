/**
 * Reads all there is, from the first message to {@linkcode END}, as fast as it can:
 * `endurance_follower.ts DIRECTORY POOL`. Prints a {@linkcode FollowerReport} as JSON.
 *
 * @module
 */

import { assert } from "@std/assert";
import { Client, type Gap } from "@plasmite/pool";
import { isGenuine } from "../process/workload.ts";
import { END } from "./endurance_end.ts";

/** What a follower tells at its end. */
export interface FollowerReport {
  /** How many messages it got. */
  delivered: number;
  /** How often it was overtaken. */
  gaps: number;
  /** How many messages it missed by that. */
  missed: number;
}

/** Every so many messages, one is looked at closely. */
const CHECK_EVERY = 16;

if (import.meta.main) {
  const [dir, name] = Deno.args;
  using client = new Client({ dir });
  using pool = client.openPool(name);
  const report: FollowerReport = { delivered: 0, gaps: 0, missed: 0 };
  const onGap = ({ fromSeq, count, reason }: Gap) => {
    assert(fromSeq === report.delivered + report.missed + 1, "a gap starts where it should");
    assert(reason === "retention", "nothing is damaged");
    report.gaps++;
    report.missed += count;
  };
  for await (const { seq, data, tags } of pool.tail({ sinceSeq: 1, onGap })) {
    report.delivered++;
    assert(seq === report.delivered + report.missed, `message ${seq} is not the next one`);
    if (data === END) break;
    assert(seq % CHECK_EVERY !== 0 || isGenuine(data, tags), `message ${seq} is not genuine`);
  }
  console.log(JSON.stringify(report));
}
