/**
 * Routes that give messages out.
 *
 * @module
 */

import { parseEnvelope } from "../../pool/internal_mod.ts";
import { NotFoundError, UsageError } from "../../pool/mod.ts";
import { JsonAnswer } from "../answers.ts";
import { LineTail } from "../line_tail.ts";
import { poolNameOfPath, type Query, wholeNumber } from "../requests.ts";
import type { Call, Route } from "../route.ts";
import { SELECTION_KEYS, tailSelection } from "../tail_query.ts";

const decoder = new TextDecoder();

/** An answer has no more messages once it is this large. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** How many messages one answer holds unless it is asked for more, and at most. */
const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1000;

/** Routes that give messages out. */
export const messageRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v0/pools/:pool/messages",
    access: "read",
    summary: "Read retained messages, without waiting for more",
    query: {
      ...SELECTION_KEYS,
      limit: `How many at most: 1 to ${LIMIT_MAX}, by default ${LIMIT_DEFAULT}.`,
    },
    answer: {
      type: "application/json",
      description: '{"messages": [ENVELOPE, ...], "next_seq": N}: with since_seq=N come the ' +
        "following ones.",
    },
    handle: readMany,
  },
  {
    method: "GET",
    path: "/v0/pools/:pool/messages/:seq",
    access: "read",
    summary: "Read a message",
    answer: { type: "application/json", description: '{"message": ENVELOPE}.' },
    handle: readOne,
  },
];

async function readMany({ query, segments, serving, admit }: Call): Promise<JsonAnswer> {
  const name = poolNameOfPath(segments.pool);
  const selection = tailSelection(query);
  const maxMessages = readLimit(query);
  admit();
  return await serving.read(name, async (pool) => {
    const { nextSeq } = await pool.info();
    const untilSeq = Math.min(selection.untilSeq ?? Infinity, nextSeq - 1);
    const options = { ...selection, untilSeq, maxMessages };
    const tail = await LineTail.open(pool, options, serving.filters);
    try {
      const { envelopes, isAll } = await readPage(tail, maxMessages);
      const wanted = isAll
        ? Math.max(untilSeq + 1, selection.sinceSeq ?? 0)
        : parseEnvelope(envelopes.at(-1)!).seq + 1;
      return new JsonAnswer(`{"messages":[${envelopes.join(",")}],"next_seq":${wanted}}`);
    } finally {
      tail.close();
    }
  });
}

/** Envelopes of a tail up to a number of them, or of bytes; `isAll` when it had no more. */
async function readPage(
  tail: LineTail,
  maxMessages: number,
): Promise<{ envelopes: string[]; isAll: boolean }> {
  const envelopes: string[] = [];
  let bytes = 0;
  while (envelopes.length < maxMessages && bytes < PAGE_BYTES) {
    const lines = await tail.next();
    if (lines === undefined) return { envelopes, isAll: true };
    envelopes.push(...decoder.decode(lines.bytes).trimEnd().split("\n"));
    bytes += lines.bytes.length;
  }
  return { envelopes, isAll: false };
}

function readLimit(query: Query): number {
  const limit = query.number("limit") ?? LIMIT_DEFAULT;
  if (limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new UsageError(`limit must be 1 to ${LIMIT_MAX}`);
}

async function readOne({ segments, serving, admit }: Call): Promise<JsonAnswer> {
  const name = poolNameOfPath(segments.pool);
  const seq = wholeNumber(segments.seq, "seq");
  admit();
  return await serving.read(name, async (pool) => {
    try {
      return new JsonAnswer(`{"message":${(await pool.get(seq)).envelope}}`);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new NotFoundError("not found", { path: name, seq, hint: error.hint });
    }
  });
}
