/**
 * What an intact frame holds, when nobody vouches for the program that wrote it.
 *
 * @module
 */

import { CorruptError, UsageError } from "./errors.ts";
import { frameContentEnd, frameNanos, frameTagsEnd } from "./frame.ts";
import { JsonText } from "./json_text.ts";
import { frameTags } from "./message.ts";

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
/** What a lenient decoder puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

/**
 * What is wrong with the content of the frame at `bytes[at]`, whose checksum is right;
 * undefined when nothing is.
 */
export function contentFault(bytes: Uint8Array, view: DataView, at: number): string | undefined {
  if (frameNanos(view, at) > 999_999_999) return "its time has more than 999,999,999 nanoseconds";
  if (readTags(bytes, view, at) === undefined) return "its tags are no JSON array of strings";
  const text = payloadText(bytes, view, at);
  if (text === undefined) return "its payload is not UTF-8";
  if (/[\t\n\r]/.test(text)) return "its payload is not compact";
  try {
    JSON.parse(text);
  } catch {
    return "its payload is not JSON";
  }
  return undefined;
}

/** The content of the frame at `bytes[at]`; undefined when it is no tags and no JSON. */
export function frameContent(
  bytes: Uint8Array,
  view: DataView,
  at: number,
): { tags: readonly string[]; json: JsonText } | undefined {
  const tags = readTags(bytes, view, at);
  const text = payloadText(bytes, view, at);
  if (tags === undefined || text === undefined) return undefined;
  try {
    return { tags, json: JsonText.parse(text) };
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

function readTags(bytes: Uint8Array, view: DataView, at: number): readonly string[] | undefined {
  try {
    return frameTags(bytes, view, at);
  } catch (error) {
    if (error instanceof CorruptError) return undefined;
    throw error;
  }
}

/** Undefined when it is not UTF-8. */
function payloadText(bytes: Uint8Array, view: DataView, at: number): string | undefined {
  const payload = bytes.subarray(frameTagsEnd(view, at), frameContentEnd(view, at));
  // Checking strictly takes several times as long.
  const text = lenient.decode(payload);
  if (!text.includes(REPLACEMENT)) return text;
  try {
    return strict.decode(payload);
  } catch {
    return undefined;
  }
}
