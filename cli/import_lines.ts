/**
 * Lines of an export, one after another, as long as messages can be.
 *
 * @module
 */

import { IoError, UsageError } from "../pool/mod.ts";
import type { ImportLine } from "../pool/mod.ts";
import type { ByteSource } from "./session.ts";

const FIRST_BUFFER_BYTES = 256 * 1024;

/** More than the largest message and its envelope take: 256 MiB and room for tags. */
const MAX_LINE_BYTES = 257 * 1024 * 1024;

const LINE_FEED = 10;

/**
 * Yields the lines of `source`, which is read as they are asked for; the last one may
 * lack its line feed.
 *
 * @throws {IoError} for a line that is not UTF-8.
 * @throws {UsageError} for a line longer than any message.
 */
export function* importLines(source: ByteSource): Generator<ImportLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  let filled = 0;
  let number = 0;
  const line = (bytes: Uint8Array): ImportLine => {
    number++;
    try {
      return { number, text: decoder.decode(bytes) };
    } catch {
      throw new IoError(`line ${number} of the input is not UTF-8`, {
        hint: "Give lines as `pls pool export` prints them. Those before it were imported.",
      });
    }
  };
  for (;;) {
    const count = source.readSync(buffer.subarray(filled));
    if (count === null) break;
    // What was there before has no line feed.
    let end = buffer.subarray(0, filled + count).indexOf(LINE_FEED, filled);
    filled += count;
    let start = 0;
    for (; end !== -1; end = buffer.subarray(0, filled).indexOf(LINE_FEED, start)) {
      yield line(buffer.subarray(start, end));
      start = end + 1;
    }
    buffer.copyWithin(0, start, filled);
    filled -= start;
    if (filled > MAX_LINE_BYTES) {
      throw new UsageError(`line ${number + 1} of the input is longer than any message`);
    }
    if (filled === buffer.length) buffer = doubled(buffer);
  }
  if (filled > 0) yield line(buffer.subarray(0, filled));
}

function doubled(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * buffer.length);
  larger.set(buffer);
  return larger;
}
