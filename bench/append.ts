/**
 * Appending one message at a time, each done before the next.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import type { Benchmark, Subject } from "./benchmark.ts";
import { FloorFile } from "./floor_file.ts";
import { rateOf, repeatRate } from "./harness.ts";
import type { Peer } from "./peers/peer.ts";
import { peerSubjects } from "./peers/subjects.ts";
import { MESSAGE } from "./workload.ts";

const APPENDS = 60_000;
/** Those of peers: some are slow, and it is a rate. */
const PEER_APPENDS = 4000;
/** About what our pool of 1 MiB keeps. */
const KEEP_MESSAGES = 1000;

/** Appending, next to the locks and system calls it takes. */
export const append: Benchmark = {
  name: "append",
  rows: [{ name: "", unit: "msg/s", target: { atLeast: 120_000, ratioAtMost: 1.6 } }],
  async prepare(site): Promise<Subject[]> {
    const { dir, cleanup } = site;
    const client = cleanup.use(new Client({ dir }));
    const pool = client.pool("append");
    const floor = cleanup.use(new FloorFile(`${dir}/floor`));
    return [
      { who: "pls", measure: () => [repeatRate(APPENDS, () => pool.append(MESSAGE))] },
      { who: "floor", measure: () => [repeatRate(APPENDS, () => floor.append())] },
      ...await peerSubjects(site, {
        keepMessages: KEEP_MESSAGES,
        measure: async (peer) => [await rateOf(PEER_APPENDS, () => appendEach(peer))],
      }),
    ];
  },
};

async function appendEach(peer: Peer): Promise<void> {
  for (let i = 0; i < PEER_APPENDS; i++) {
    const appended = peer.append(MESSAGE);
    // Those that are done already have no promise to wait for.
    if (appended !== undefined) await appended;
  }
}
