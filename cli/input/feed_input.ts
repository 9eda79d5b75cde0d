/**
 * Feeding a pool from a file or from standard input: the part of `pls feed` that a
 * call with DATA does without.
 *
 * @module
 */

import { type JsonText, type MessagePool, UsageError } from "../../pool/mod.ts";
import { ProgressLine } from "../progress_line.ts";
import type { Session } from "../session.ts";
import { FileSource } from "./file_source.ts";
import { ingest } from "./ingest.ts";
import { type ProgressState, progressText } from "./progress.ts";
import { type RecordMode, records } from "./records.ts";
import { SkipNotices } from "./skip_notices.ts";

/** Exit code of a run that passed over records. */
const SKIPPED = 1;

/** What to feed, and how. */
export interface FeedInputOptions {
  /** The reference of the pool, as typed. */
  reference: string;
  /** A path, or `-`; standard input without it. */
  file?: string;
  /** How records are told apart. Default `"auto"`. */
  mode?: RecordMode;
  /** Pass over bad records instead of ending with the first. */
  skipErrors: boolean;
  /** Appends values together and prints their receipts. */
  append: (values: readonly JsonText[]) => Promise<void>;
}

/**
 * Appends every record of the input to `pool`.
 *
 * @returns the exit code.
 */
export async function feedInput(
  session: Session,
  pool: MessagePool,
  options: FeedInputOptions,
): Promise<number> {
  const { reference, file, mode, skipErrors, append } = options;
  if (file === undefined && session.stdin.isTerminal()) throw missingData();
  using source = new FileSource(file, session.stdin);
  using progress = progressLine(session, source);
  const notices = new SkipNotices(session.stderr, pool, { cmd: "feed", pool: reference });
  const counts = await ingest(records(source, { mode, resyncs: skipErrors }), {
    append: (values) => {
      // Receipts may go to the same terminal.
      if (session.stdout.isTerminal) progress?.hide();
      return append(values);
    },
    onSkip: !skipErrors ? undefined : (skipped) => {
      progress?.hide();
      return notices.skipped(skipped);
    },
    onProgress: (messages) => progress?.update({ messages, readBytes: source.readBytes }),
  });
  if (counts.appended + counts.skipped === 0) throw missingData();
  if (counts.skipped === 0) return 0;
  progress?.hide();
  await notices.summary(counts);
  return SKIPPED;
}

/** Only a person waits, and only a regular file has an end to wait for. */
function progressLine(
  { stderr }: Session,
  { sizeBytes }: FileSource,
): ProgressLine<[ProgressState]> | undefined {
  if (sizeBytes === undefined) return undefined;
  return new ProgressLine(stderr, (state: ProgressState) => progressText(state, sizeBytes));
}

function missingData(): UsageError {
  return new UsageError("no data to append", {
    hint: "Give DATA, or --file PATH, or pipe JSON to stdin. See `pls feed --help`.",
  });
}
