/**
 * JSON in the one spelling of messaging: `<`, `>`, `&` and the two line separators of
 * Unicode are escaped, so that the text fits into a page or a script, and so that every
 * program measures the same size.
 *
 * @module
 */

const ESCAPES: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/**
 * Writes a value as JSON. In JSON these characters stand in strings only, so that they
 * can be replaced in the text.
 *
 * @param value what JSON can hold: not `undefined`, not a function.
 * @param indent how many blanks to indent by; 0, the default, for one line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(escapedJson({ a: "<b>" }), '{"a":"\\u003cb\\u003e"}');
 * ```
 */
export function escapedJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent)
    .replace(/[<>&\u2028\u2029]/g, (character) => ESCAPES[character]);
}
