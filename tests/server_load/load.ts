/**
 * A server under load: many connections that append, with fewer places than connections.
 *
 * `deno task torture serving` runs it for a minute, the tests for a moment.
 *
 * @module
 */

import { assertEquals, assertLess } from "@std/assert";
import { Client } from "@plasmite/pool";
import type { Counts, Torture } from "../torture/torture.ts";
import { Connection } from "./connection.ts";
import { eventually } from "../server/eventually.ts";
import { Server } from "./server.ts";

const CONNECTIONS = 64;
/** Places for requests under way, so that some have to come again. */
const PLACES = 24;
/** How long those who are refused wait, in milliseconds. */
const AGAIN_MS = 2;
/** Keeps all that is appended in the longest run: nothing may be missing in the end. */
const POOL_BYTES = 2 ** 30;
/** The part of a run after which memory has grown to what is usual. */
const WARM_UP_SHARE = 0.25;
/** What memory may grow by after that: it settles at 200 MiB or so, however long it goes on. */
const GROWTH_MIB = 160;
/** Files that are open for a reason of the runtime's. */
const FILES_MORE = 4;
/** Elsewhere nobody tells what a process uses. */
const isLinux = Deno.build.os === "linux";

/** What all connections did. */
interface Work {
  /** Which number each message got: acknowledged ones. */
  readonly seqs: Map<string, number>;
  /** How many were told to come again. */
  refused: number;
}

/** Appends by many connections, all of which are in the pool in the end. */
export const serving: Torture = {
  name: "serving",
  promise: "A server under load answers or refuses each append, loses none, and leaks nothing",
  unit: "seconds",
  rounds: { short: 4, long: 60 },
  async run(seconds): Promise<Counts> {
    const limits = ["--max-tail-concurrency", `${PLACES}`];
    await using server = await Server.start({ sizeBytes: POOL_BYTES }, limits);
    const work: Work = { seqs: new Map(), refused: 0 };
    await appendFor(server, { connections: 1, durationMs: 1 }, work);
    // By now the pool is open.
    const files = isLinux ? server.openFiles : 0;
    const durationMs = seconds * 1000;
    const warmUpMs = durationMs * WARM_UP_SHARE;
    await appendFor(server, { connections: CONNECTIONS, durationMs: warmUpMs }, work);
    const memory = isLinux ? server.residentMiB : 0;
    const warmUps = work.seqs.size;
    await appendFor(server, { connections: CONNECTIONS, durationMs }, work);
    const counts: Counts = {
      "messages": work.seqs.size,
      "messages/s": Math.round((work.seqs.size - warmUps) / seconds),
      "refused": work.refused,
    };
    if (isLinux) {
      await eventually("connections that end", () => server.openFiles <= files + FILES_MORE);
      const { residentMiB } = server;
      assertLess(residentMiB, memory + GROWTH_MIB);
      counts["MiB in the beginning"] = Math.round(memory);
      counts["MiB in the end"] = Math.round(residentMiB);
    }
    await checkPool(server, work);
    assertEquals(server.complaints, "");
    assertEquals(await server.stop(), 0);
    return counts;
  },
};

/** All connections append until time is up, and each gets the answer to its last one. */
async function appendFor(
  server: Server,
  { connections, durationMs }: { connections: number; durationMs: number },
  work: Work,
): Promise<void> {
  const endMs = performance.now() + durationMs;
  await Promise.all(Array.from({ length: connections }, async () => {
    using connection = await Connection.to(server.url);
    do await appendOne(connection, work); while (performance.now() < endMs);
  }));
}

let made = 0;

async function appendOne(connection: Connection, work: Work): Promise<void> {
  const id = `m${made++}`;
  for (;;) {
    const { status, body } = await connection.append({ id });
    if (status === 200) {
      work.seqs.set(id, JSON.parse(body).message.seq);
      return;
    }
    assertEquals([status, JSON.parse(body).error.kind], [423, "Busy"]);
    work.refused++;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Every message is there under the number that was told, and nothing beside them. */
async function checkPool({ dir }: Server, { seqs }: Work): Promise<void> {
  using client = new Client({ dir });
  using pool = client.openPool("load");
  assertEquals(pool.info().bounds, { oldest: 1, newest: seqs.size });
  for await (const { seq, data } of pool.tail({ maxMessages: seqs.size, gapPolicy: "error" })) {
    const { id } = data as { id: string };
    if (seqs.get(id) !== seq) throw new Error(`${id} is at ${seq}, not at ${seqs.get(id)}`);
  }
}
