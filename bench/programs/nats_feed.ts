/**
 * `pls feed` as the bare client library has it: `nats_feed.ts URL SUBJECT`. Publishes each line of
 * standard input, as many of them under way at once as our client has, and ends when all are
 * acknowledged.
 *
 * It looks at no line, and prints no receipts.
 *
 * @module
 */

import { jetstream } from "@nats-io/jetstream";
import { bareConnection } from "../nats_links.ts";
import { BATCH } from "../workload.ts";
import { lineBatchesOf } from "./lines.ts";

const [url, subject] = Deno.args;
const connection = await bareConnection(url);
const stream = jetstream(connection);
/** In the order they were sent. */
const underWay: Promise<unknown>[] = [];
let at = 0;
for await (const lines of lineBatchesOf(Deno.stdin.readable)) {
  for (const line of lines) {
    // The oldest one of a full window has to be acknowledged first.
    await underWay[at];
    underWay[at] = stream.publish(subject, line);
    at = (at + 1) % BATCH;
  }
}
await Promise.all(underWay);
await connection.close();
