/**
 * Steps that export and import.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type ImportLine, type ImportSummary, type PoolOptions, UsageError } from "@plasmite/pool";
import { exportMessages, importMessages } from "../../pool/maintenance.ts";
import { envelopeOf, type ReferenceMessage } from "./model_reference.ts";
import { failsWith, type World } from "./model_world.ts";

/** Exports the pool, which gives what can be read, to the byte. */
function exported(world: World): ReferenceMessage[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const text = Array.from(exportMessages(world.path), (bytes) => decoder.decode(bytes)).join("");
  const { visible } = world;
  assertEquals(text, visible.map((message) => envelopeOf(message) + "\n").join(""));
  world.count("messages exported", visible.length);
  return visible;
}

function linesOf(messages: readonly ReferenceMessage[]): ImportLine[] {
  return messages.map((message, i) => ({ number: i + 1, text: envelopeOf(message) }));
}

/** Every so many of `messages`. */
function thinned(messages: readonly ReferenceMessage[], every: number): ReferenceMessage[] {
  return messages.filter((_, i) => i % every === 0);
}

/** Imports what fits; one message that is too large ends it with an error. */
function take(world: World, messages: readonly ReferenceMessage[], append: boolean): void {
  const { ringBytes } = world.reference.limits;
  const tooLarge = messages.findIndex(({ bytes }) => bytes > ringBytes);
  const taken = tooLarge === -1 ? messages : messages.slice(0, tooLarge);
  let summary: ImportSummary | undefined;
  try {
    summary = importMessages(world.path, linesOf(messages), { append });
  } catch (error) {
    if (!(error instanceof UsageError) || tooLarge === -1) throw error;
  }
  const moved = note(world, taken, append);
  if (summary === undefined) return;
  assertEquals(tooLarge, -1, "a message that does not fit is refused");
  assertEquals([summary.count, summary.movedTimes], [taken.length, moved]);
}

/** Has the reference take in messages, and returns how many times were moved. */
function note({ reference }: World, taken: readonly ReferenceMessage[], append: boolean): number {
  let moved = 0;
  let before = reference.history.get(reference.nextSeq - 1)?.nanos ?? 0n;
  const batch = taken.map((message, i) => {
    const isLater = message.nanos > before;
    before = isLater ? message.nanos : before + 1n;
    if (!isLater) moved++;
    return { ...message, seq: append ? reference.nextSeq + i : message.seq, nanos: before };
  });
  if (batch.length > 0) reference.append(batch);
  return moved;
}

/** Moves what the pool holds, or every so many messages of it, into a new one. */
export async function moveTo(world: World, options: PoolOptions, every: number): Promise<void> {
  const messages = thinned(exported(world), every);
  world.client.deletePool(world.name);
  for (const tail of world.tails.splice(0)) await tail.outlive();
  await world.close();
  world.rename();
  world.create(options);
  take(world, messages, false);
  world.compare();
  exported(world);
}

/** Appends what the pool holds to it once more. */
export function appendExport(world: World, every: number): void {
  take(world, thinned(exported(world), every), true);
  world.compare();
  exported(world);
}

/** Imports into a pool that holds messages. */
export function refuseImport(world: World): void {
  const { messages } = world.reference;
  if (messages.length > 0) failsWith("Usage", () => importMessages(world.path, linesOf(messages)));
}
