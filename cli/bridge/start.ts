/**
 * Where a bridge begins: behind the last message that it copied, or where it is told to the first
 * time.
 *
 * @module
 */

import { CorruptError, type PoolInfo, UsageError } from "../../pool/mod.ts";
import { type Notice, writeNotice } from "../notices.ts";
import type { Screen } from "../screen.ts";
import type { Destination } from "./destination.ts";
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
  /** A bridge between these pools has been here before. */
  readonly isResumed: boolean;
}

/** What the decision depends on. */
export interface StartParts {
  /** What the source is called, and is. */
  readonly from: string;
  readonly source: PoolInfo;
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
  const { source: { nextSeq }, destination, from } = parts;
  const { record, damage } = readRecord(parts.record);
  const trusted = await trustedRecord(parts, record);
  const { own, other } = await destination.find(trusted?.newest?.toSeq, trusted?.newest);
  if (damage !== undefined) {
    if (own === undefined) throw withoutCopies(damage, destination.shown);
    tell(
      parts,
      "record",
      `${damage.message}; going by the copies in the pool, of which the ` +
        `newest is of message ${own.seq}`,
      { path: damage.path, copied_seq: own.seq },
    );
  }
  if (trusted === undefined && own === undefined) {
    return { afterSeq: firstAfterSeq(parts, other?.seq), isResumed: false };
  }
  const afterSeq = Math.max(trusted?.seq ?? 0, own?.seq ?? 0);
  if (afterSeq < nextSeq) return { afterSeq, isResumed: true };
  const newestSeq = nextSeq - 1;
  tell(
    { ...parts, shown: from },
    "loss",
    `messages up to ${afterSeq} were copied from it, and ` +
      `now it ends with ${newestSeq}: it was put back to an earlier state. Going on with what comes`,
    {
      last_seen_seq: afterSeq,
      newest_seq: newestSeq,
    },
  );
  return { afterSeq: newestSeq, isResumed: true };
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
  tell(
    parts,
    "loss",
    `message ${seq} was copied to it as ${toSeq}, and is not there: it was put ` +
      "back to an earlier state. Going on behind the copies that it has",
    {
      last_seen_seq: toSeq,
      copied_seq: seq,
    },
  );
  return undefined;
}

function firstAfterSeq(
  { source, destination, from, first }: StartParts,
  otherSeq: number | undefined,
): number {
  const { bounds, nextSeq } = source;
  if (first.now) return nextSeq - 1;
  if (first.seq !== undefined) {
    if (first.seq <= nextSeq) return Math.max(0, first.seq - 1);
    throw new UsageError(`--from-seq: the pool ends with message ${nextSeq - 1}`, {
      path: from,
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

function withoutCopies({ message, path }: CorruptError, shown: string): CorruptError {
  return new CorruptError(message, {
    path,
    hint: `${shown} holds no copies to go by. Remove the file to copy all that is retained, or ` +
      "say where to begin with --from-seq as well.",
  });
}

function tell(
  { stderr, destination, shown = destination.shown }: StartParts & { shown?: string },
  kind: string,
  message: string,
  details: Notice["details"],
): void {
  writeNotice(stderr, { kind, cmd: "bridge", pool: shown, message, details });
}
