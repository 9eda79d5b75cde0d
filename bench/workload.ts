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

/** A record of 1 KiB as services log them: what is worth parsing. */
export const RECORD = recordOf(1024);
/** It as JSON. */
export const RECORD_JSON = JSON.stringify(RECORD);

function recordOf(bytes: number): Record<string, unknown> {
  const record = {
    id: 48213,
    level: "info",
    service: "checkout",
    host: "web-17",
    request: { method: "POST", path: "/v1/orders/48213/items", status: 201, ms: 12.75 },
    user: { id: 9917, plan: "team" },
    text: "",
  };
  record.text = "order accepted; ".repeat(bytes).slice(0, bytes - JSON.stringify(record).length);
  // A string that is a slice of another one would take longer to write.
  return JSON.parse(JSON.stringify(record));
}

/** Appends at least `count` messages. */
export function fill(pool: Pool, count: number, message: unknown = MESSAGE): void {
  const batch = Array.from({ length: BATCH }, () => ({ data: message }));
  for (let done = 0; done < count; done += BATCH) pool.appendMany(batch);
}
