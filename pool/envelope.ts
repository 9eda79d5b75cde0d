/**
 * Reading the envelope of a message back from its JSON text, without passing its data
 * through JavaScript values: key order, big integers and the spelling of numbers survive.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import { JsonText, tokens } from "./json_text.ts";
import { MAX_SECONDS, parseTime, type Timestamp } from "./timestamp.ts";

/** A message as it was in a pool. */
export interface MessageRecord {
  /** Its sequence number. */
  seq: number;
  /** When it was appended. */
  time: Timestamp;
  /** Its labels. */
  tags: readonly string[];
  /** Its payload. */
  json: JsonText;
}

/**
 * Reads one line as `pls pool export` and `pls follow --jsonl` write them. The keys may
 * be in any order, and others beside them are ignored.
 *
 * @throws {UsageError} when it is no envelope.
 */
export function parseEnvelope(text: string): MessageRecord {
  const compact = JsonText.parse(text).text;
  const { seq, time, meta, data } = memberTexts(compact);
  if (data === undefined) throw notAnEnvelope("it has no data");
  const number = Number(seq);
  if (seq === undefined || !/^\d+$/.test(seq) || !Number.isSafeInteger(number + 1) || number < 1) {
    throw notAnEnvelope("its seq is no whole number of 1 or more");
  }
  return { seq: number, time: readTime(time), tags: readTags(meta), json: JsonText.parse(data) };
}

/** A message to append, and what else was said beside it. */
export interface InputRecord {
  /** Its payload, spelled as it was given. */
  json: JsonText;
  /** Its labels. */
  tags: readonly string[];
  /** All members of the object, by key. */
  members: Readonly<Record<string, unknown>>;
}

/**
 * Reads a message to append from an object with `data` and, unless there are none, `tags`.
 * Other members are left to the caller.
 *
 * @throws {UsageError} when it is not that.
 */
export function parseInput(text: string): InputRecord {
  let members: unknown;
  try {
    members = JSON.parse(text);
  } catch (cause) {
    throw new UsageError("invalid JSON", { cause, hint: INPUT_HINT });
  }
  if (!isObject(members)) throw new UsageError("not an object with data", { hint: INPUT_HINT });
  if (!Object.hasOwn(members, "data")) {
    throw new UsageError("data is missing", { hint: INPUT_HINT });
  }
  const tags = members.tags ?? [];
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === "string")) {
    throw new UsageError("tags must be an array of strings", { hint: INPUT_HINT });
  }
  // Spelled as most programs spell it, so that its parts are as well.
  const json = JSON.stringify(members) === text
    ? JsonText.stringify(members.data)
    : JsonText.parse(memberTexts(JsonText.parse(text).text).data!);
  return { json, tags, members };
}

const INPUT_HINT = 'Give an object such as {"data": {"id": 1}, "tags": ["a"]}.';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readTime(text: string | undefined): Timestamp {
  const value = text === undefined ? undefined : JSON.parse(text);
  const time = typeof value === "string" ? parseTime(value) : undefined;
  if (time === undefined || time.seconds < 0 || time.seconds > MAX_SECONDS) {
    throw notAnEnvelope("its time is no RFC 3339 time from 1970 to 2514");
  }
  return time;
}

function readTags(text: string | undefined): readonly string[] {
  const tags = text === undefined ? undefined : JSON.parse(text)?.tags;
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
  throw notAnEnvelope("its meta.tags is no array of strings");
}

function notAnEnvelope(why: string): UsageError {
  return new UsageError(`not the envelope of a message: ${why}`, {
    hint: "Give lines as `pls pool export` or `pls follow --jsonl` print them.",
  });
}

/** The members of an object in compact JSON text, by key; of equal keys the last one. */
function memberTexts(text: string): Partial<Record<string, string>> {
  if (!text.startsWith("{")) throw notAnEnvelope("it is no JSON object");
  const members: Partial<Record<string, string>> = Object.create(null);
  let depth = 0;
  let key: string | undefined;
  let start = 0;
  let at = 0;
  for (const token of tokens(text)) {
    at += token.length;
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
    if (depth === 1 && key === undefined && token.startsWith('"')) key = JSON.parse(token);
    else if (depth === 1 && token === ":") start = at;
    const ends = depth === 0 || depth === 1 && token === ",";
    if (!ends || key === undefined) continue;
    members[key] = text.slice(start, at - token.length);
    key = undefined;
  }
  return members;
}
