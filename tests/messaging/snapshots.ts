/**
 * Having a registry write its state.
 *
 * @module
 */

import { type Operation, Registry, type SnapshotPart } from "../../messaging/registry/mod.ts";
import type { MessagePool } from "../../pool/mod.ts";

/** Of so many operations one has the state written, when enough of them are behind the last. */
const TURN_EVERY = 64;

/** An operation that changes nothing once the mesh has an id. */
const NOTHING: Operation = { op: "found", account: "snapshots" };

/** The parts of snapshots in a pool. */
export async function partsIn(pool: MessagePool): Promise<SnapshotPart[]> {
  const { nextSeq } = await pool.info();
  const parts: SnapshotPart[] = [];
  for await (const { data } of pool.tail({ untilSeq: nextSeq - 1 })) {
    const part = data as Operation | SnapshotPart;
    if (part.op === "snapshot") parts.push(part);
  }
  return parts;
}

/**
 * Has `registry` append what changes nothing when it is its turn to write the state, which it does
 * if 256 operations are behind the last one.
 */
export async function takeTurn(pool: MessagePool, registry = new Registry(pool)): Promise<void> {
  const at = Math.max(0, ...(await partsIn(pool)).map(({ at }) => at));
  const { nextSeq } = await pool.info();
  const missing = (TURN_EVERY - (nextSeq - at) % TURN_EVERY) % TURN_EVERY;
  await pool.appendMany(Array.from({ length: missing }, () => ({ data: NOTHING })));
  await registry.propose(NOTHING);
}
