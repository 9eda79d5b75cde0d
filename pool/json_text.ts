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

/** Drops white space between the tokens of valid JSON text. */
function compact(text: string): string {
  let out = "";
  for (const token of tokens(text)) out += token;
  return out;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** One punctuation mark, a bare word such as `true` or `1.0`, or the start of a string. */
const TOKEN = /[{}[\],:]|[^\s{}[\],:"]+|"/g;

/** The tokens of valid JSON text: strings, punctuation marks, and bare words. */
export function* tokens(text: string): Generator<string> {
  TOKEN.lastIndex = 0;
  for (let at = 0;;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return;
    const start = TOKEN.lastIndex - token.length;
    at = token === '"' ? stringEnd(text, start) : TOKEN.lastIndex;
    yield text.slice(start, at);
  }
}

/** Where the string that starts at `start` ends. A pattern would need a stack for this. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1;; at++) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at++;
    else if (unit === QUOTE) return at + 1;
  }
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
  let previous = "";
  const keyDepths: boolean[] = [];
  for (const token of tokens(text)) {
    const opened = previous === "{" || previous === "[";
    const closes = token === "}" || token === "]";
    if (closes) indent = indent.slice(0, -2);
    if (closes) keyDepths.pop();
    if (opened !== closes) out += indent;
    const isKey = keyDepths.at(-1) === true && (previous === "{" || previous === ",");
    out += paint(isKey ? COLOR.key : colorOf(token), token);
    if (token === ",") out += indent;
    if (token === ":") out += " ";
    if (token === "{" || token === "[") {
      indent += "  ";
      keyDepths.push(token === "{");
    }
    previous = token;
  }
  return out;
}

function colorOf(lexeme: string): number {
  const first = lexeme[0];
  if (first === '"') return COLOR.string;
  if (first === "t" || first === "f") return COLOR.boolean;
  return first === "-" || (first >= "0" && first <= "9") ? COLOR.number : COLOR.other;
}
