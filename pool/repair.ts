/**
 * Repairing a pool: every intact message goes, in order, into a new file that takes the
 * place of the damaged one, of which a copy is kept.
 *
 * Under the lock of the damaged file nobody appends to it. The new file is whole and on
 * storage before it takes its name, and only then is the old one marked as deleted, so
 * that whoever still has it open is told.
 *
 * @module
 */

import { fromSystemError, IoError, NotFoundError } from "./errors.ts";
import { DiskFile } from "./file.ts";
import { newHeader, newId, writeNew } from "./files.ts";
import { frameSeq, frameTime } from "./frame.ts";
import { frameContent } from "./frame_content.ts";
import type { FrameReader } from "./frame_reader.ts";
import { WriterLock } from "./lock.ts";
import { discard, draftPath, keepOwner, removeStaleDrafts } from "./new_file.ts";
import { directoryOf } from "./path.ts";
import { platform } from "./platform.ts";
import { DEFAULT_LOCK_TIMEOUT_MS } from "./pool.ts";
import { RecordAppender } from "./record_appender.ts";
import { type RecoveredPool, recoverPool } from "./recover.ts";
import { RingFile } from "./ring.ts";
import { keepCopy } from "./safe_copy.ts";
import { encodeState, STATE_BYTES, stateOffset } from "./state.ts";
import { surveyRing } from "./survey.ts";
import { PoolWriter } from "./writer.ts";
import { viewOf } from "./binary.ts";

/** Ranges of lost messages listed at most. */
const LOST_RANGES_MAX = 1000;

/** Sequence numbers from one to another, both included. */
export interface SeqRange {
  /** The first one. */
  fromSeq: number;
  /** The last one. */
  toSeq: number;
}

/** What a repair did. */
export interface RepairReport {
  /** The copy of the damaged file. */
  snapshotPath: string;
  /** How many messages the pool holds now. */
  keptCount: number;
  /** Numbers of messages that the pool should hold and does not; the first thousand ranges. */
  lost: SeqRange[];
  /** How many messages that is. */
  lostCount: number;
  /** What beside messages could not be recovered, in sentences. */
  notes: string[];
}

/** How to repair a pool. */
export interface RepairOptions {
  /** Longest wait for writers in milliseconds, 0 or more. Default 5000. */
  lockTimeoutMs?: number;
  /** Told now and then how many of `totalBytes` were gone through. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/**
 * Rebuilds the pool at `path` from its intact messages, which keep their numbers, times
 * and tags. The damaged file is kept beside it as `NAME.plasmite.TIME.bak`. Whoever
 * follows the pool, or has it open to append, gets `NotFound` and can open it again.
 *
 * @throws {CorruptError} when nothing tells what pool it was; the file is untouched.
 * @throws {UsageError} when it has another file version; the file is untouched.
 * @throws {BusyError} when a writer holds the pool for too long.
 * @throws {PermissionError} when the new file can't be given to the owner of the old one.
 * @throws {NotFoundError} when there is no pool.
 *
 * @example
 * ```ts
 * import { Client, poolMaintenance } from "@plasmite/pool";
 *
 * const { diagnosePool, repairPool } = await poolMaintenance();
 * using client = new Client({ dir: Deno.makeTempDirSync() });
 * client.pool("work").append({ task: "resize" });
 * const path = client.path("work");
 * if (diagnosePool(path).status === "corrupt") console.log(repairPool(path).keptCount);
 * ```
 */
export function repairPool(path: string, options: RepairOptions = {}): RepairReport {
  const { lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS } = options;
  try {
    const realPath = Deno.realPathSync(path);
    const file = new DiskFile(realPath, { write: true });
    try {
      const lockable = { path, tryLock: () => file.tryLock(), unlock: () => file.unlock() };
      return new WriterLock(lockable, lockTimeoutMs).hold(() =>
        repairLocked(file, realPath, options)
      );
    } finally {
      file.close();
    }
  } catch (error) {
    throw fromSystemError(error, path);
  }
}

function repairLocked(file: DiskFile, path: string, options: RepairOptions): RepairReport {
  const pool = recoverPool(file, path);
  if (!file.isAt(path) || pool.hasState && pool.state.deleted) {
    throw new NotFoundError("the pool was deleted or replaced", { path });
  }
  const directory = directoryOf(path);
  removeStaleDrafts(directory);
  const draft = draftPath(directory);
  try {
    const kept = writeDraft(draft, pool, options);
    const damaged = Deno.statSync(path);
    keepOwner(draft, damaged);
    // Behind the owner: a new one takes some modes away.
    if (damaged.mode !== null) Deno.chmodSync(draft, damaged.mode & 0o777);
    const snapshotPath = keepCopy(path, file);
    keepOwner(snapshotPath, damaged);
    replacePool(file, path, { draft, snapshotPath });
    // A crash before this leaves writers who find out within moments by themselves.
    if (file.isOpen) markDeleted(file, pool);
    return { snapshotPath, ...kept, notes: notesOn(pool) };
  } finally {
    discard(draft);
  }
}

/** Gives the new file the name of the old one. */
function replacePool(file: DiskFile, path: string, made: { draft: string; snapshotPath: string }) {
  try {
    if (!isReplaced(path, made.draft)) {
      // Some file systems replace no file that is open: nobody but this process may have it.
      file.closeKeepingLock();
      if (!isReplaced(path, made.draft)) throw keptOpenError(path);
    }
  } catch (error) {
    discard(made.snapshotPath);
    throw error;
  }
}

/** Whether `draft` has the name `path` now; false when the file there can't go while it is open. */
function isReplaced(path: string, draft: string): boolean {
  try {
    Deno.renameSync(draft, path);
    return true;
  } catch (error) {
    const isKept = error instanceof Deno.errors.PermissionDenied && !platform().replacesOpenFiles;
    if (isKept) return false;
    throw error;
  }
}

function keptOpenError(path: string): IoError {
  return new IoError(
    "another program has the pool open, and the file system replaces no such file",
    {
      path,
      hint: `Close what has it open (${platform().holderTool}) and repair it again. Nothing was ` +
        "changed.",
    },
  );
}

/** Writes the new pool file, and counts. */
function writeDraft(
  draft: string,
  pool: RecoveredPool,
  options: RepairOptions,
): Pick<RepairReport, "keptCount" | "lost" | "lostCount"> {
  const { identity } = pool.ring;
  // Of a pool that may have given out more numbers than are known, cursors mean nothing.
  const isSame = pool.hasId && pool.hasState;
  const { layout } = identity;
  writeNew(draft, newHeader(isSame ? identity : { ...identity, ...newId() }), layout.fileBytes);
  const ring = new RingFile(new DiskFile(draft, { write: true, isDraft: true }), draft);
  try {
    const writer = new PoolWriter(ring, DEFAULT_LOCK_TIMEOUT_MS);
    const { ringBytes } = layout;
    const appender = new RecordAppender(writer, { path: draft, ringBytes, append: false });
    const tally = new Tally(pool);
    const { tail, head } = pool.state;
    for (const step of surveyRing(pool.ring, pool)) {
      if (step.kind !== "frames") continue;
      copyFrames(step.reader, appender, tally);
      options.onProgress?.(Math.min(step.reader.end, head) - tail, head - tail);
    }
    appender.flush();
    tally.skipTo(pool.state.nextSeq);
    writer.reserve(pool.state.nextSeq, pool.state.lastTime);
    writer.sync();
    const { lost, lostCount } = tally;
    return { keptCount: appender.count, lost, lostCount };
  } finally {
    ring.close();
  }
}

function copyFrames(
  { bytes, view, offsets, count }: FrameReader,
  appender: RecordAppender,
  tally: Tally,
): void {
  for (let i = 0; i < count; i++) {
    const at = offsets[i];
    const content = frameContent(bytes, view, at);
    if (content === undefined) continue;
    const seq = frameSeq(view, at);
    const { seconds, nanos } = frameTime(view, at);
    appender.add({ seq, time: { seconds, nanos: Math.min(nanos, 999_999_999) }, ...content });
    tally.keep(seq);
  }
}

/** Counts numbers that are missing. */
class Tally {
  readonly lost: SeqRange[] = [];
  lostCount = 0;
  #nextSeq: number | undefined;

  constructor({ state, hasState }: RecoveredPool) {
    // Without a state nobody knows which message was the oldest.
    if (hasState) this.#nextSeq = state.oldestSeq;
  }

  keep(seq: number): void {
    this.skipTo(seq);
    this.#nextSeq = seq + 1;
  }

  skipTo(seq: number): void {
    const fromSeq = this.#nextSeq ?? seq;
    if (fromSeq >= seq) return;
    this.lostCount += seq - fromSeq;
    if (this.lost.length < LOST_RANGES_MAX) this.lost.push({ fromSeq, toSeq: seq - 1 });
    this.#nextSeq = seq;
  }
}

/** So that whoever has the old file open neither appends to it nor waits for more. */
function markDeleted(file: DiskFile, { ring, state }: RecoveredPool): void {
  const generation = state.generation + 1;
  const bytes = new Uint8Array(STATE_BYTES);
  encodeState({ ...state, generation, deleted: true }, ring.identity.seed, bytes, viewOf(bytes));
  file.writeAt(bytes, stateOffset(generation));
}

function notesOn({ hasIdentity, hasId, hasState }: RecoveredPool): string[] {
  const notes: string[] = [];
  if (!hasIdentity) {
    notes.push(
      "The time of creation and the limits on age and count were lost: the pool has none now.",
    );
  }
  if (!hasState) {
    notes.push(
      "Both state slots were lost: messages that were given up lately may be back, and the " +
        "numbers of lost newest messages may be given out again.",
    );
  }
  if (!hasId || !hasState) notes.push("The pool has a new id.");
  return notes;
}
