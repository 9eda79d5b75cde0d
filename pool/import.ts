/**
 * Taking exported messages into a pool: how pools are moved, shrunk and grown.
 *
 * @module
 */

import { type MessageRecord, parseEnvelope } from "./envelope.ts";
import { fromSystemError, UsageError } from "./errors.ts";
import { DiskFile } from "./file.ts";
import { flushAppended } from "./flush.ts";
import { DEFAULT_LOCK_TIMEOUT_MS } from "./pool.ts";
import { checkEmpty, RecordAppender } from "./record_appender.ts";
import { RingFile } from "./ring.ts";
import { PoolWriter } from "./writer.ts";

/** One line of an export. */
export interface ImportLine {
  /** Its number, for errors. */
  number: number;
  /** An envelope as JSON text; a blank line is passed over. */
  text: string;
}

/** How to import. */
export interface ImportOptions {
  /** Append to what the pool holds, with new numbers. Default false. */
  append?: boolean;
  /** Longest wait for other writers in milliseconds, 0 or more. Default 5000. */
  lockTimeoutMs?: number;
}

/** What an import did. */
export interface ImportSummary {
  /** How many messages were appended; in a small pool the first ones are gone again. */
  count: number;
  /** Number that the first one got; undefined without any. */
  firstSeq?: number;
  /** Number that the last one got. */
  lastSeq?: number;
  /** Whether they got other numbers than they had. */
  renumbered: boolean;
  /**
   * How many got another time: one nanosecond after the message before, because theirs
   * was not later than that.
   */
  movedTimes: number;
}

/**
 * Appends exported messages to the pool at `path`, in order, with the tags and times
 * they have. An empty pool takes over their numbers as well, unless it gave out higher
 * ones already. When it fails, the messages before the line it names are in the pool.
 *
 * @throws {UsageError} when a line is no envelope, out of order, or too large for the
 * pool, and when the pool holds messages and `append` is not set.
 * @throws {NotFoundError} when there is no pool.
 * @throws {BusyError} when other writers held the pool for too long.
 * @throws {IoError} with a `seq` when the messages are in the pool from that number on, and
 * not known to be on storage.
 *
 * @example
 * ```ts
 * import { Client, poolMaintenance } from "@plasmite/pool";
 *
 * const { importMessages } = await poolMaintenance();
 * using client = new Client({ dir: Deno.makeTempDirSync() });
 * client.createPool("moved");
 * const text = '{"seq":7,"time":"2026-01-01T00:00:00Z","meta":{"tags":[]},"data":1}';
 * importMessages(client.path("moved"), [{ number: 1, text }]);
 * console.log(client.openPool("moved").get(7).data); // 1
 * ```
 */
export function importMessages(
  path: string,
  lines: Iterable<ImportLine>,
  options: ImportOptions = {},
): ImportSummary {
  const { append = false, lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS } = options;
  const ring = openForWriting(path);
  try {
    const { ringBytes } = ring.layout;
    // Before the first line is waited for; it is looked at again under the lock.
    if (!append) checkEmpty(ring.readState(), path);
    const writer = new PoolWriter(ring, lockTimeoutMs);
    const appender = new RecordAppender(writer, { path, ringBytes, append });
    try {
      for (const line of lines) {
        if (line.text.trim() !== "") importLine(appender, line);
      }
    } finally {
      // Also when reading fails: the lines before that were taken in.
      appender.flush();
    }
    const { count, firstSeq, lastSeq, movedTimes, renumbers } = appender;
    if (firstSeq !== undefined && lastSeq !== undefined) {
      flushAppended(writer, { path, firstSeq, lastSeq });
    }
    return { count, firstSeq, lastSeq, movedTimes, renumbered: renumbers };
  } finally {
    ring.close();
  }
}

function openForWriting(path: string): RingFile {
  try {
    return new RingFile(new DiskFile(path, { write: true }), path);
  } catch (error) {
    throw fromSystemError(error, path);
  }
}

function importLine(appender: RecordAppender, { number, text }: ImportLine): void {
  let record: MessageRecord;
  try {
    record = parseEnvelope(text);
    appender.check(record);
  } catch (error) {
    appender.flush();
    if (!(error instanceof UsageError)) throw error;
    const before = appender.count === 0
      ? "Nothing was imported."
      : `The ${appender.count} messages before it were imported.`;
    throw new UsageError(`line ${number}: ${error.message}`, {
      cause: error.cause,
      hint: `${error.hint ?? "Correct the line."} ${before}`,
    });
  }
  appender.add(record);
}
