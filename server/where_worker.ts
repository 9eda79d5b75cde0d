/**
 * Asks jq predicates of clients, in a thread of its own: see where_filter.ts. Its data are the
 * expressions; it answers once when they are compiled, and then for each run of JSON Lines
 * with the numbers of those that match.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";
import { compileWhere, type MessagePredicate, UsageError } from "../pool/mod.ts";
import type { WhereAnswer } from "./where_filter.ts";

const port = parentPort!;

const answer = (value: WhereAnswer) => port.postMessage(value);

function matches(accepts: MessagePredicate, lines: string): number[] {
  const numbers: number[] = [];
  lines.trimEnd().split("\n").forEach((line, number) => {
    if (accepts({ toJSON: () => JSON.parse(line) })) numbers.push(number);
  });
  return numbers;
}

function failure(error: unknown): WhereAnswer {
  if (!(error instanceof UsageError)) throw error;
  return { failure: { message: error.message, hint: error.hint } };
}

try {
  const accepts = await compileWhere(workerData as string[]);
  port.on("message", (lines: string) => {
    try {
      answer({ matches: matches(accepts, lines) });
    } catch (error) {
      answer(failure(error));
    }
  });
  answer({ matches: [] });
} catch (error) {
  answer(failure(error));
}
