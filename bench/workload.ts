/**
 * What all subjects carry: messages of 1 KiB as JSON, but for those that ask for another
 * size.
 *
 * @module
 */

import type { Pool } from "@plasmite/pool";

/** Messages in one batch. */
export const BATCH = 256;

/** A message that takes `bytes` bytes as JSON, at least 20. */
export function messageOf(bytes: number): { id: number; fill: string } {
  const message = { id: 1, fill: "" };
  message.fill = "x".repeat(bytes - JSON.stringify(message).length);
  return message;
}

/** A message of 1 KiB. */
export const MESSAGE = messageOf(1024);
/** It as JSON. */
export const MESSAGE_JSON = JSON.stringify(MESSAGE);

/** Appends at least `count` messages. */
export function fill(pool: Pool, count: number, message: unknown = MESSAGE): void {
  const batch = Array.from({ length: BATCH }, () => ({ data: message }));
  for (let done = 0; done < count; done += BATCH) pool.appendMany(batch);
}
