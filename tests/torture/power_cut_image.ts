/**
 * What must hold of a pool that a power cut left and that opens.
 *
 * A leftover is a message that lies where a later one was lost, though its number, or a
 * lower one, was given out again after it: an append that a kill or an earlier power cut
 * undid (docs/format.md, "Appending"). No leftover was flushed. Where there is one, times
 * need not rise, and what is found by number and by following may differ.
 *
 * @module
 */

import type { Client, Message, Pool } from "@plasmite/pool";
import { assert, assertEquals } from "@std/assert";
import { diagnosePool, repairPool } from "../../pool/maintenance.ts";
import type { Known } from "./power_cut_history.ts";
import {
  bytesOf,
  envelopesOf,
  follow,
  type Messages,
  messagesFrom,
  newestSeq,
  readEach,
} from "./power_cut_reading.ts";
import type { Random } from "./random.ts";

/** Room is made in steps of up to this share of the ring: pool/writer.ts. */
const DROP_STEP_SHARE = 1 / 16;
/** How many of the images are repaired in the end. */
const REPAIRED_SHARE = 0.1;

/**
 * A message that was flushed, or appended since, is not found because remains of appends
 * that never counted are taken for what they say: docs/format.md, "Appending". It takes an
 * append that a kill or an earlier power cut undid. How often that happens is counted.
 */
export class HiddenByRemains extends Error {}

/** What was found in an image. */
export interface Found {
  /** The messages that were there once the end was mended, but for leftovers. */
  mended: ReadonlyMap<number, string>;
  /** Whether there were leftovers. */
  hasLeftovers: boolean;
  /** Whether the doctor found damage between the messages. */
  isDamaged: boolean;
  /** Whether it was repaired. */
  isRepaired: boolean;
  /** Whether it was no pool that can be opened: it counts as deleted, or has no state left. */
  isOver: boolean;
}

/** Checks one image, opened as `pool`, against what is known. */
export class ImageCheck {
  readonly #client: Client;
  readonly #pool: Pool;
  readonly #known: Known;
  readonly #random: Random;
  readonly #openedMs = Date.now();
  /** What was appended since the cut. */
  readonly #appended: Message[] = [];
  #hasLeftovers = false;
  /** How much of the ring was in use before. */
  #usedBytes = 0;

  /** Checks `pool`, which is one of `client`. */
  constructor(client: Client, pool: Pool, known: Known, random: Random) {
    this.#client = client;
    this.#pool = pool;
    this.#known = known;
    this.#random = random;
  }

  /** Reads it, appends to it, has it examined and now and then repaired. */
  async run(): Promise<Found> {
    const before = await this.#readBothWays(this.#pool);
    this.#usedBytes = this.#pool.info().usedBytes;
    this.#append(before);
    const mended = await this.#readBothWays(this.#pool);
    this.#checkMended(before, mended);
    await this.#checkTails(mended);
    await this.#checkSecondAppend(mended);
    const isDamaged = this.#checkDoctor(readEach(this.#pool));
    // A repair gives leftovers other times, so that times rise.
    const isRepaired = !this.#hasLeftovers && this.#random.chance(REPAIRED_SHARE);
    if (isRepaired) await this.#checkRepair();
    const lasting = [...mended.values()].filter((message) =>
      message.seq < this.#appended[0].seq && !this.#isLeftover(message)
    );
    return {
      mended: envelopesOf(new Map(lasting.map((message) => [message.seq, message]))),
      hasLeftovers: this.#hasLeftovers,
      isDamaged,
      isRepaired,
      isOver: false,
    };
  }

  /** What is found by number and by following is right, and the same. */
  async #readBothWays(pool: Pool): Promise<Messages> {
    const found = readEach(pool);
    this.#checkMessages(found);
    const followed = await follow(pool, {}, { toSeq: newestSeq(found) });
    this.#checkMessages(followed);
    this.#checkSame(followed, found);
    return found;
  }

  #checkMessages(messages: Messages): void {
    const appended = new Map(this.#appended.map(({ seq, envelope }) => [seq, envelope]));
    const { bounds, maxAgeMs, maxMessages } = this.#pool.info();
    let lastTime = "";
    for (const message of messages.values()) {
      const { seq, envelope, time } = message;
      const isGenuine = appended.get(seq) === envelope || this.#known.tried.get(seq)?.has(envelope);
      assert(isGenuine, `nobody appended ${envelope}`);
      if (this.#isLeftover(message)) continue;
      assert(time > lastTime, `message ${seq} is not later than the one before it`);
      lastTime = time;
      const ageMs = this.#openedMs - Date.parse(time);
      assert(maxAgeMs === 0 || ageMs <= maxAgeMs, `message ${seq} is past its age`);
    }
    assert(maxMessages === 0 || messages.size <= maxMessages, "more messages than allowed");
    // Only an append makes room.
    const oldest = this.#appended.length === 0 ? 1 : bounds!.oldest;
    for (const [seq, envelope] of [...this.#required(), ...appended]) {
      if (seq < oldest) continue;
      const found = messages.get(seq)?.envelope;
      if (found === envelope) continue;
      const complaint = `message ${seq} was flushed, and there is ${found}`;
      assert(this.#mayHoldRemains(), complaint);
      throw new HiddenByRemains(complaint);
    }
  }

  /** What was flushed and no limit holds back. */
  #required(): [number, string][] {
    const { maxAgeMs, maxMessages } = this.#pool.info();
    const { nextSeqAtMost, required } = this.#known;
    const nextSeq = Math.max(nextSeqAtMost, (this.#appended.at(-1)?.seq ?? 0) + 1);
    const oldest = maxMessages === 0 ? 1 : nextSeq - maxMessages;
    const oldestMs = maxAgeMs === 0 ? 0 : this.#openedMs - maxAgeMs;
    return [...required].filter(([seq, envelope]) =>
      seq >= oldest && Date.parse(JSON.parse(envelope).time) >= oldestMs
    );
  }

  #checkSame(actual: Messages, expected: Messages): void {
    const isAnyLeftover = [...actual.values(), ...expected.values()].some((message) =>
      this.#isLeftover(message)
    );
    this.#hasLeftovers ||= isAnyLeftover;
    if (!this.#hasLeftovers) assertEquals(envelopesOf(actual), envelopesOf(expected));
  }

  /** Appending works at once, with a number that is nobody's. */
  #append(before: Messages): void {
    const chars = Math.min(this.#random.pick([1, 10, 900, 3000]), this.#pool.info().ringSizeBytes);
    const appended = this.#pool.append("a".repeat(Math.max(1, chars - 100)), ["after"]);
    const newest = Math.max(newestSeq(before), ...this.#known.required.keys());
    assert(appended.seq > newest, `number ${appended.seq} is not above ${newest}`);
    assert(appended.seq >= this.#known.nextSeqAtLeast, `number ${appended.seq} was given out`);
    this.#appended.push(appended);
  }

  /** What could be read before the end was mended can be read after, and maybe more. */
  #checkMended(before: Messages, mended: Messages): void {
    const { bounds, maxAgeMs, maxMessages } = this.#pool.info();
    for (const message of before.values()) {
      const { seq } = message;
      if (mended.has(seq) || this.#isLeftover(message)) continue;
      assert(seq < bounds!.oldest, `message ${seq} was there before an append`);
      // Then some are not delivered that there is room for.
      if (maxMessages > 0 || maxAgeMs > 0) continue;
      this.#checkRoomWasNeeded(messagesFrom(new Map([...before, ...mended]), seq), before);
    }
  }

  /** With these messages the ring was all but full, or there was a hole between them. */
  #checkRoomWasNeeded(messages: Messages, before: Messages): void {
    const { ringSizeBytes } = this.#pool.info();
    const [seq] = messages.keys();
    // Besides what was appended, mending may have brought back some.
    const added = [...messages.values()].filter((message) => !before.has(message.seq));
    const hasRoom = this.#usedBytes + bytesOf(added) <= ringSizeBytes;
    const hasHoles = messages.size <= newestSeq(messages) - seq;
    if (this.#hasLeftovers || hasHoles && !hasRoom) return;
    const isFull = bytesOf(messages.values()) > ringSizeBytes * (1 - DROP_STEP_SHARE);
    assert(isFull && !hasRoom, `message ${seq} was given up in vain`);
  }

  /** Delivered and reported messages are all there are, from wherever a tail starts. */
  async #checkTails(messages: Messages): Promise<void> {
    const newest = this.#appended.at(-1)!;
    const last = this.#random.int(1, messages.size);
    // Where times do not rise, nobody can tell where to start by time.
    const since = this.#hasLeftovers ? newest : this.#random.pick([...messages.values()]);
    const starts = [
      { options: { sinceSeq: 1 }, fromSeq: 1 },
      { options: { last }, fromSeq: newest.seq - last + 1 },
      { options: { since: since.time }, fromSeq: since.seq },
    ];
    for (const { options, fromSeq } of starts) {
      const followed = await follow(this.#pool, options, { fromSeq, toSeq: newest.seq });
      this.#checkSame(followed, messagesFrom(messages, fromSeq));
    }
  }

  /** Whoever opens the pool next agrees. */
  async #checkSecondAppend(mended: Messages): Promise<void> {
    using pool = this.#client.openPool(this.#pool.name);
    const second = pool.append("again");
    assertEquals(second.seq, this.#appended.at(-1)!.seq + 1);
    this.#appended.push(second);
    const expected = new Map(mended).set(second.seq, second);
    this.#checkSame(
      await this.#readBothWays(pool),
      messagesFrom(expected, pool.info().bounds!.oldest),
    );
  }

  /** The doctor tells of what is missing between messages, and of nothing else. */
  #checkDoctor(messages: Messages): boolean {
    const { issues, warnings } = diagnosePool(this.#pool.path);
    const { maxAgeMs, maxMessages } = this.#pool.info();
    // Then messages that are there are not delivered.
    const hasLimits = maxAgeMs > 0 || maxMessages > 0;
    const [appended] = this.#appended;
    for (const { message, seq, offset } of issues) {
      assert(offset !== undefined, `after an append the doctor says: ${message}`);
      if (seq === undefined || this.#hasLeftovers) continue;
      assert(!messages.has(seq), `of a message there: ${message}`);
      const next = messages.keys().find((later) => later > seq);
      const isLast = next === appended.seq && !hasLimits;
      assert(!isLast, `the end was not mended: ${message}`);
    }
    const { oldest, newest } = this.#pool.info().bounds!;
    const isComplete = messages.size === newest - oldest + 1;
    const isTold = issues.length + warnings.length > 0;
    assert(isComplete || isTold || this.#hasLeftovers, "the doctor does not tell what is missing");
    return issues.length > 0;
  }

  /** A repair keeps what could be read, and numbers go on. */
  async #checkRepair(): Promise<void> {
    const { path, name } = this.#pool;
    const before = readEach(this.#pool);
    repairPool(path);
    using repaired = this.#client.openPool(name);
    this.#checkSame(await this.#readBothWays(repaired), before);
    assertEquals(diagnosePool(path).issues, []);
    assertEquals(repaired.append("repaired").seq, newestSeq(before) + 1);
  }

  /** Whether some number that may still lie in the ring was tried with several messages. */
  #mayHoldRemains(): boolean {
    return [...this.#known.tried.values()].some((envelopes) => envelopes.size > 1);
  }

  #isLeftover({ seq, envelope }: Message): boolean {
    const { tried, current } = this.#known;
    if (seq >= this.#appended[0]?.seq) {
      return !this.#appended.some((own) => own.envelope === envelope);
    }
    return tried.has(seq) && current.get(seq) !== envelope;
  }
}
