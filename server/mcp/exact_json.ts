/**
 * JSON values that are written as they were read, also numbers that JavaScript has no value for.
 *
 * @module
 */

/** What a reviver is told of a primitive: see the proposal "JSON.parse source text access". */
interface Source {
  source?: string;
}

const { parse, rawJSON, isRawJSON } = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: Source) => unknown): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): value is { rawJSON: string };
};

/**
 * The value that `text` spells, in which a number stands as `JSON.stringify` has to write it
 * when JavaScript would spell it in another way: `12345678901234567890`, or `1.0`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(JSON.stringify(exactJson('{"id":12345678901234567890}')), '{"id":12345678901234567890}');
 * ```
 */
export function exactJson(text: string): unknown {
  return parse(text, (_key, value, { source }) => {
    return typeof value === "number" && String(value) !== source ? rawJSON(source!) : value;
  });
}

/** How deep a value may be nested to be taken apart, which takes steps of the stack. */
export const NESTING_MAX = 512;

/**
 * The message that the envelope `line` spells. One whose data is nested too deep for this stands
 * as text: `data_text` has it, and `data` is null.
 */
export function messageJson(line: string): unknown {
  if (nestingOf(line) <= NESTING_MAX) return exactJson(line);
  const start = line.indexOf(DATA_KEY) + DATA_KEY.length;
  const message = exactJson(`${line.slice(0, start)}null}`) as Record<string, unknown>;
  return { ...message, data_text: line.slice(start, -1) };
}

/** The key of the data in an envelope. It is the last one, and no tag can look like it. */
const DATA_KEY = ',"data":';

/** How deep the JSON `text` is nested. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/g)) {
    if (token === "[" || token === "{") deepest = Math.max(deepest, ++depth);
    else if (token === "]" || token === "}") depth--;
  }
  return deepest;
}

/**
 * The JSON-RPC message that `text` spells. What is to be fed, which is called `data`, stays exact;
 * all other numbers are JavaScript's.
 */
export function requestJson(text: string): unknown {
  if (nestingOf(text) > NESTING_MAX) return JSON.parse(text);
  return withNumbers("", exactJson(text));
}

function withNumbers(key: string, value: unknown): unknown {
  if (isRawJSON(value)) return Number(value.rawJSON);
  if (key === "data" || typeof value !== "object" || value === null) return value;
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    const member = withNumbers(name, members[name]);
    if (member !== members[name]) members[name] = member;
  }
  return members;
}
