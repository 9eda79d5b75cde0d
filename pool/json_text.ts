/**
 * JSON as text: checked, compacted and indented without passing through JavaScript
 * values, so that key order, big integers and the spelling of numbers survive.
 *
 * @module
 */

import { UsageError } from "./errors.ts";

/**
 * Compact JSON text that is known to be valid.
 *
 * @example
 * ```ts
 * import { JsonText } from "@plasmite/pool";
 *
 * const text = JsonText.parse('{ "id": 12345678901234567890, "b": 1.0, "a": 2 }');
 * console.log(text.text); // {"id":12345678901234567890,"b":1.0,"a":2}
 * ```
 */
export class JsonText {
  /** The JSON text, without insignificant white space. */
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /**
   * Checks `text`, which must be one JSON value, and drops its insignificant white
   * space.
   *
   * @throws {UsageError} when it is not valid JSON.
   */
  static parse(text: string): JsonText {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new UsageError("invalid JSON", {
        cause,
        hint: "Give one JSON value, with strings and keys in double quotes.",
      });
    }
    // Native, and true for most producers: then there is nothing to drop.
    if (JSON.stringify(value) === text) return new JsonText(text);
    return new JsonText(wellFormed(compact(text)));
  }

  /**
   * The JSON text of `value`, as `JSON.stringify` writes it.
   *
   * @throws {UsageError} when JSON can't express it: `undefined`, a function, a
   * bigint, a cycle.
   */
  static stringify(value: unknown): JsonText {
    return new JsonText(stringifyJson(value));
  }
}

/** The text of {@linkcode JsonText.stringify} without the object around it. */
export function stringifyJson(value: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (text === undefined) {
    throw new UsageError("data can't be written as JSON", {
      cause,
      hint: "Give null, a boolean, a number, a string, an array or an object without cycles.",
    });
  }
  return text;
}

/** A string literal, or a run of anything that is neither white space nor a string. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"]+/g;

/** Drops white space between the tokens of valid JSON text. */
function compact(text: string): string {
  return text.match(TOKEN)!.join("");
}

/** Spells lone surrogates as escapes: UTF-8 has no bytes for them. */
function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  return text.replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    (unit) => "\\u" + unit.charCodeAt(0).toString(16),
  );
}

/** How {@linkcode prettyJson} writes. */
export interface PrettyJsonOptions {
  /** Colour keys, strings, numbers, booleans and punctuation. Default false. */
  color?: boolean;
}

/** SGR colour codes of the parts of JSON text. */
const COLOR = { key: 36, string: 32, number: 33, boolean: 35, other: 39 };

/** A string with the colon after it when it is a key, a punctuation mark, or a bare word. */
const LEXEME = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\],]|[^\s{}[\],":]+/g;

/**
 * Indents valid JSON text by two blanks a level, as `JSON.stringify(value, null, 2)`
 * does, without touching the spelling of any value.
 */
export function prettyJson(text: string, options: PrettyJsonOptions = {}): string {
  const paint = options.color
    ? (code: number, part: string) => `\x1b[${code}m${part}\x1b[0m`
    : (_code: number, part: string) => part;
  let out = "";
  let indent = "\n";
  let afterOpening = false;
  for (const [lexeme, string, colon] of text.matchAll(LEXEME)) {
    const closing = lexeme === "}" || lexeme === "]";
    if (closing) indent = indent.slice(0, -2);
    if (afterOpening !== closing) out += indent;
    if (lexeme === ",") out += paint(COLOR.other, ",") + indent;
    else if (colon !== undefined) out += paint(COLOR.key, string) + paint(COLOR.other, ":") + " ";
    else out += paint(colorOf(lexeme), lexeme);
    afterOpening = lexeme === "{" || lexeme === "[";
    if (afterOpening) indent += "  ";
  }
  return out;
}

function colorOf(lexeme: string): number {
  const first = lexeme[0];
  if (first === '"') return COLOR.string;
  if (first === "t" || first === "f") return COLOR.boolean;
  return first === "-" || (first >= "0" && first <= "9") ? COLOR.number : COLOR.other;
}
