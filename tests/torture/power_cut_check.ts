/**
 * What must hold of a pool file that a power cut left.
 *
 * @module
 */

import { type Client, CorruptError, NotFoundError, type Pool } from "@plasmite/pool";
import { assertEquals } from "@std/assert";
import { repairPool } from "../../pool/maintenance.ts";
import type { Known } from "./power_cut_history.ts";
import { type Found, ImageCheck } from "./power_cut_image.ts";
import type { Random } from "./random.ts";

/** Opens the image in the pool `name` of `client`, and checks it against what is known. */
export async function checkImage(
  client: Client,
  name: string,
  known: Known,
  random: Random,
): Promise<Found> {
  let pool: Pool;
  try {
    pool = client.openPool(name);
    pool.info();
  } catch (error) {
    if (known.mayBeDeleted && error instanceof NotFoundError) checkDeleted(client, name);
    else if (known.isSetBack && error instanceof CorruptError) checkWithoutState(client, name);
    else throw error;
    const mended = new Map();
    return { mended, hasLeftovers: false, isDamaged: false, isRepaired: false, isOver: true };
  }
  using _closed = pool;
  return await new ImageCheck(client, pool, known, random).run();
}

/** What is left of a deleted pool can be removed, and the name is free then. */
function checkDeleted(client: Client, name: string): void {
  client.deletePool(name);
  using pool = client.pool(name);
  assertEquals(pool.append("anew").seq, 1);
}

/** A pool without a state can be repaired. */
function checkWithoutState(client: Client, name: string): void {
  repairPool(client.path(name));
  using pool = client.openPool(name);
  const { seq } = pool.append("repaired");
  assertEquals(pool.get(seq).data, "repaired");
}
