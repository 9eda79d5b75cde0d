/**
 * What a bridge has done, in words and as JSON; and how far it is.
 *
 * @module
 */

import { printable } from "../screen.ts";
import type { CopyCounts } from "./copier.ts";

/** What a bridge has done. */
export interface BridgeSummary {
  /** The references, as they may be shown. */
  readonly from: string;
  readonly to: string;
  readonly counts: CopyCounts;
  /** The message that it went on with, if it had been here before. */
  readonly resumedAt?: number;
  /** The message that it goes on with the next time. */
  readonly nextSeq: number;
  /** Copies that the destination has given up again; told of a move alone. */
  readonly dropped?: number;
}

/** As programs get it. */
export function summaryJson(summary: BridgeSummary): object {
  const { from, to, counts, resumedAt, nextSeq, dropped } = summary;
  return {
    from,
    to,
    copied: counts.copied,
    skipped: counts.skipped,
    missing: counts.missing,
    first_seq: counts.firstSeq ?? null,
    last_seq: counts.lastSeq ?? null,
    resumed_at: resumedAt ?? null,
    next_seq: nextSeq,
    ...(dropped !== undefined && { dropped }),
  };
}

/** A few sentences. */
export function summaryText(summary: BridgeSummary): string {
  const { from, to, counts: { copied, skipped, missing, firstSeq, lastSeq } } = summary;
  const what = copied === 0
    ? "Copied nothing"
    : `Copied ${messages(copied)} (seq ${firstSeq} to ${lastSeq})`;
  const more = [
    ...(skipped > 0 ? [`${messages(skipped)} came from there.`] : []),
    ...(missing > 0 ? [`${messages(missing)} were gone before they could be read.`] : []),
  ];
  return [`${what} from ${printable(from)} to ${printable(to)}.`, ...more].join(" ") + "\n";
}

/** What a progress line says. */
export function progressText(
  from: string,
  { copied }: CopyCounts,
  seq: number,
  newestSeq: number,
): string {
  const place = seq > newestSeq ? `at ${digits(seq)}` : `at ${digits(seq)} of ${digits(newestSeq)}`;
  return `bridging ${printable(from)}: ${digits(copied)} copied, ${place}`;
}

function messages(count: number): string {
  return `${digits(count)} ${count === 1 ? "message" : "messages"}`;
}

function digits(count: number): string {
  return count.toLocaleString("en-US");
}
