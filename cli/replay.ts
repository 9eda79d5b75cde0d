/**
 * Replaying what is retained: messages that were appended at certain times, printed
 * at the same distances or at a multiple of that speed.
 *
 * Every message has a time of its own at which it is due, counted from the start, so
 * that what one print takes too long is not added to all that follow.
 *
 * @module
 */

import { type Message, type MessagePool, parseSince, UsageError } from "../pool/mod.ts";
import { LONGEST_TIMER_MS } from "./idle_timer.ts";

/** The most messages printed together. */
const MAX_TOGETHER = 256;

/** Which of the retained messages: the newest `last`, or those since then. */
export interface ReplaySelection {
  /** How many of the newest that match, at least 1. Excludes `since`. */
  readonly last?: number;
  /** Those since then, as `--since` says it. */
  readonly since?: string;
  /** Only those that carry every one of these tags. */
  readonly tags: readonly string[];
  /** Only those for which every one of these jq predicates is true. */
  readonly where: readonly string[];
}

/**
 * Reads `--replay SPEED`: 1 is as fast as it was, 2 twice that, 0 without any delay.
 *
 * @throws {UsageError} when it is no number, negative or not finite.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseSpeed("0.5"), 0.5);
 * ```
 */
export function parseSpeed(text: string): number {
  const speed = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (Number.isFinite(speed)) return speed;
  throw new UsageError(`--replay: not a speed: ${JSON.stringify(text)}`, {
    hint: "Use a number that is not negative: 1 for the original speed, 10 for ten times " +
      "that, 0.5 for half, 0 for no delays. See `pls follow --help`.",
  });
}

/**
 * When messages of these times are due, in milliseconds after the first of them.
 *
 * @param times RFC 3339 UTC with nine fractional digits, in ascending order.
 * @param speed As {@linkcode parseSpeed} returns it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const times = ["2026-01-01T00:00:00.000000000Z", "2026-01-01T00:00:01.500000000Z"];
 * assertEquals(dueTimes(times, 2), [0, 750]);
 * ```
 */
export function dueTimes(times: readonly string[], speed: number): number[] {
  if (speed === 0) return times.map(() => 0);
  const first = times.length > 0 ? parts(times[0]) : { ms: 0, nanos: 0 };
  return times.map((time) => {
    const { ms, nanos } = parts(time);
    return (ms - first.ms + (nanos - first.nanos) / 1e6) / speed;
  });
}

/** A time as whole milliseconds since 1970, which a number holds, and nanoseconds beyond. */
function parts(time: string): { ms: number; nanos: number } {
  return { ms: Date.parse(`${time.slice(0, 23)}Z`), nanos: Number(time.slice(23, 29)) };
}

/** Prints each of `messages` when it is due, together with others that are. */
export async function replay(
  messages: readonly Message[],
  speed: number,
  print: (messages: readonly Message[]) => void,
): Promise<void> {
  const due = dueTimes(messages.map(({ time }) => time), speed);
  const startedMs = performance.now();
  for (let start = 0, end = 0; start < messages.length; start = end) {
    await sleepUntil(startedMs + due[start]);
    const elapsedMs = performance.now() - startedMs;
    end = start + 1;
    while (end < Math.min(messages.length, start + MAX_TOGETHER) && due[end] <= elapsedMs) end++;
    print(messages.slice(start, end));
  }
}

/** Waits until `performance.now()` has reached `atMs`; not at all when it has already. */
async function sleepUntil(atMs: number): Promise<void> {
  for (let leftMs = atMs - performance.now(); leftMs > 0; leftMs = atMs - performance.now()) {
    const waitMs = Math.min(Math.ceil(leftMs), LONGEST_TIMER_MS);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/**
 * The messages that are selected out of those retained now. None of them is lost to a
 * replay that takes longer than the pool keeps them.
 *
 * @throws {UsageError} when a predicate gives something other than a boolean.
 */
export async function retainedMessages(
  pool: MessagePool,
  selection: ReplaySelection,
): Promise<Message[]> {
  const { last = Infinity, since, tags, where } = selection;
  const { bounds, times } = await pool.info();
  if (bounds === undefined || isBefore(times?.newest, since)) return [];
  const { oldest, newest } = bounds;
  const isFiltered = tags.length > 0 || where.length > 0;
  const sinceSeq = isFiltered ? oldest : Math.max(oldest, newest - last + 1);
  const tail = pool.tailBatches({
    ...(since === undefined ? { sinceSeq } : { since }),
    tags,
    where,
    untilSeq: newest,
  });
  let selected: Message[] = [];
  for await (const batch of tail) {
    selected.push(...batch.messages());
    if (selected.length >= 2 * last) selected = selected.slice(-last);
  }
  return last === Infinity ? selected : selected.slice(-last);
}

function isBefore(time: string | undefined, since: string | undefined): boolean {
  if (time === undefined || since === undefined) return false;
  return Date.parse(time) < parseSince(since, Date.now()).getTime();
}
