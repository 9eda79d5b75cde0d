/**
 * Routes that append messages.
 *
 * @module
 */

import { type InputRecord, parseInput } from "../../pool/internal_mod.ts";
import { type AppendOptions, BusyError, PlasmiteError, UsageError } from "../../pool/mod.ts";
import { JsonAnswer, jsonAnswer } from "../answers.ts";
import { failureJson, Refusal } from "../refusal.ts";
import { JSON_LINES_TYPES, JSON_TYPES, poolNameOfPath, readText } from "../requests.ts";
import type { Call, Route } from "../route.ts";

/** How long a request may keep others waiting. */
const YIELD_AFTER_MS = 20;

/** Routes that append messages. */
export const appendRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v0/pools/:pool/append",
    access: "write",
    summary: "Append a message",
    body: {
      type: "application/json",
      description: '{"data": any JSON value, "tags": [TEXT, ...], "durability": "flush"}: tags ' +
        "and durability may be left out or null.",
    },
    answer: { type: "application/json", description: '{"message": ENVELOPE}.' },
    handle: append,
  },
  {
    method: "POST",
    path: "/v0/pools/:pool/messages",
    access: "write",
    summary: "Append many messages",
    query: {
      atomic: "request (the default): all or none. line: each on its own.",
      durability: "flush: answer when all are on storage.",
    },
    body: {
      type: "application/jsonl",
      description: 'A line for each message: {"data": any JSON value, "tags": [TEXT, ...]}.',
    },
    answer: {
      type: "application/json",
      description: '{"messages": [{"seq", "time"}, ...]}; with atomic=line {"results": ' +
        '[{"seq", "time"} or {"error"}, ...]}.',
    },
    handle: appendMany,
  },
];

async function append(call: Call): Promise<JsonAnswer> {
  const { request, segments, serving } = call;
  const { maxBodyBytes: maxBytes } = serving.config.limits;
  const name = poolNameOfPath(segments.pool);
  const record = readInput(await readText(request, { types: JSON_TYPES, maxBytes }));
  const { durability } = record.members;
  if (typeof (durability ?? "") !== "string") {
    throw new Refusal(422, new UsageError("durability must be a string"));
  }
  const options = appendOptions(durability);
  call.admit();
  const [message] = await appendAll(call, name, [record], options);
  return new JsonAnswer(`{"message":${message.envelope}}`);
}

async function appendMany(call: Call): Promise<JsonAnswer> {
  const { request, query, segments, serving } = call;
  const { maxBodyBytes: maxBytes } = serving.config.limits;
  const name = poolNameOfPath(segments.pool);
  const options = appendOptions(query.text("durability"));
  const eachAlone = query.choice("atomic", ["request", "line"]) === "line";
  const lines = (await readText(request, { types: JSON_LINES_TYPES, maxBytes })).split("\n");
  const texts = lines.filter((line) => line.trim() !== "");
  if (texts.length === 0) throw new UsageError("the body has no message");
  if (eachAlone) {
    call.admit();
    return jsonAnswer({ results: await appendEach(call, name, texts, options) });
  }
  const records = texts.map((text, i) => inLine(i + 1, () => parseInput(text)));
  call.admit();
  const messages = await appendAll(call, name, records, options);
  return jsonAnswer({ messages: messages.map(({ seq, time }) => ({ seq, time })) });
}

/** Appends each of the messages on its own, and tells for each what became of it. */
async function appendEach(
  call: Call,
  name: string,
  texts: readonly string[],
  options: AppendOptions,
): Promise<unknown[]> {
  const { request, serving } = call;
  // Without the pool, no line could be appended: that is the answer for the whole.
  await serving.pools.use(name, () => {});
  const results: unknown[] = [];
  let turnStartedMs = performance.now();
  /** Why none of the rest is tried. */
  let end: PlasmiteError | undefined;
  for (const text of texts) {
    if (end === undefined && performance.now() - turnStartedMs > YIELD_AFTER_MS) {
      await new Promise<void>((resolve) => globalThis.setImmediate(resolve));
      turnStartedMs = performance.now();
      if (request.signal.aborted || serving.closing.aborted) {
        end = new BusyError("the server is stopping", { hint: "Send the rest again." });
      }
    }
    try {
      if (end !== undefined) throw end;
      const [{ seq, time }] = await appendAll(call, name, [parseInput(text)], options);
      results.push({ seq, time });
    } catch (error) {
      if (!(error instanceof PlasmiteError)) throw error;
      // To wait for the pool again with each of them would keep others waiting.
      if (error instanceof BusyError) end = error;
      results.push({ error: failureJson(error) });
    }
  }
  return results;
}

/** Appends all of `records`, or none of them. */
async function appendAll(
  { serving }: Call,
  name: string,
  records: readonly InputRecord[],
  options: AppendOptions,
) {
  const messages = await serving.pools.use(name, (pool) => pool.appendMany(records, options));
  serving.metrics.appended(messages.length);
  return messages;
}

/** By contract any other word than `flush` means fast. */
function appendOptions(durability: unknown): AppendOptions {
  return { durability: durability === "flush" ? "flush" : "fast" };
}

/** By contract a member of a wrong type is told apart from text that is no JSON. */
function readInput(text: string): InputRecord {
  try {
    return parseInput(text);
  } catch (error) {
    if (!(error instanceof UsageError) || error.cause instanceof SyntaxError) throw error;
    throw new Refusal(422, error);
  }
}

function inLine<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`message ${line}: ${error.message}`, {
      cause: error.cause,
      hint: `${error.hint ?? ""} Nothing was appended.`.trim(),
    });
  }
}
