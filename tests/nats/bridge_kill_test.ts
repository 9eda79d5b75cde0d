/**
 * A bridge that is killed at any moment, again and again, copies every message once and in order.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { MessagePool } from "@plasmite/pool";
import type { Running } from "../cli/pls.ts";
import { eventually } from "../server/eventually.ts";
import { assertCopied, Machine, type Made, numbered } from "./bridge_world.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { newName } from "./world.ts";

const server = sharedServer();

/** Messages in a round. */
const MESSAGES = 20_000;

/** Messages that a bridge copies, at most, before it is killed. */
const UNTIL_KILLED = 2000;

/** How often in ten its record is gone as well when it starts again. */
const RECORDS_LOST = 3;

/** Times in which a bridge may be killed before it has copied anything, in milliseconds. */
const EARLY_MS = 600;

/** How often it is killed in a test, at least; and in one round, at most. */
const KILLS_MIN = 8;
const KILLS_MAX = 20;
const ROUNDS_MAX = 5;

/** Starts a bridge until it ends by itself, kills all before that; returns how many those were. */
async function copyKilled(
  machine: Machine,
  from: string,
  to: string,
  destination: MessagePool,
): Promise<number> {
  for (let kills = 0;; kills++) {
    const running = machine.start("bridge", from, to, "--once");
    let hasEnded = false;
    const status = running.status().then((status) => {
      hasEnded = true;
      return status;
    });
    const isEarly = Math.random() < 0.2;
    const { nextSeq } = await destination.info();
    const wanted = nextSeq + 1 + Math.floor(Math.random() * UNTIL_KILLED);
    const killAtMs = performance.now() + Math.random() * EARLY_MS;
    if (kills < KILLS_MAX) {
      await eventually("it copies, or ends", async () => {
        if (hasEnded) return true;
        if (isEarly) return performance.now() > killAtMs;
        return (await destination.info()).nextSeq >= wanted;
      });
    } else await status;
    kill(running);
    const { success, signal } = await status;
    if (success) return kills;
    assertEquals(signal, "SIGKILL", await running.stderr.next());
    if (Math.random() * 10 < RECORDS_LOST) forget(machine);
  }
}

/** Kills a process, unless it has ended by itself just now. */
function kill(running: Running): void {
  try {
    running.signal("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

function forget(machine: Machine): void {
  try {
    Deno.removeSync(machine.records, { recursive: true });
  } catch (error) {
    // It was killed before it had made any.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

const PAIRS: Readonly<Record<string, (machine: Machine) => Promise<[Made, Made]>>> = {
  "a file to NATS": async (machine) => [
    machine.filePool("source"),
    await machine.natsPool(server(), newName()),
  ],
  "NATS to a file": async (machine) => [
    await machine.natsPool(server(), newName()),
    machine.filePool("destination"),
  ],
  "HTTP to NATS": async (machine) => [
    await machine.servedPool("source"),
    await machine.natsPool(server(), newName()),
  ],
  "a file to HTTP": async (machine) => [
    machine.filePool("source"),
    await machine.servedPool("destination"),
  ],
  "a file to a file": (machine) =>
    Promise.resolve([machine.filePool("source"), machine.filePool("destination")]),
};

for (const [name, pair] of Object.entries(PAIRS)) {
  natsTest(
    `from ${name}, a bridge that is killed at any moment copies all, once, in order`,
    async () => {
      await using machine = new Machine();
      const [source, destination] = await pair(machine);
      const { reference: from } = source;
      const { reference: to, pool } = destination;
      let kills = 0;
      // A bridge can be faster than whoever wants to kill it.
      for (let round = 0; round < ROUNDS_MAX && kills < KILLS_MIN; round++) {
        const start = round * MESSAGES;
        for (let i = start; i < start + MESSAGES; i += 2000) {
          await source.pool.appendMany(numbered(2000, i));
        }
        kills += await copyKilled(machine, from, to, pool);
      }
      assert(kills >= KILLS_MIN, `${kills} kills`);
      await assertCopied(source.pool, pool, { keepsTimes: !to.startsWith("http") });
    },
  );
}
