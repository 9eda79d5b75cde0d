/**
 * What copies of messages bring along from other pools.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import type { MessageInput, Origin } from "./interface.ts";
import type { State } from "./state.ts";
import { laterThan, MAX_SECONDS, parseTime, type Timestamp } from "./timestamp.ts";
import type { Stamps } from "./writer.ts";

const ID = /^[\w.#-]{1,100}$/;

/**
 * The time of a copied message.
 *
 * @throws {UsageError} when what it brings along is not as it has to be.
 */
export function originTime({ time: text, id }: Origin): Timestamp {
  const time = typeof text === "string" ? parseTime(text) : undefined;
  if (time === undefined || time.seconds < 0 || time.seconds > MAX_SECONDS) {
    throw new UsageError("the time of an origin is no RFC 3339 time from 1970 to 2514");
  }
  if (typeof id === "string" && ID.test(id)) return time;
  throw new UsageError("the id of an origin must be 1 to 100 letters, digits and -_.#");
}

/**
 * How to stamp `inputs`, of which some are copies; undefined when none is.
 *
 * @throws {UsageError} as {@linkcode originTime}.
 */
export function copyStamps(
  inputs: readonly MessageInput[],
): ((state: State, count: number, now: Timestamp) => Stamps) | undefined {
  if (inputs.every(({ origin }) => origin === undefined)) return undefined;
  const wanted = inputs.map(({ origin }) => origin && originTime(origin));
  return ({ lastTime, nextSeq }, _count, now) => {
    let time = lastTime;
    const times = wanted.map((one) => time = laterThan(one ?? now, time));
    return { seqs: wanted.map((_, index) => nextSeq + index), times };
  };
}
