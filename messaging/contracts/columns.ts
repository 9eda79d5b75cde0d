/**
 * The measures that tables of messaging share: bytes decide how wide a column is, and
 * characters are padded and cut. For ASCII that is the same; any other cell makes its
 * column wider than it looks, and never narrower.
 *
 * @module
 */

const encoder = new TextEncoder();

/**
 * How many bytes of UTF-8 `text` has.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(byteLength("né…"), 6);
 * ```
 */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** How many characters, which are code points, `text` has. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _character of text) count++;
  return count;
}

/** Puts blanks behind `text` until it has `width` characters. */
export function padCharacters(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - characterCount(text)));
}

/**
 * Cuts what has more than `width` characters (1 or more), and puts a `…` at its end.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(cutCharacters("build is green", 5), "buil…");
 * ```
 */
export function cutCharacters(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : characters.slice(0, width - 1).join("") + "…";
}
