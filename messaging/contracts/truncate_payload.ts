/**
 * The preview of a payload: one short line that cannot steer a terminal.
 *
 * @module
 */

/** The most bytes of a payload that a preview shows. */
export const PREVIEW_MAX_BYTES = 60;

// deno-lint-ignore no-control-regex
const CSI = /\x1b\[[\x20-\x3f]*[\x40-\x7e]?/g;
// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

const encoder = new TextEncoder();

/**
 * Makes a preview of `payload`: without terminal sequences and control characters, line ends
 * as blanks, nothing blank at its end, and cut to {@linkcode PREVIEW_MAX_BYTES} bytes between
 * two characters, with a `…` behind when something was cut off. Tabs stay.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(truncatePayload("\x1b[1mone\x1b[0m\ntwo\n"), "one two");
 * ```
 */
export function truncatePayload(payload: string): string {
  const cleaned = payload.replace(CSI, "").replace(CONTROLS, "").replace(/[\n\r]/g, " ");
  const line = cleaned.slice(0, blankEndOf(cleaned));
  const cut = encoder.encodeInto(line, new Uint8Array(PREVIEW_MAX_BYTES)).read;
  return cut < line.length ? line.slice(0, cut) + "…" : line;
}

/** Where the blanks at the end begin. A regular expression would try every run of blanks. */
function blankEndOf(text: string): number {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return end;
}
