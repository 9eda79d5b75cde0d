/**
 * Copies of messages: what they are made of, and how many go together.
 *
 * @module
 */

import { CorruptError, JsonText, type Message, type MessageInput } from "../../pool/mod.ts";
import { type CopyMark, originId, originTag } from "./origin_tag.ts";

/** Copies appended together, at most. */
export const TOGETHER_MAX = 512;

/** What separates two tags, or a tag and what is in front of it. */
const TAG_SURROUNDINGS = 3;

/** A copy that is to be appended. */
export interface Copy {
  /** The number of the message where it comes from. */
  readonly seq: number;
  /** What is appended. */
  readonly input: MessageInput;
  /** About how many bytes that is. */
  readonly bytes: number;
}

/**
 * A copy of `message`: its payload text, time and tags, and the tag of its origin behind them.
 *
 * @throws {CorruptError} when some other program stored text that is not JSON.
 */
export function copyOf(message: Message, mark: CopyMark): Copy {
  const { seq, time } = message;
  const tags = [...message.tags, originTag(mark, seq)];
  const json = payloadOf(message);
  const bytes = tags.reduce((sum, tag) => sum + tag.length + TAG_SURROUNDINGS, json.text.length);
  return { seq, bytes, input: { json, tags, origin: { time, id: originId(mark, seq) } } };
}

function payloadOf({ seq, json }: Message): JsonText {
  try {
    return JsonText.parse(json);
  } catch (cause) {
    throw new CorruptError(`message ${seq} does not hold JSON`, {
      seq,
      cause,
      hint: "Another program wrote it. To leave it out, bridge with `--where '.seq != " +
        `${seq}' --from-seq ${seq}\`.`,
    });
  }
}

/** As many of `copies`, from the first on and at least that, as take `bytesMax` together. */
export function together(copies: readonly Copy[], bytesMax: number): readonly Copy[] {
  let bytes = copies[0].bytes;
  let count = 1;
  while (count < Math.min(copies.length, TOGETHER_MAX)) {
    bytes += copies[count].bytes;
    if (bytes > bytesMax) break;
    count++;
  }
  return copies.slice(0, count);
}
