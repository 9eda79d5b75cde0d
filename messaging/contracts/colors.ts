/**
 * The four colours that messaging uses, around a value and nothing else.
 *
 * @module
 */

/** A colour, or `dim`. */
export type Color = "green" | "red" | "amber" | "dim";

const CODES: Readonly<Record<Color, number>> = { green: 32, red: 31, amber: 33, dim: 2 };

/** Colours text, or leaves it as it is. */
export type Paint = (text: string, color: Color | undefined) => string;

/**
 * Makes the function that colours text: one that does when `color` is true, and one that
 * leaves it as it is otherwise.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(painter(true)("ok", "green"), "\x1b[32mok\x1b[0m");
 * assertEquals(painter(false)("ok", "green"), "ok");
 * ```
 */
export function painter(color: boolean): Paint {
  if (!color) return (text) => text;
  return (text, name) => name === undefined ? text : `\x1b[${CODES[name]}m${text}\x1b[0m`;
}
