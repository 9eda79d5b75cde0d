/**
 * Telling on standard error that a follower was overtaken: at most once a second,
 * and every missing message counted exactly once.
 *
 * @module
 */

import type { Gap } from "../pool/mod.ts";
import { type Notice, writeNotice } from "./notices.ts";
import type { Screen } from "./screen.ts";

/** Gaps that come within this time of the last notice are told together. */
const NOTICE_INTERVAL_MS = 1000;

/** Several gaps as one: where the first starts, where the last ends, what both lack. */
export interface Drop {
  /** How many messages are missing. */
  droppedCount: number;
  /** The sequence number before the first missing one. */
  lastSeenSeq: number;
  /** The sequence number after the last missing one. */
  nextSeenSeq: number;
}

/** Adds `gap`, which is later, to what was missing before. */
export function mergeGap(before: Drop | undefined, gap: Gap): Drop {
  return {
    droppedCount: (before?.droppedCount ?? 0) + gap.count,
    lastSeenSeq: before?.lastSeenSeq ?? gap.fromSeq - 1,
    nextSeenSeq: gap.toSeq + 1,
  };
}

/** The notice of a drop in `pool`, which `cmd` follows. */
export function dropNotice(
  drop: Drop,
  pool: { readonly name: string; readonly path: string },
  cmd: string,
): Notice {
  const { droppedCount, lastSeenSeq, nextSeenSeq } = drop;
  return {
    kind: "drop",
    cmd,
    pool: pool.name,
    message: `${droppedCount} message${droppedCount === 1 ? "" : "s"} between ` +
      `${lastSeenSeq} and ${nextSeenSeq} gone before they could be read`,
    details: {
      last_seen_seq: lastSeenSeq,
      next_seen_seq: nextSeenSeq,
      dropped_count: droppedCount,
      pool_path: pool.path,
    },
  };
}

/** Collects gaps and tells of them. */
export class DropNotices {
  readonly #screen: Screen;
  readonly #pool: { readonly name: string; readonly path: string };
  readonly #cmd: string;
  #drop?: Drop;
  #timer?: ReturnType<typeof setTimeout>;

  /** Tells `screen` of what is missing from `pool`, which `cmd` follows. */
  constructor(
    screen: Screen,
    pool: { readonly name: string; readonly path: string },
    cmd?: string,
  ) {
    this.#screen = screen;
    this.#pool = pool;
    this.#cmd = cmd ?? "follow";
  }

  /** Tells of a gap, at once if nothing was told lately. */
  add(gap: Gap): void {
    this.#drop = mergeGap(this.#drop, gap);
    if (this.#timer === undefined) this.#tell();
  }

  /** Tells of what was not told yet. */
  close(): void {
    clearTimeout(this.#timer);
    this.#tell();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tell(): void {
    this.#timer = undefined;
    if (this.#drop === undefined) return;
    const notice = dropNotice(this.#drop, this.#pool, this.#cmd);
    this.#drop = undefined;
    this.#timer = setTimeout(() => this.#tell(), NOTICE_INTERVAL_MS);
    writeNotice(this.#screen, notice);
  }
}
