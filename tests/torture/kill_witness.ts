/**
 * A reader that sees everything that happens to a pool: `kill_witness.ts DIRECTORY POOL`.
 *
 * It checks that every message is genuine, and every batch there as a whole or not at
 * all, and prints `SEQ WRITER COUNTER` for each message, `gap FROM TO REASON` for what it
 * missed, and `end SEQ` for the message tagged `end`, after which it ends.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Client, type Gap, type Message, NotFoundError, type Pool } from "@plasmite/pool";
import { batchBytes, batchOf, isGenuine, isUnbatched } from "../process/workload.ts";

/** Bound on the life of a witness. */
const TIMEOUT_MS = 300_000;

/** A message of a batch: what has to come with it. */
interface Member {
  seq: number;
  writer: number;
  counter: number;
  /** What the batch consists of when it must be there as a whole. */
  batch?: { first: number; size: number };
}

/** Tells which batches have to be there as a whole. */
class Batches {
  readonly #ringBytes: number;
  #last = "";
  #lastFits = false;

  constructor(ringBytes: number) {
    this.#ringBytes = ringBytes;
  }

  /** What has to come with this message, which must be genuine. */
  memberOf({ seq, data, tags }: Message): Member {
    assert(isGenuine(data, tags), `message ${seq} is torn: ${JSON.stringify({ data, tags })}`);
    const { writer, counter } = data;
    const batch = batchOf(counter);
    const isWhole = !isUnbatched(tags) && this.#fits(writer, batch.first);
    return { seq, writer, counter, batch: isWhole ? batch : undefined };
  }

  /** More than the ring holds can't become visible together. Most are asked about in a row. */
  #fits(writer: number, first: number): boolean {
    const batch = `${writer} ${first}`;
    if (batch !== this.#last) {
      this.#last = batch;
      this.#lastFits = batchBytes(writer, first) <= this.#ringBytes;
    }
    return this.#lastFits;
  }
}

/** Fails when `next` follows `previous` though one of them has to stand next to another. */
function checkWholeness(previous: Member | undefined, next: Member): void {
  const isOpen = previous?.batch !== undefined &&
    previous.counter < previous.batch.first + previous.batch.size - 1;
  const isMiddle = next.batch !== undefined && next.counter > next.batch.first;
  if (!isOpen && !isMiddle) return;
  assertEquals(
    [next.seq, next.writer, next.counter],
    [previous!.seq + 1, previous!.writer, previous!.counter + 1],
    "a part of a batch is there without the rest",
  );
}

/** Whatever is the newest message, at any moment, is the last one of its batch. */
function checkEnd(pool: Pool, batches: Batches): void {
  const { bounds } = pool.info();
  let newest: Message;
  try {
    newest = pool.get(bounds?.newest ?? 0);
  } catch (error) {
    // There is none, or it is not retained any more.
    if (error instanceof NotFoundError) return;
    throw error;
  }
  if (newest.tags[0] === "end") return;
  const { seq, counter, batch } = batches.memberOf(newest);
  if (batch === undefined) return;
  assertEquals(counter, batch.first + batch.size - 1, `message ${seq} is visible without the rest`);
}

async function watch(pool: Pool, say: (lines: string) => void): Promise<void> {
  const batches = new Batches(pool.info().ringSizeBytes);
  let previous: Member | undefined;
  let isAfterGap = false;
  const onGap = ({ fromSeq, toSeq, reason }: Gap) => {
    say(`gap ${fromSeq} ${toSeq} ${reason}\n`);
    isAfterGap = true;
  };
  for await (const batch of pool.tailBatches({ sinceSeq: 1, timeoutMs: TIMEOUT_MS, onGap })) {
    let lines = "";
    for (const message of batch.messages()) {
      if (message.tags[0] === "end") return say(`${lines}end ${message.seq}\n`);
      const member = batches.memberOf(message);
      if (!isAfterGap) checkWholeness(previous, member);
      isAfterGap = false;
      previous = member;
      lines += `${member.seq} ${member.writer} ${member.counter}\n`;
    }
    say(lines);
    checkEnd(pool, batches);
  }
}

if (import.meta.main) {
  const [dir, name] = Deno.args;
  const encoder = new TextEncoder();
  using client = new Client({ dir });
  using pool = client.openPool(name);
  console.log("ready");
  await watch(pool, (lines) => {
    let bytes = encoder.encode(lines);
    while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
  });
}
