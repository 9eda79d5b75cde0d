/**
 * Where a bridge begins: behind the last message that it copied, or where it is told to the first
 * time.
 *
 * @module
 */

import { CorruptError, UsageError } from "../../pool/mod.ts";
import { type Notice, writeNotice } from "../notices.ts";
import type { Screen } from "../screen.ts";
import type { Destination, FirstLook } from "./destination.ts";
import type { BridgeEnd } from "./ends.ts";
import type { BridgeRecord, RecordFile } from "./record.ts";

/** Where to begin the first time. */
export interface FirstStart {
  /** With what comes from now on. */
  readonly now: boolean;
  /** With this message. Without either of both, with the oldest one that is retained. */
  readonly seq?: number;
}

/** Where a bridge begins. */
export interface BridgeStart {
  /** All messages up to this number are dealt with. */
  readonly afterSeq: number;
  /** The message to go on with; undefined the first time. */
  readonly resumedAt: number | undefined;
}

/** What the decision depends on. */
export interface StartParts {
  readonly source: BridgeEnd;
  readonly destination: Destination;
  readonly record: RecordFile;
  readonly first: FirstStart;
  /** Where notices go. */
  readonly stderr: Screen;
}

/**
 * Finds out where to begin.
 *
 * @throws {UsageError} when only copies that were selected otherwise are there, and nothing says
 * where to begin; and for a first number beyond the end.
 * @throws {CorruptError} when the record is damaged, and the destination has no copies.
 */
export async function findStart(parts: StartParts): Promise<BridgeStart> {
  const { destination } = parts;
  const { record, damage } = readRecord(parts.record);
  const trusted = await trustedRecord(parts, record);
  const look = await destination.find(trusted?.newest);
  const newestSeq = highest(look.own.keys());
  if (damage !== undefined) tellOfDamage(parts, damage, newestSeq);
  if (trusted === undefined && newestSeq === 0) {
    return { afterSeq: firstAfterSeq(parts, look.otherSeq), resumedAt: undefined };
  }
  const afterSeq = seqBefore(trusted, look);
  return await startBehind(parts, afterSeq, Math.max(afterSeq, newestSeq));
}

/** The number up to which all is dealt with: behind it, copies can be missing. */
function seqBefore(trusted: BridgeRecord | undefined, { own, isPartial }: FirstLook): number {
  const recordSeq = trusted?.seq ?? 0;
  // Of what was given up again nothing is known but that later ones came behind it.
  const isCounted = own.size > 0 && (trusted === undefined || isPartial);
  return isCounted ? Math.max(recordSeq, lowest(own.keys()) - 1) : recordSeq;
}

/** Begins behind message `afterSeq`; of those behind it, none up to `newestSeq` is a loss. */
async function startBehind(
  parts: StartParts,
  afterSeq: number,
  newestSeq: number,
): Promise<BridgeStart> {
  const { source: { shown, pool }, destination } = parts;
  // Another bridge may have copied what has come since the pool was opened.
  const { bounds, nextSeq } = await pool.info();
  const lastSeq = nextSeq - 1;
  if (newestSeq <= lastSeq) {
    const goneSeq = Math.min(newestSeq, (bounds?.oldest ?? nextSeq) - 1);
    return { afterSeq: Math.max(afterSeq, goneSeq), resumedAt: newestSeq + 1 };
  }
  // The numbers of those copies will be those of other messages.
  destination.forget();
  const message = `messages up to ${newestSeq} were copied from it, and now it ends with ` +
    `${lastSeq}: it was put back to an earlier state. Going on with what comes`;
  tell({ ...parts, shown }, "loss", message, { last_seen_seq: newestSeq, newest_seq: lastSeq });
  return { afterSeq: lastSeq, resumedAt: nextSeq };
}

function highest(seqs: Iterable<number>): number {
  let highest = 0;
  for (const seq of seqs) highest = Math.max(highest, seq);
  return highest;
}

function lowest(seqs: Iterable<number>): number {
  let lowest = Infinity;
  for (const seq of seqs) lowest = Math.min(lowest, seq);
  return lowest;
}

function readRecord(file: RecordFile): { record?: BridgeRecord; damage?: CorruptError } {
  try {
    return { record: file.read() };
  } catch (error) {
    if (error instanceof CorruptError) return { damage: error };
    throw error;
  }
}

/** The record, unless the destination is not any more in a state that comes after it. */
async function trustedRecord(
  parts: StartParts,
  record: BridgeRecord | undefined,
): Promise<BridgeRecord | undefined> {
  const { destination } = parts;
  if (record?.newest === undefined || await destination.holds(record.newest)) return record;
  const { seq, toSeq } = record.newest;
  const message =
    `message ${seq} was copied to it as ${toSeq}, and is not there: it was put back ` +
    "to an earlier state. Going on behind the copies that it has";
  tell(parts, "loss", message, { last_seen_seq: toSeq, copied_seq: seq });
  return undefined;
}

function firstAfterSeq(
  { source: { info, shown }, destination, first }: StartParts,
  otherSeq: number | undefined,
): number {
  const { bounds, nextSeq } = info;
  if (first.now) return nextSeq - 1;
  if (first.seq !== undefined) {
    if (first.seq <= nextSeq) return Math.max(0, first.seq - 1);
    throw new UsageError(`--from-seq: the pool ends with message ${nextSeq - 1}`, {
      path: shown,
      hint: `Give ${nextSeq} at most, or --from-now.`,
    });
  }
  if (otherSeq !== undefined) {
    throw new UsageError(
      `messages up to ${otherSeq} were copied with other --tag and --where than these`,
      {
        path: destination.shown,
        hint: `Say where to begin: behind them with --from-seq ${otherSeq + 1}, with the oldest ` +
          "with --from-seq 1, or with what comes with --from-now. Later starts go on by themselves.",
      },
    );
  }
  return (bounds?.oldest ?? nextSeq) - 1;
}

function tellOfDamage(parts: StartParts, damage: CorruptError, newestSeq: number): void {
  const { message, path } = damage;
  const { shown } = parts.destination;
  if (newestSeq === 0) {
    throw new CorruptError(message, {
      path,
      hint: `${shown} holds no copies to go by. Remove the file to copy all that is retained, or ` +
        "to begin with --from-seq or --from-now.",
    });
  }
  tell(
    parts,
    "record",
    `${message}; going by the copies in the pool, of which the newest is of message ${newestSeq}`,
    { path, copied_seq: newestSeq },
  );
}

function tell(
  { stderr, destination, shown = destination.shown }: StartParts & { shown?: string },
  kind: string,
  message: string,
  details: Notice["details"],
): void {
  writeNotice(stderr, { kind, cmd: "bridge", pool: shown, message, details });
}
