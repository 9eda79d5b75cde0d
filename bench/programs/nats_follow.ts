/**
 * `pls follow` as the bare client library has it: `nats_follow.ts URL STREAM`. Writes the payloads
 * of all messages that are there to standard output, each as a line, and ends.
 *
 * @module
 */

import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { bareConnection } from "../nats_links.ts";

/** Written at once, in bytes. */
const BUFFER_BYTES = 64 * 1024;
const LINE_END = 0x0a;

const [url, stream] = Deno.args;
const connection = await bareConnection(url);
const manager = await jetstreamManager(connection);
const { state: { last_seq: newest } } = await manager.streams.info(stream);
const consumer = await jetstream(connection).consumers.get(stream);
const buffer = new Uint8Array(BUFFER_BYTES);
let length = 0;
for await (const { seq, data } of await consumer.consume()) {
  if (length + data.length >= BUFFER_BYTES) flush();
  buffer.set(data, length);
  buffer[length + data.length] = LINE_END;
  length += data.length + 1;
  if (seq >= newest) break;
}
flush();
await connection.close();

function flush(): void {
  for (let at = 0; at < length;) at += Deno.stdout.writeSync(buffer.subarray(at, length));
  length = 0;
}
