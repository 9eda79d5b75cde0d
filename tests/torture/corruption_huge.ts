/**
 * Pools of 1 TiB that hold next to nothing and claim to be full: `corruption_huge.ts
 * DIRECTORY`. What deals with one message must not go through all of it.
 *
 * It prints a line before everything it does, so that whoever watches sees a hang.
 *
 * @module
 */

import { Client, MAX_POOL_BYTES, PlasmiteError, type PoolOptions } from "@plasmite/pool";
import { assertEquals } from "@std/assert";
import { behindTheBackOf } from "../pool/damage.ts";
import { attempt, documented } from "./corruption_reading.ts";

/** Messages that are really there. */
const MESSAGES = 10;
/** Messages that the state claims to be there. */
const CLAIMED = 1_000_000;

const POOLS: readonly (PoolOptions & { name: string })[] = [
  { name: "plain" },
  { name: "counted", maxMessages: 100 },
  { name: "aged", maxAgeMs: 86_400_000 },
  { name: "no-index", indexCapacity: 0 },
];

/** Makes a sparse pool whose state has the ring full. */
function makeHuge(client: Client, { name, ...options }: PoolOptions & { name: string }): void {
  client.createPool(name, { ...options, sizeBytes: MAX_POOL_BYTES });
  using pool = client.openPool(name);
  for (let i = 1; i <= MESSAGES; i++) pool.append({ i });
  behindTheBackOf(pool.path, (ring, state) => {
    const head = ring.layout.ringBytes;
    const generation = state.generation + 1;
    ring.writeState({ ...state, generation, head, newest: head - 64, nextSeq: CLAIMED });
  });
}

/** Everything that deals with one message or none. */
async function useIt(client: Client, name: string, limited: boolean): Promise<void> {
  console.log(`${name}: list`);
  client.listPools().forEach(({ error }) => error === undefined || documented(error));
  console.log(`${name}: open`);
  using pool = client.openPool(name);
  console.log(`${name}: info`);
  attempt(() => pool.info());
  for (const seq of [1, MESSAGES, CLAIMED / 2, CLAIMED - 1, CLAIMED]) {
    console.log(`${name}: get ${seq}`);
    const got = attempt(() => pool.get(seq));
    if (seq <= MESSAGES && !limited) assertEquals(String(got), String(pool.get(seq)));
    else if (!(got instanceof PlasmiteError)) throw new Error(`message ${seq} was never appended`);
  }
  for (const start of [{ sinceSeq: 1 }, { last: 1 }, { since: "1h" }, { last: 1, tags: ["a"] }]) {
    console.log(`${name}: tail ${JSON.stringify(start)}`);
    try {
      for await (const _ of pool.tail({ ...start, maxMessages: MESSAGES + 1, timeoutMs: 100 }));
    } catch (error) {
      documented(error);
    }
  }
  console.log(`${name}: append`);
  const sent = attempt(() => pool.append("next"));
  if (sent instanceof PlasmiteError) return;
  console.log(`${name}: get what was appended`);
  assertEquals(pool.get(sent.seq).envelope, sent.envelope);
}

if (import.meta.main) {
  using client = new Client({ dir: Deno.args[0] });
  for (const options of POOLS) {
    makeHuge(client, options);
    await useIt(client, options.name, options.name === "counted");
  }
  console.log(JSON.stringify({ "huge pools": POOLS.length }));
}
