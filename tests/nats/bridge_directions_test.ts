/**
 * `pls bridge` copies from every engine to every engine, and goes on where it left off.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { eventually } from "../server/eventually.ts";
import {
  allOf,
  assertCopied,
  Machine,
  type Made,
  mixed,
  numbered,
  numbersOf,
  stopped,
  upTo,
} from "./bridge_world.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { newName } from "./world.ts";

const server = sharedServer();

const ENGINES = ["file", "http", "nats"] as const;
type Engine = typeof ENGINES[number];

function newPool(machine: Machine, engine: Engine): Made | Promise<Made> {
  if (engine === "file") return machine.filePool(newName());
  return engine === "http"
    ? machine.servedPool(newName().replace(" ", "-"))
    : machine.natsPool(server(), newName());
}

for (const from of ENGINES) {
  for (const to of ENGINES) {
    natsTest(
      `messages go from ${from} to ${to} as they are, and later ones the next time`,
      async () => {
        await using machine = new Machine();
        const source = await newPool(machine, from);
        const destination = await newPool(machine, to);
        await source.pool.appendMany(mixed(300));
        const copy = () => machine.copy(source.reference, destination.reference);
        const keepsTimes = to !== "http";
        const first = await copy();
        assertEquals([first.copied, first.first_seq, first.last_seq], [300, 1, 300]);
        assertEquals([first.resumed_at, first.next_seq, first.dropped], [null, 301, 0]);
        assertEquals([first.from, first.to], [source.reference, destination.reference]);
        await assertCopied(source.pool, destination.pool, { keepsTimes });

        const second = await copy();
        assertEquals([second.copied, second.first_seq, second.resumed_at], [0, null, 301]);
        await source.pool.appendMany(mixed(7, 300));
        // Also where nothing is known but what is in the destination.
        Deno.removeSync(machine.records, { recursive: true });
        const third = await copy();
        assertEquals([third.copied, third.first_seq, third.resumed_at], [7, 301, 301]);
        await assertCopied(source.pool, destination.pool, { keepsTimes });
      },
    );
  }
}

natsTest("a bridge copies what comes as it comes, until it is interrupted", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using machine = new Machine();
    const source = machine.filePool("source");
    const destination = await machine.natsPool(server(), newName());
    await source.pool.appendMany(numbered(10));
    const running = await machine.mirror("source", destination.reference);
    const arrived = (count: number) =>
      eventually(`${count} messages are there`, async () => {
        return (await destination.pool.info()).nextSeq > count;
      });
    await arrived(10);
    for (const input of numbered(3, 10)) await source.pool.appendMany([input]);
    await arrived(13);
    const { copied, next_seq: nextSeq, dropped } = await stopped(running, signal);
    assertEquals([copied, nextSeq, dropped], [13, 14, undefined]);
    assertEquals(JSON.parse(Deno.readTextFileSync(machine.record)).seq, 13);
    await assertCopied(source.pool, destination.pool);
  }
});

Deno.test("how far it has come is written down while it runs, also past what it leaves out", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  machine.filePool("destination");
  const running = await machine.mirror("source", "destination", "--tag", "rare");
  await pool.appendMany(numbered(50));
  const seq = () => JSON.parse(Deno.readTextFileSync(machine.record)).seq;
  await eventually("the record says so", () => seq() === 50);
  await stopped(running);
});

Deno.test("once, it copies what was there at the start, and ends", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  const destination = machine.filePool("destination");
  assertEquals((await machine.copy("source", "destination")).copied, 0);
  await pool.appendMany(numbered(2000));
  let isOver = false;
  // Somebody goes on appending: there is no end to what it could copy.
  const feeding = (async () => {
    for (let i = 2000; !isOver; i++) {
      await pool.appendMany(numbered(1, i));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  const { copied, last_seq: lastSeq } = await machine.copy("source", "destination");
  isOver = true;
  await feeding;
  assert(copied >= 2000 && copied < (await pool.info()).nextSeq - 1, `${copied}`);
  assertEquals(lastSeq, copied);
  assertEquals(numbersOf(await allOf(destination.pool)), upTo(copied));
});
