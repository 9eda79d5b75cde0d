/**
 * Decoding UTF-8 in large pieces, and finding where it stops being UTF-8.
 *
 * @module
 */

/** Takes a sixth of the time of a decoder that is fatal. */
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a lenient decoder puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

const encoder = new TextEncoder();

/** The text of `bytes`, U+FFFD for what is not UTF-8. */
export function decodeLeniently(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}

/**
 * How many bytes lie before the first one that is not UTF-8.
 *
 * @param text What {@linkcode decodeLeniently} makes of `bytes`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new Uint8Array([0x61, 0xff, 0x62]);
 * assertEquals(validByteCount(bytes, decodeLeniently(bytes)), 1);
 * ```
 */
export function validByteCount(bytes: Uint8Array, text: string): number {
  if (!text.includes(REPLACEMENT) || isValid(bytes, false)) return bytes.length;
  let valid = 0;
  for (let invalid = bytes.length; invalid - valid > 1;) {
    const middle = (valid + invalid) >>> 1;
    if (isValid(bytes.subarray(0, middle), true)) valid = middle;
    else invalid = middle;
  }
  // The beginning of the bad character is no text either.
  while (!isValid(bytes.subarray(0, valid), false)) valid--;
  return valid;
}

function isValid(bytes: Uint8Array, mayBeCut: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: mayBeCut });
    return true;
  } catch {
    return false;
  }
}

/** True when `text` takes more than `limitBytes` as UTF-8. */
export function isLongerThan(limitBytes: number, text: string): boolean {
  // One to three bytes for each unit of a string.
  if (3 * text.length <= limitBytes) return false;
  return text.length > limitBytes || encoder.encode(text).length > limitBytes;
}

/**
 * The beginning of `text`, of at most `limitBytes` as UTF-8, three dots included that
 * stand for what was cut off.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(shortened("ééé", 5), "é...");
 * ```
 */
export function shortened(text: string, limitBytes: number): string {
  if (!isLongerThan(limitBytes, text)) return text;
  // It never writes a part of a character.
  const { read } = encoder.encodeInto(text, new Uint8Array(limitBytes - 3));
  return text.slice(0, read) + "...";
}
