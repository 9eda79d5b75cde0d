/**
 * What the processes of the crowd have in common: the pool, and the starting signal.
 *
 * @module
 */

import type { Gap } from "@plasmite/pool";

/** The pool they share; whoever comes first makes it. */
export const CROWD_POOL = { name: "crowd", options: { sizeBytes: 65536 } } as const;

/** What a reader of the crowd tells at its end. */
export interface ReaderReport {
  /** Sequence number, writer and counter of every message, in order of arrival. */
  delivered: [seq: number, writer: number, counter: number][];
  /** Gaps, in order of arrival. */
  gaps: Gap[];
  /** Sequence numbers of messages that no writer could have written. */
  counterfeit: number[];
}

/** Waits for a line on standard input. */
export async function waitForLine(): Promise<void> {
  await Deno.stdin.read(new Uint8Array(16));
}
