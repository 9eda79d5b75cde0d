/**
 * Several bridges at once: between the same pools, both ways, and in a ring.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { MessagePool } from "@plasmite/pool";
import { errorOf } from "../cli/pls.ts";
import { eventually } from "../server/eventually.ts";
import {
  allOf,
  assertCopied,
  Machine,
  type Made,
  numbered,
  numbersOf,
  stopped,
  upTo,
} from "./bridge_world.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { newName } from "./world.ts";

const server = sharedServer();

const MESSAGES = 20_000;

for (const homes of ["two homes", "one home"] as const) {
  natsTest(`what two bridges of ${homes} copy to NATS at once is there once`, async () => {
    await using machine = new Machine();
    await using other = new Machine();
    const source = machine.filePool("source");
    const { reference: to, pool } = await machine.natsPool(server(), newName());
    for (let i = 0; i < MESSAGES; i += 2000) await source.pool.appendMany(numbered(2000, i));
    const path = `${machine.pools}/source.plasmite`;
    const machines = homes === "two homes" ? [machine, other] : [machine, machine];
    const bridges = machines.map((one) => one.start("bridge", path, to, "--once"));
    for (const running of bridges) {
      assertEquals((await running.status()).code, 0, await running.stderr.next());
    }
    await assertCopied(source.pool, pool);
  });

  natsTest(`two bridges of ${homes} mirror to NATS what comes, once`, async () => {
    await using machine = new Machine();
    await using other = new Machine();
    const source = machine.filePool("source");
    const { reference: to, pool } = await machine.natsPool(server(), newName());
    const path = `${machine.pools}/source.plasmite`;
    const machines = homes === "two homes" ? [machine, other] : [machine, machine];
    const bridges = machines.map((one) => one.start("bridge", path, to));
    for (let i = 0; i < 5000; i += 10) {
      await source.pool.appendMany(numbered(10, i));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await eventually("all are there", async () => (await pool.info()).nextSeq > 5000);
    for (const running of bridges) await stopped(running);
    await assertCopied(source.pool, pool);
    assertEquals((await machine.copy(path, to)).copied, 0);
  });
}

Deno.test("a second bridge between the same files is told that there is one", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  machine.filePool("destination");
  const running = await machine.mirror("source", "destination");
  const { code, stderr } = await machine.pls("bridge", "source", "destination");
  assertEquals([code, errorOf(stderr).kind], [5, "Busy"]);
  // What is selected otherwise is another bridge's.
  assertEquals((await machine.copy("source", "destination", "--tag", "even")).copied, 0);
  await pool.appendMany(numbered(1));
  // A bridge that is killed leaves nothing that is in the way of the next one.
  running.signal("SIGKILL");
  await running.status();
  await machine.copy("source", "destination");
});

/** Bridges from each pool to the next one, and from the last to the first, until it is left. */
async function ring(machine: Machine, pools: readonly Made[]) {
  const bridges = pools.map(({ reference }, i) =>
    machine.start("bridge", reference, pools[(i + 1) % pools.length].reference)
  );
  for (const { pool } of pools) await pool.appendMany(numbered(1, -1));
  await settled(pools.map(({ pool }) => pool), pools.length);
  return bridges;
}

/** Waits until each pool holds `count` messages. */
async function settled(pools: readonly MessagePool[], count: number): Promise<void> {
  for (const pool of pools) {
    await eventually(`${count} messages are there`, async () => {
      return (await pool.info()).nextSeq > count;
    });
  }
}

const RINGS: Readonly<Record<string, (machine: Machine) => Promise<Made[]>>> = {
  "a file and NATS mirror each other": async (machine) => [
    machine.filePool("a"),
    await machine.natsPool(server(), newName()),
  ],
  "a file and a `pls serve` mirror each other": async (machine) => [
    machine.filePool("a"),
    await machine.servedPool("b"),
  ],
  "three pools pass messages around": async (machine) => [
    machine.filePool("a"),
    await machine.natsPool(server(), newName()),
    await machine.servedPool("c"),
  ],
};

for (const [name, pools] of Object.entries(RINGS)) {
  natsTest(`${name}: every message is everywhere once, and none goes on for ever`, async () => {
    await using machine = new Machine();
    const made = await pools(machine);
    const bridges = await ring(machine, made);
    const each = 500;
    await Promise.all(made.map(async ({ pool }, i) => {
      for (let at = 0; at < each; at += 5) await pool.appendMany(numbered(5, i * each + at));
    }));
    const count = made.length * (each + 1);
    await settled(made.map(({ pool }) => pool), count);
    // Whatever still goes around comes by while another message goes all the way.
    await made[0].pool.append({ i: -2 });
    await settled(made.map(({ pool }) => pool), count + 1);
    for (const running of bridges) {
      const { skipped } = await stopped(running);
      assert(skipped > 0);
    }
    const expected = [-2, ...made.map(() => -1), ...upTo(made.length * each)];
    for (const { pool } of made) {
      const numbers = numbersOf(await allOf(pool));
      assertEquals(numbers.toSorted((a, b) => a - b), expected);
      // Those of each pool come in their order.
      made.forEach((_, i) => {
        const own = numbers.filter((n) => n >= i * each && n < (i + 1) * each);
        assertEquals(own, own.toSorted((a, b) => a - b));
      });
    }
    // Nor does it begin anew later.
    for (const [i, { reference }] of made.entries()) {
      const to = made[(i + 1) % made.length].reference;
      const { copied } = await machine.copy(reference, to);
      assertEquals(copied, 0);
    }
  });
}
