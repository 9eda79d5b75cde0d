/**
 * Reading everything that is in a pool, in two ways.
 *
 * @module
 */

import { type Gap, type Message, PlasmiteError, type Pool, type TailOptions } from "@plasmite/pool";
import { assert, assertEquals } from "@std/assert";
import { frameBytes } from "../../pool/frame.ts";
import { PATIENCE_MS } from "../process/child.ts";

/** Messages by number, in the order they came. */
export type Messages = ReadonlyMap<number, Message>;

/**
 * What `get` returns for each number that the pool has.
 *
 * @throws when it fails with anything but `NotFound` and `Corrupt`.
 */
export function readEach(pool: Pool): Messages {
  const messages = new Map<number, Message>();
  const { bounds, usedBytes, ringSizeBytes } = pool.info();
  assert(usedBytes <= ringSizeBytes, `${usedBytes} bytes of ${ringSizeBytes} are used`);
  for (let seq = bounds?.oldest ?? 1; seq <= (bounds?.newest ?? 0); seq++) {
    try {
      messages.set(seq, pool.get(seq));
    } catch (error) {
      const kind = error instanceof PlasmiteError ? error.kind : undefined;
      if (kind !== "NotFound" && kind !== "Corrupt") throw error;
    }
  }
  return messages;
}

/**
 * What a tail delivers up to the message `toSeq`. Together with the gaps it reports that is
 * every number, from `fromSeq` on if given: none is missing, none comes twice.
 */
export async function follow(
  pool: Pool,
  options: TailOptions,
  { fromSeq, toSeq }: { fromSeq?: number; toSeq: number },
): Promise<Messages> {
  const messages = new Map<number, Message>();
  let expectedSeq = fromSeq;
  const onGap = (gap: Gap) => {
    assertEquals(gap.fromSeq, expectedSeq ?? gap.fromSeq, "where a gap starts");
    assertEquals(gap.toSeq, gap.fromSeq + gap.count - 1);
    expectedSeq = gap.toSeq + 1;
  };
  if (toSeq === 0) return messages;
  for await (const message of pool.tail({ ...options, onGap, timeoutMs: PATIENCE_MS })) {
    assertEquals(message.seq, expectedSeq ?? message.seq, "which message comes next");
    expectedSeq = message.seq + 1;
    messages.set(message.seq, message);
    if (message.seq >= toSeq) break;
  }
  return messages;
}

/** The highest number there is, or 0. */
export function newestSeq(messages: Messages): number {
  return Math.max(0, ...messages.keys());
}

/** The messages as text. */
export function envelopesOf(messages: Messages): Map<number, string> {
  return new Map(Array.from(messages, ([seq, { envelope }]) => [seq, envelope]));
}

/** The messages from number `fromSeq` on. */
export function messagesFrom(messages: Messages, fromSeq: number): Messages {
  return new Map([...messages].filter(([seq]) => seq >= fromSeq));
}

const encoder = new TextEncoder();

/** Bytes that the frames of these messages take. */
export function bytesOf(messages: Iterable<Message>): number {
  let bytes = 0;
  for (const { tags, json } of messages) {
    const tagsBytes = tags.length === 0 ? 0 : encoder.encode(JSON.stringify(tags)).length;
    bytes += frameBytes(tagsBytes, encoder.encode(json).length);
  }
  return bytes;
}
