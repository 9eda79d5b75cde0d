/**
 * Telling which records of an input were passed over, and at its end how many.
 *
 * @module
 */

import type { MessagePool } from "../../pool/mod.ts";
import { type Notice, writeNotice } from "../notices.ts";
import type { Screen } from "../screen.ts";
import type { IngestCounts, SkippedRecord } from "./ingest.ts";
import { placeText } from "./record_batch.ts";

/** What all notices of a run have in common. */
export interface SkipNoticeContext {
  /** The command. */
  readonly cmd: string;
  /** The reference of the pool, as typed. */
  readonly pool: string;
  /** The pool file. */
  readonly poolPath: string;
}

/** The notice of one record. */
export function skipNotice(skipped: SkippedRecord, context: SkipNoticeContext): Notice {
  const { errorKind, index, line, format, snippet, reason } = skipped;
  const { cmd, pool, poolPath } = context;
  return {
    kind: "ingest_skip",
    cmd,
    pool,
    message: `skipped ${placeText(skipped)}: ${reason}: ${snippet}`,
    details: {
      error_kind: errorKind,
      index,
      line,
      mode: format,
      pool_path: poolPath,
      snippet,
    },
  };
}

/** The notice at the end. */
export function summaryNotice(counts: IngestCounts, context: SkipNoticeContext): Notice {
  const { appended: ok, skipped: failed } = counts;
  const { cmd, pool, poolPath } = context;
  const total = ok + failed;
  return {
    kind: "ingest_summary",
    cmd,
    pool,
    message: `skipped ${failed} of ${total} record${total === 1 ? "" : "s"}`,
    details: { failed, ok, pool_path: poolPath, total },
  };
}

/** Writes the notices of one run. */
export class SkipNotices {
  readonly #screen: Screen;
  readonly #pool: MessagePool;
  readonly #names: Pick<SkipNoticeContext, "cmd" | "pool">;
  #context?: SkipNoticeContext;

  /** Writes to `screen` about `pool`, which a command was given by a reference. */
  constructor(screen: Screen, pool: MessagePool, names: Pick<SkipNoticeContext, "cmd" | "pool">) {
    this.#screen = screen;
    this.#pool = pool;
    this.#names = names;
  }

  /** Tells of one record. */
  async skipped(record: SkippedRecord): Promise<void> {
    writeNotice(this.#screen, skipNotice(record, await this.#known()));
  }

  /** Tells how many there were. */
  async summary(counts: IngestCounts): Promise<void> {
    writeNotice(this.#screen, summaryNotice(counts, await this.#known()));
  }

  /** Asked for when first needed: most runs skip nothing. */
  async #known(): Promise<SkipNoticeContext> {
    this.#context ??= { ...this.#names, poolPath: (await this.#pool.info()).path };
    return this.#context;
  }
}
