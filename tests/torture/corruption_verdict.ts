/**
 * What a mutation left of a pool, told from the bytes before and after by docs/format.md:
 * which parts are as they were, which are damaged, and which a forged checksum vouches for.
 *
 * @module
 */

import { checksum } from "../../pool/checksum.ts";
import { HEADER_BYTES, IDENTITY_BYTES, planLayout } from "../../pool/layout.ts";
import {
  decodeStates,
  type State,
  STATE_BYTES,
  STATE_OFFSETS,
  STATE_SPAN_BYTES,
} from "../../pool/state.ts";
import { viewOf } from "../../pool/binary.ts";
import type { PlacedFrame, PoolImage } from "./corruption_pool.ts";
import { frameOffsets, type Mutation } from "./mutation.ts";

/** What became of a part: `forged` when it was changed and its checksum is right. */
export type Fate = "same" | "damaged" | "forged";

/** What a mutation left. */
export interface Verdict {
  identity: Fate;
  slots: Fate[];
  isResized: boolean;
  /** Whether some frame may have a right checksum over wrong content, or pass for one. */
  hasForgedFrames: boolean;
  /** Messages retained before that are untouched, oldest first. */
  intact: PlacedFrame[];
  /** Messages retained before of which something was changed that counts. */
  damaged: PlacedFrame[];
  /** The state in force now, if one is intact. */
  state: State | undefined;
  /** What must still be readable without a repair; undefined when nothing is promised. */
  readable: PlacedFrame[] | undefined;
  /** Whether a repair must find out what pool it is. */
  isTellable: boolean;
}

/** Compares the file `after` mutations with the `image` it was. */
export function judge(
  image: PoolImage,
  after: Uint8Array,
  mutations: readonly Mutation[],
): Verdict {
  const before = image.bytes;
  const states = statesIn(image, after);
  const stateBefore = stateInForce(statesIn(image, before))!;
  const retained = framesOf(image, stateBefore);
  const isUntouched = (frame: PlacedFrame) =>
    frameOffsets(image, frame).every((offset) => before[offset] === after[offset]);
  const facts = {
    identity: identityFate(before, after),
    slots: STATE_OFFSETS.map((offset, slot): Fate => {
      if (isSame(before, after, offset, STATE_BYTES)) return "same";
      return states[slot] === undefined ? "damaged" : "forged";
    }),
    isResized: before.length !== after.length,
    hasForgedFrames: mutations.some(({ kind }) => kind === "forge frame" || kind === "decoys"),
    intact: retained.filter(isUntouched),
    damaged: retained.filter((frame) => !isUntouched(frame)),
    state: isRolledForward(image, after, states) ? stateBefore : stateInForce(states),
  };
  // What a forged state says of the one that was damaged after it is anybody's guess.
  const isStateTold = !facts.slots.includes("forged") || !facts.slots.includes("damaged");
  const isReadable = facts.identity === "same" && !facts.isResized && !facts.hasForgedFrames &&
    isStateTold;
  const readable = isReadable && facts.state !== undefined && !facts.state.deleted
    ? delivered(image, framesOf(image, facts.state).filter(isUntouched), facts.state)
    : undefined;
  return { ...facts, readable, isTellable: isTellable(image, after, facts) };
}

/** Whether a checksum that is right vouches for anything that was changed. */
export function isForged({ identity, slots, hasForgedFrames }: Verdict): boolean {
  return identity === "forged" || slots.includes("forged") || hasForgedFrames;
}

/** Whether anything was changed that counts, if nothing is forged. */
export function isDamaged({ identity, slots, isResized, damaged }: Verdict): boolean {
  return identity !== "same" || slots.some((fate) => fate !== "same") || isResized ||
    damaged.length > 0;
}

/** Those of `frames`, all of today, that the limits of the pool let through. */
function delivered(
  { identity: { maxMessages, maxAgeMs } }: PoolImage,
  frames: PlacedFrame[],
  { nextSeq, lastTime }: State,
): PlacedFrame[] {
  // No message can be later than the newest one: it may say that all are too old.
  if (maxAgeMs > 0 && lastTime.seconds * 1000 < Date.now() - maxAgeMs) return [];
  return maxMessages === 0 ? frames : frames.filter(({ seq }) => seq >= nextSeq - maxMessages);
}

function isSame(before: Uint8Array, after: Uint8Array, offset: number, length: number): boolean {
  for (let at = offset; at < offset + length; at++) if (before[at] !== after[at]) return false;
  return true;
}

function identityFate(before: Uint8Array, after: Uint8Array): Fate {
  if (isSame(before, after, 0, IDENTITY_BYTES)) return "same";
  // The checksum is over what follows it: magic number and version have no part in it.
  if (after.length < IDENTITY_BYTES || isSame(before, after, 8, IDENTITY_BYTES - 8)) {
    return "damaged";
  }
  const sum = checksum(after, 12, IDENTITY_BYTES, 0);
  return viewOf(after).getUint32(8, true) === sum ? "forged" : "damaged";
}

function statesIn({ identity }: PoolImage, bytes: Uint8Array): (State | undefined)[] {
  const span = new Uint8Array(STATE_SPAN_BYTES);
  // A file that ends here is cut short, and none of its states can be read.
  const end = STATE_OFFSETS[0] + STATE_SPAN_BYTES;
  if (bytes.length >= end) span.set(bytes.subarray(STATE_OFFSETS[0], end));
  return decodeStates(span, viewOf(span), identity);
}

function stateInForce(states: (State | undefined)[]): State | undefined {
  return states.filter((state) => state !== undefined)
    .reduce<State | undefined>((newer, state) => {
      return newer === undefined || state.generation > newer.generation ? state : newer;
    }, undefined);
}

/**
 * Whether the newest state is damaged and readers take in what it told by the newest frame:
 * they do while the slot has the higher generation.
 */
function isRolledForward(
  image: PoolImage,
  after: Uint8Array,
  states: (State | undefined)[],
): boolean {
  if (after.length < HEADER_BYTES) return false;
  const before = stateInForce(statesIn(image, image.bytes))!;
  const slot = before.generation % 2;
  if (
    states[slot] !== undefined || !isSame(image.bytes, after, STATE_OFFSETS[1 - slot], STATE_BYTES)
  ) {
    return false;
  }
  const generation = viewOf(after).getBigUint64(STATE_OFFSETS[slot] + 8, true);
  const isUntouched = frameOffsets(image, image.frames.at(-1)!)
    .every((offset) => image.bytes[offset] === after[offset]);
  return generation >= BigInt(before.generation) && isUntouched;
}

/** Those between tail and head of `state` that were not written over before. */
function framesOf(image: PoolImage, state: State): PlacedFrame[] {
  const { head } = stateInForce(statesIn(image, image.bytes))!;
  const from = Math.max(state.tail, head - image.identity.layout.ringBytes);
  return image.frames.filter(({ position, lengthBytes, seq }) =>
    position >= from && position + lengthBytes <= state.head &&
    seq >= state.oldestSeq && seq < state.nextSeq
  );
}

/**
 * Whether what is left tells what pool it was: its seed, its size, its index, and some
 * message that proves it.
 */
function isTellable(
  image: PoolImage,
  after: Uint8Array,
  facts: Pick<Verdict, "identity" | "slots" | "isResized" | "intact" | "damaged">,
): boolean {
  const { bytes: before, identity } = image;
  if (facts.identity !== "damaged") return facts.identity === "same";
  const has = (offset: number, length: number) => isSame(before, after, offset, length);
  // Another version is another program's file.
  if (after.length < IDENTITY_BYTES || !has(4, 4) && has(0, 4)) return false;
  // All but magic number and version: the checksum says that it is right.
  if (has(8, IDENTITY_BYTES - 8)) return true;
  const { fileBytes, indexCapacity } = identity.layout;
  const isUsual = planLayout({ sizeBytes: fileBytes }).indexCapacity === indexCapacity;
  const isSeedKnown = facts.slots.includes("same") || has(56, 16);
  const isSizeKnown = !facts.isResized || has(16, 8);
  const hasWitness = facts.intact.length > 0 ||
    facts.damaged.length === 0 && !facts.slots.includes("damaged");
  // A state says where the newest message is, and so where the ring begins.
  const isNewestLeft = facts.slots.includes("same") && !facts.slots.includes("damaged") &&
    facts.intact.includes(image.frames.at(-1)!);
  const isCapacityKnown = isUsual || has(24, 8) || isNewestLeft;
  return isSeedKnown && isSizeKnown && isCapacityKnown && hasWitness;
}
