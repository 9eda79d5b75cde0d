/**
 * Bytes to lines: what arrives is cut anywhere, and a line counts only once its line
 * feed is there.
 *
 * @module
 */

const LINE_FEED = 0x0a;

/** Holds back the beginning of a line until the rest of it has come. */
export class LineFramer {
  #held: Uint8Array[] = [];

  /** True when the bytes so far end with a line feed. */
  get isWhole(): boolean {
    return this.#held.length === 0;
  }

  /** Takes in more bytes and returns those of the lines that are whole now, maybe none. */
  push(chunk: Uint8Array): Uint8Array {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      if (chunk.length > 0) this.#held.push(chunk);
      return chunk.subarray(0, 0);
    }
    const lines = joined([...this.#held, chunk.subarray(0, end)]);
    this.#held = end === chunk.length ? [] : [chunk.subarray(end)];
    return lines;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
