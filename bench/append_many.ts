/**
 * Appending batches.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import type { Benchmark, Subject } from "./benchmark.ts";
import { rateOf, repeatRate } from "./harness.ts";
import { peerSubjects } from "./peers/subjects.ts";
import { BATCH, MESSAGE } from "./workload.ts";

const BATCHES = 200;
/** Those of peers: some are slow, and it is a rate. */
const PEER_BATCHES = 40;
/** About what our pool of 1 MiB keeps. */
const KEEP_MESSAGES = 1000;

/** Appending batches of 256 messages, each done before the next. */
export const appendMany: Benchmark = {
  name: "append-many",
  rows: [{ name: "", unit: "msg/s", target: { atLeast: 800_000 } }],
  async prepare(site): Promise<Subject[]> {
    const pool = site.cleanup.use(new Client({ dir: site.dir })).pool("many");
    const batch = Array.from({ length: BATCH }, () => ({ data: MESSAGE }));
    const messages = batch.map(({ data }) => data);
    const peers = await peerSubjects(site, {
      keepMessages: KEEP_MESSAGES,
      measure: async (peer) => [
        await rateOf(PEER_BATCHES * BATCH, async () => {
          for (let i = 0; i < PEER_BATCHES; i++) await peer.appendMany(messages);
        }),
      ],
    });
    return [
      { who: "pls", measure: () => [BATCH * repeatRate(BATCHES, () => pool.appendMany(batch))] },
      ...peers,
    ];
  },
};
