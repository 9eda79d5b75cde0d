/**
 * Mutations that make the checksum right again, as only a hostile program would: sizes,
 * positions and numbers at every extreme, vouched for.
 *
 * @module
 */

import fc from "fast-check";
import { checksum } from "../../pool/checksum.ts";
import { FRAME_HEADER_BYTES, frameContentEnd } from "../../pool/frame.ts";
import { INDEX_ENTRY_BYTES } from "../../pool/index_entry.ts";
import { encodeIdentity, IDENTITY_BYTES, planLayout } from "../../pool/layout.ts";
import { ringRuns } from "../../pool/plan.ts";
import { STATE_BYTES, STATE_OFFSETS } from "../../pool/state.ts";
import { viewOf } from "../../pool/binary.ts";
import type { PoolImage } from "./corruption_pool.ts";

/** A field: where it is in its structure, and how many bytes it has. */
type Field = readonly [at: number, bytes: 2 | 4 | 8];

const FIELDS = {
  identity: {
    magic: [0, 4],
    version: [4, 4],
    headerBytes: [12, 4],
    fileBytes: [16, 8],
    indexCapacity: [24, 8],
    indexSpanBytes: [32, 8],
    ringOffset: [40, 8],
    ringBytes: [48, 8],
    id: [56, 8],
    created: [72, 8],
    maxAgeMs: [80, 8],
    maxMessages: [88, 8],
    reserved: [96, 8],
  },
  state: {
    flags: [4, 4],
    generation: [8, 8],
    head: [16, 8],
    tail: [24, 8],
    nextSeq: [32, 8],
    oldestSeq: [40, 8],
    lastTime: [48, 8],
    newest: [56, 8],
  },
  entry: { reserved: [4, 4], position: [8, 8], seq: [16, 8], time: [24, 8] },
  frame: {
    payloadBytes: [4, 4],
    seq: [8, 8],
    time: [16, 8],
    tagsBytes: [24, 2],
    reserved: [26, 2],
    content: [28, 8],
  },
} as const satisfies Record<string, Record<string, Field>>;

/** A hostile number: itself, or what to add to the one that is there. */
export type Extreme = { value: bigint } | { add: bigint } | { addRings: bigint };

/** A mutation after which the checksum is right. */
export type Forgery =
  | { kind: "forge identity"; field: keyof typeof FIELDS.identity; to: Extreme }
  /** All numbers of the layout, in harmony, for another index; the file gets that size. */
  | { kind: "forge layout"; indexCapacity: number }
  | { kind: "forge state"; slots: number[]; field: keyof typeof FIELDS.state; to: Extreme }
  /** The entry of one boundary, or those of all. */
  | { kind: "forge entry"; entry?: number; field: keyof typeof FIELDS.entry; to: Extreme }
  /** A frame counted from the newest one. */
  | { kind: "forge frame"; frame: number; field: keyof typeof FIELDS.frame; to: Extreme };

const POWERS = [8, 16, 28, 31, 32, 34, 35, 40, 53, 63, 64];
const EXTREMES = [
  ...[0n, 1n, 7n, 8n, 27n, 28n, 4096n, 8192n],
  ...POWERS.flatMap((power) => [2n ** BigInt(power) - 1n, 2n ** BigInt(power)]),
  2n ** 53n + 2n,
];

const anyExtreme: fc.Arbitrary<Extreme> = fc.oneof<fc.Arbitrary<Extreme>[]>(
  fc.record({ value: fc.constantFrom(...EXTREMES) }),
  fc.record({ add: fc.constantFrom(-64n, -9n, -8n, -1n, 1n, 8n, 9n, 64n, 1000n) }),
  fc.record({ addRings: fc.constantFrom(-1n, 1n, 2n, 2n ** 20n) }),
);

function fieldOf<T extends object>(fields: T): fc.Arbitrary<keyof T> {
  return fc.constantFrom(...Object.keys(fields) as (keyof T)[]);
}

/** Any forgery. */
export const anyForgery: fc.Arbitrary<Forgery> = fc.oneof(
  fc.record({
    kind: fc.constant("forge identity" as const),
    field: fieldOf(FIELDS.identity),
    to: anyExtreme,
  }),
  fc.record({ kind: fc.constant("forge layout" as const), indexCapacity: fc.nat(64) }),
  fc.record({
    kind: fc.constant("forge state" as const),
    slots: fc.constantFrom<number[][]>([0], [1], [0, 1]),
    field: fieldOf(FIELDS.state),
    to: anyExtreme,
  }),
  fc.record({
    kind: fc.constant("forge entry" as const),
    entry: fc.option(fc.nat(63), { nil: undefined }),
    field: fieldOf(FIELDS.entry),
    to: anyExtreme,
  }),
  fc.record({
    kind: fc.constant("forge frame" as const),
    frame: fc.nat(300),
    field: fieldOf(FIELDS.frame),
    to: anyExtreme,
  }),
);

/** Forges part of `bytes`, which were once those of `image`. */
export function forge(bytes: Uint8Array<ArrayBuffer>, image: PoolImage, forgery: Forgery): void {
  const { layout } = image.identity;
  // What was cut off can't be forged.
  if (bytes.length < layout.ringOffset) return;
  switch (forgery.kind) {
    case "forge identity": {
      const part = bytes.subarray(0, IDENTITY_BYTES);
      setField(part, FIELDS.identity[forgery.field], forgery.to, layout.ringBytes);
      viewOf(part).setUint32(8, checksum(part, 12, IDENTITY_BYTES, 0), true);
      break;
    }
    case "forge layout": {
      const { indexCapacity } = forgery;
      const changed = planLayout({ sizeBytes: layout.fileBytes, indexCapacity });
      bytes.set(encodeIdentity({ ...image.identity, layout: changed }));
      break;
    }
    case "forge state":
      for (const slot of forgery.slots) {
        const part = bytes.subarray(STATE_OFFSETS[slot], STATE_OFFSETS[slot] + STATE_BYTES);
        setField(part, FIELDS.state[forgery.field], forgery.to, layout.ringBytes);
        seal(part, image.identity.seed);
      }
      break;
    case "forge entry":
      forgeEntries(bytes, image, forgery);
      break;
    case "forge frame":
      forgeFrame(bytes, image, forgery);
  }
}

/** Structures begin with the checksum of what follows it. */
function seal(part: Uint8Array, seed: number): void {
  viewOf(part).setUint32(0, checksum(part, 4, part.length, seed >>> 0), true);
}

function setField(part: Uint8Array, [at, size]: Field, to: Extreme, ringBytes: number): void {
  const bits = 8 * size;
  const view = viewOf(part);
  let old = 0n;
  for (let i = size - 1; i >= 0; i--) old = old << 8n | BigInt(part[at + i]);
  const rings = "addRings" in to ? to.addRings * BigInt(ringBytes) : 0n;
  const wanted = "value" in to ? to.value : "add" in to ? old + to.add : old + rings;
  const value = BigInt.asUintN(bits, wanted);
  for (let i = 0; i < size; i++) view.setUint8(at + i, Number(value >> BigInt(8 * i) & 0xffn));
}

function forgeEntries(
  bytes: Uint8Array<ArrayBuffer>,
  { identity: { layout, seed }, frames }: PoolImage,
  { entry, field, to }: Forgery & { kind: "forge entry" },
): void {
  const { indexCapacity, indexSpanBytes, indexOffset, ringBytes } = layout;
  if (indexCapacity === 0) return;
  const newest = Math.floor(frames.at(-1)!.position / indexSpanBytes);
  const numbers = entry === undefined
    ? Array.from({ length: Math.min(indexCapacity, newest + 1) }, (_, back) => newest - back)
    : [Math.max(0, newest - entry)];
  for (const number of numbers) {
    const offset = indexOffset + number % indexCapacity * INDEX_ENTRY_BYTES;
    const part = bytes.subarray(offset, offset + INDEX_ENTRY_BYTES);
    setField(part, FIELDS.entry[field], to, ringBytes);
    seal(part, seed ^ number);
  }
}

/** Forges a frame; one whose length does not fit the ring keeps its old checksum. */
function forgeFrame(
  bytes: Uint8Array<ArrayBuffer>,
  { identity: { layout, seed }, frames }: PoolImage,
  { frame, field, to }: Forgery & { kind: "forge frame" },
): void {
  const { position } = frames.at(-1 - frame % frames.length)!;
  const linear = new Uint8Array(layout.ringBytes);
  const runs = ringRuns(layout, position, layout.ringBytes);
  let at = 0;
  for (const { offset, length } of runs) {
    linear.set(bytes.subarray(offset, offset + length), at);
    at += length;
  }
  setField(linear, FIELDS.frame[field], to, layout.ringBytes);
  const end = frameContentEnd(viewOf(linear), 0);
  if (end <= linear.length) seal(linear.subarray(0, end), seed ^ (position / 8));
  at = 0;
  const changed = linear.subarray(0, FRAME_HEADER_BYTES + 8);
  for (const { offset, length } of ringRuns(layout, position, changed.length)) {
    for (let i = 0; i < length && offset + i < bytes.length; i++) bytes[offset + i] = changed[at++];
  }
}
