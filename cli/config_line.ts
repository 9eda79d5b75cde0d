/**
 * On which line of JSON with comments something stands: parsing loses that.
 *
 * @module
 */

/** The line, from 1, of the character at `position`. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split(/\r\n|\r|\n/).length;
}

/** Comments, strings with what is between them and a colon, and brackets. */
const TOKEN = /\/\*[^]*?\*\/|\/\/.*|("(?:\\[^]|[^"\\])*")((?:\s|\/\*[^]*?\*\/|\/\/.*)*:)?|[{}[\]]/g;

/**
 * The line, from 1, of the key that is reached through `keys`, the outermost first;
 * of the last one when it stands there twice, as that is the one that counts.
 *
 * @param text Valid JSON with comments.
 * @returns 1 when there is no such key.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(lineOfKey('{\n  "a": {\n    "b": 1\n  }\n}', ["a", "b"]), 3);
 * ```
 */
export function lineOfKey(text: string, keys: readonly string[]): number {
  const path: (string | undefined)[] = [];
  let line = 1;
  for (const { 0: token, 1: string, 2: colon, index } of text.matchAll(TOKEN)) {
    // An element of a list is behind no key.
    if (token === "{" || token === "[") path.push(undefined);
    else if (token === "}" || token === "]") path.pop();
    else if (colon !== undefined) {
      path[path.length - 1] = JSON.parse(string);
      const isIt = path.length === keys.length && keys.every((key, depth) => key === path[depth]);
      if (isIt) line = lineAt(text, index);
    }
  }
  return line;
}
