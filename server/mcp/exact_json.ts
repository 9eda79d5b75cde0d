/**
 * JSON values that are written as they were read, also numbers that JavaScript has no value for.
 *
 * @module
 */

/** What a reviver is told of a primitive: see the proposal "JSON.parse source text access". */
interface Source {
  source?: string;
}

const { parse, rawJSON } = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: Source) => unknown): unknown;
  rawJSON(text: string): unknown;
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
