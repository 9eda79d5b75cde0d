/**
 * Words of command lines that are printed to be copied.
 *
 * @module
 */

/**
 * Spells `word` so that a shell takes it for one word: bare when it has nothing but
 * letters, digits and `/ _ - . : =`, and else in single quotes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(shellWord("my token.txt"), "'my token.txt'");
 * ```
 */
export function shellWord(word: string): string {
  return /^[A-Za-z\d/_\-.:=]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
