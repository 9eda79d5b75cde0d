/**
 * Reading everything a pool retains.
 *
 * @module
 */

import { Client, type MessageBatch, type Pool } from "@plasmite/pool";
import type { Benchmark, Figures, Subject } from "./benchmark.ts";
import { rateOf, repeatRate } from "./harness.ts";
import type { Peer } from "./peers/peer.ts";
import { peerSubjects } from "./peers/subjects.ts";
import { BATCH, fill, RECORD, RECORD_JSON } from "./workload.ts";

const MESSAGES = 200_000;
const POOL_BYTES = 512 * 1024 ** 2;
/** Those in peers: some are slow, and it is a rate. */
const PEER_MESSAGES = 40_000;

/** Reading all messages without looking into them, as JSON Lines, and parsed. */
export const scan: Benchmark = {
  name: "scan",
  rows: [
    { name: "no parse", unit: "msg/s", target: { atLeast: 4_000_000 } },
    { name: "JSON lines", unit: "msg/s" },
    { name: "parsed", unit: "msg/s", target: { atLeast: 600_000, ratioAtMost: 1.4 } },
  ],
  async prepare(site): Promise<Subject[]> {
    const client = site.cleanup.use(new Client({ dir: site.dir }));
    client.createPool("scan", { sizeBytes: POOL_BYTES });
    const pool = client.openPool("scan");
    fill(pool, MESSAGES, RECORD);
    const peers = await peerSubjects(site, {
      keepMessages: PEER_MESSAGES,
      prepare: fillPeer,
      measure: async (peer) => parsedAlone(await rateOf(PEER_MESSAGES, () => readAll(peer))),
    });
    return [
      { who: "pls", measure: () => scanPool(pool) },
      { who: "floor", measure: parseOnly },
      ...peers,
    ];
  },
};

/** Figures of who has one for the last row only. */
function parsedAlone(figure: number): Figures {
  return [undefined, undefined, figure];
}

async function scanPool(pool: Pool): Promise<Figures> {
  return [
    await rateOf(MESSAGES, () => drain(pool, () => {})),
    await rateOf(MESSAGES, () => drain(pool, (batch) => batch.jsonLines())),
    await rateOf(MESSAGES, async () => {
      for await (const message of pool.tail({ maxMessages: MESSAGES })) void message.data;
    }),
  ];
}

async function drain(pool: Pool, use: (batch: MessageBatch) => void): Promise<void> {
  for await (const batch of pool.tailBatches({ maxMessages: MESSAGES })) use(batch);
}

/** What parsing costs when the bytes are there already. */
function parseOnly(): Figures {
  const bytes = new TextEncoder().encode(RECORD_JSON);
  const decoder = new TextDecoder();
  return parsedAlone(repeatRate(MESSAGES, () => JSON.parse(decoder.decode(bytes))));
}

async function fillPeer(peer: Peer): Promise<void> {
  const batch = Array.from({ length: BATCH }, () => RECORD);
  for (let left = PEER_MESSAGES; left > 0; left -= BATCH) {
    await peer.appendMany(batch.slice(0, left));
  }
}

async function readAll(peer: Peer): Promise<void> {
  const count = await peer.readAll();
  if (count !== PEER_MESSAGES) throw new Error(`${count} of ${PEER_MESSAGES} messages were read`);
}
