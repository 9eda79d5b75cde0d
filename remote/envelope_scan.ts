/**
 * Where the parts of an envelope lie in its bytes, without parsing its data.
 *
 * Only the one spelling is understood that `pls` writes; anything else has to be read
 * the slow way.
 *
 * @module
 */

/** An envelope in a buffer. */
export interface EnvelopeSpan {
  /** Where its line starts. */
  start: number;
  /** Where its line ends: the place of the line feed. */
  end: number;
  /** Its sequence number. */
  seq: number;
  /** Where its time starts and ends, without the quotes. */
  timeStart: number;
  /** Where its time ends. */
  timeEnd: number;
  /** Where its tags start, as a JSON array. */
  tagsStart: number;
  /** Where its tags end. */
  tagsEnd: number;
  /** Where its data starts, as JSON; it ends one byte before the line does. */
  dataStart: number;
}

const encode = (text: string) => new TextEncoder().encode(text);
const SEQ = encode('{"seq":');
const TIME = encode(',"time":"');
const TAGS = encode('","meta":{"tags":');
const DATA = encode('},"data":');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CLOSE_BRACE = 0x7d;

/** The parts of the line from `start` up to the line feed at `end`; undefined when it is spelled otherwise. */
export function scanEnvelope(
  bytes: Uint8Array,
  start: number,
  end: number,
): EnvelopeSpan | undefined {
  if (bytes[end - 1] !== CLOSE_BRACE || !isAt(bytes, start, SEQ)) return undefined;
  let at = start + SEQ.length;
  let seq = 0;
  for (let digit = bytes[at] - 0x30; digit >= 0 && digit <= 9; digit = bytes[++at] - 0x30) {
    seq = seq * 10 + digit;
  }
  if (!Number.isSafeInteger(seq) || !isAt(bytes, at, TIME)) return undefined;
  const timeStart = at + TIME.length;
  const timeEnd = bytes.indexOf(QUOTE, timeStart);
  if (timeEnd === -1 || !isAt(bytes, timeEnd, TAGS)) return undefined;
  const tagsStart = timeEnd + TAGS.length;
  const tagsEnd = arrayEnd(bytes, tagsStart, end);
  if (tagsEnd === -1 || !isAt(bytes, tagsEnd, DATA)) return undefined;
  const dataStart = tagsEnd + DATA.length;
  if (dataStart >= end - 1) return undefined;
  return { start, end, seq, timeStart, timeEnd, tagsStart, tagsEnd, dataStart };
}

function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Where the array of strings ends that begins at `at`; -1 when none does before `end`. */
function arrayEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== OPEN) return -1;
  let inString = false;
  for (let i = at + 1; i < end; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === CLOSE) return i + 1;
    else if (byte === OPEN) return -1;
  }
  return -1;
}
