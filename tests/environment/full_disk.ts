/**
 * Fills a small disk with a pool: `full_disk.ts DIRECTORY`, where DIRECTORY has some tens
 * of kilobytes in all. Prints `done` when everything was as it should be.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Client, IoError, type Pool } from "@plasmite/pool";
import { diagnosePool, repairPool } from "../../pool/maintenance.ts";
import { spoil } from "../pool/damage.ts";

const MESSAGES_MAX = 10_000;
const text = "t".repeat(700);

/** Appends numbered messages from `from` on until the disk is full; returns the next number. */
function fillUp(pool: Pool, from: number): number {
  for (let i = from; i < from + MESSAGES_MAX; i++) {
    try {
      assertEquals(pool.append({ i, text }).seq, i);
    } catch (error) {
      assert(error instanceof IoError, String(error));
      assertMatch(error.hint!, /free space/);
      return i;
    }
  }
  throw new Error("the disk is too large to fill");
}

function checkWhole(pool: Pool, next: number): void {
  assertEquals(diagnosePool(pool.path).issues, []);
  assertEquals(pool.info().bounds, { oldest: 1, newest: next - 1 });
  for (let i = 1; i < next; i++) assertEquals(pool.get(i).data, { i, text });
}

function checkNoSpaceForMore(client: Client, pool: Pool): void {
  using other = client.openPool("work");
  assertThrows(() => other.append({ text }), IoError);
  assertThrows(() => client.createPool("second"), IoError);
  spoil(pool.path, [70]);
  assertThrows(() => repairPool(pool.path), IoError);
  spoil(pool.path, [70]);
  assertEquals(Array.from(Deno.readDirSync(client.dir), ({ name }) => name).sort(), [
    "ballast",
    "work.plasmite",
  ]);
}

if (import.meta.main) {
  using client = new Client({ dir: Deno.args[0] });
  const ballast = `${client.dir}/ballast`;
  Deno.writeFileSync(ballast, new Uint8Array(16 * 1024));
  using pool = client.pool("work", { sizeBytes: 1024 * 1024 });
  let next = fillUp(pool, 1);
  checkWhole(pool, next);
  // A hole may be left that a small message fits into, but not one like the others.
  checkNoSpaceForMore(client, pool);
  checkWhole(pool, next);
  Deno.truncateSync(ballast);
  const more = fillUp(pool, next);
  assert(more > next);
  next = more;
  checkWhole(pool, next);
  // The space of a deleted pool comes back once nobody has it open.
  pool.close();
  client.deletePool("work");
  assertEquals(client.pool("work").append("anew").seq, 1);
  console.log("done");
}
