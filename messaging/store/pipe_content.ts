/**
 * What is in the pool of a pipe.
 *
 * @module
 */

import { type MessagePool, NotFoundError } from "../../pool/mod.ts";
import { type Envelope, envelopeOf } from "../contracts/mod.ts";

/** What is in a pipe. */
export interface PipeContent {
  /** Messages. */
  readonly total: number;
  /** The number of the oldest message, and of the newest one; 0 for what never had any. */
  readonly oldestSeq: number;
  readonly lastSeq: number;
  /** When the newest one was stored: RFC 3339. */
  readonly lastAt?: string;
  /** The newest one, if that can be read. */
  readonly last?: Envelope;
  /** When what holds the messages was created: RFC 3339; `""` for what is not there. */
  readonly created: string;
}

/** What is in a pipe that has no pool. */
export const NOTHING: PipeContent = { total: 0, oldestSeq: 0, lastSeq: 0, created: "" };

/** What is in the pool of a pipe. */
export async function contentOf(pool: MessagePool): Promise<PipeContent> {
  const { bounds, nextSeq, times, createdAt: created } = await pool.info();
  const lastSeq = nextSeq - 1;
  if (bounds === undefined) return { ...NOTHING, lastSeq, created };
  const { oldest: oldestSeq, newest } = bounds;
  const last = await envelopeAt(pool, newest);
  const total = newest - oldestSeq + 1;
  return { total, oldestSeq, lastSeq, lastAt: shortTime(times?.newest), last, created };
}

async function envelopeAt(pool: MessagePool, seq: number): Promise<Envelope | undefined> {
  try {
    return envelopeOf((await pool.get(seq)).data);
  } catch (error) {
    // Given up since, or damaged.
    if (error instanceof NotFoundError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A time of a pool without zeros at its end, as the contract has it. */
function shortTime(time: string | undefined): string | undefined {
  return time?.replace(/\.(\d*?)0*Z$/, (_, digits) => digits === "" ? "Z" : `.${digits}Z`);
}
