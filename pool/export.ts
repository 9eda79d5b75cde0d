/**
 * Writing out what a pool holds, once.
 *
 * @module
 */

import { fromSystemError, NotFoundError } from "./errors.ts";
import { DiskFile } from "./file.ts";
import { frameSeq } from "./frame.ts";
import type { Gap } from "./interface.ts";
import { JsonLinesWriter } from "./json_lines.ts";
import { Lookup } from "./lookup.ts";
import { FrameCursor } from "./frame_cursor.ts";
import type { FrameReader } from "./frame_reader.ts";
import { RingFile } from "./ring.ts";

/** How to export. */
export interface ExportOptions {
  /** Told of messages that are missing, before those that follow them are delivered. */
  onGap?: (gap: Gap) => void;
  /** Told now and then how many of `totalBytes` were gone through. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/**
 * The messages that the pool at `path` retains when it is called, as JSON Lines. Bytes
 * are valid until the next ones are asked for.
 *
 * @throws {NotFoundError} when there is no pool.
 * @throws {CorruptError} when its header is damaged.
 *
 * @example
 * ```ts
 * import { Client, poolMaintenance } from "@plasmite/pool";
 *
 * const { exportMessages } = await poolMaintenance();
 * using client = new Client({ dir: Deno.makeTempDirSync() });
 * client.pool("work").append({ task: "resize" });
 * for (const lines of exportMessages(client.path("work"))) Deno.stdout.writeSync(lines);
 * ```
 */
export function* exportMessages(path: string, options: ExportOptions = {}): Generator<Uint8Array> {
  let ring: RingFile;
  try {
    ring = new RingFile(new DiskFile(path, { write: false }), path);
  } catch (error) {
    throw fromSystemError(error, path);
  }
  try {
    yield* exportRing(ring, options);
  } finally {
    ring.close();
  }
}

function* exportRing(ring: RingFile, options: ExportOptions): Generator<Uint8Array> {
  const state = ring.readState();
  if (state.deleted) throw new NotFoundError("not found", { path: ring.path });
  const start = new Lookup(ring).oldest(state, Date.now());
  const cursor = new FrameCursor(ring, state, start);
  const { reader } = cursor;
  const writer = new JsonLinesWriter();
  let expectedSeq = start.seq;
  while (cursor.position < state.head && cursor.readThrough() > 0) {
    const { bytes, view, offsets } = reader;
    const count = countBelow(reader, state.nextSeq);
    for (let from = 0; from < count;) {
      const seq = frameSeq(view, offsets[from]);
      tellGaps(expectedSeq, seq, cursor.state.oldestSeq, options);
      let to = from + 1;
      while (to < count && frameSeq(view, offsets[to]) === seq + to - from) to++;
      yield writer.write({ bytes, view, offsets: offsets.subarray(from, to) }, {});
      expectedSeq = seq + to - from;
      from = to;
    }
    options.onProgress?.(cursor.position - start.position, state.head - start.position);
  }
  tellGaps(expectedSeq, state.nextSeq, cursor.state.oldestSeq, options);
}

/** How many frames of a run come before the message `nextSeq`. */
function countBelow({ view, offsets, count }: FrameReader, nextSeq: number): number {
  while (count > 0 && frameSeq(view, offsets[count - 1]) >= nextSeq) count--;
  return count;
}

/** Tells of the messages from `fromSeq` on that are missing before `seq`. */
function tellGaps(fromSeq: number, seq: number, oldestSeq: number, options: ExportOptions): void {
  const keptFrom = Math.min(seq, Math.max(fromSeq, oldestSeq));
  const gap = (fromSeq: number, beforeSeq: number, reason: Gap["reason"]) => {
    if (fromSeq >= beforeSeq) return;
    options.onGap?.({ fromSeq, toSeq: beforeSeq - 1, count: beforeSeq - fromSeq, reason });
  };
  gap(fromSeq, keptFrom, "retention");
  gap(keptFrom, seq, "damage");
}
