/**
 * What may happen to the bytes of a pool file: as data, so that fast-check can make it up
 * and boil it down.
 *
 * A {@linkcode Mutation} says in general what to do; {@linkcode mutate} does it to one
 * pool. Those that make a checksum right again are in mutation_forgery.ts.
 *
 * @module
 */

import fc from "fast-check";
import { ringRuns } from "../../pool/plan.ts";
import { STATE_BYTES, STATE_OFFSETS } from "../../pool/state.ts";
import { IDENTITY_BYTES } from "../../pool/layout.ts";
import type { PlacedFrame, PoolImage, Victim } from "./corruption_pool.ts";
import { anyForgery, forge, type Forgery } from "./mutation_forgery.ts";

/** A part of a pool file. */
const AREAS = ["identity", "states", "index", "ring", "file"] as const;

/** A place in a pool file, whatever its layout. */
export interface Place {
  area: typeof AREAS[number];
  /** How far into the area, in 65,536ths. */
  share: number;
}

/** Where spliced bytes come from. */
const SOURCES = ["image", "elder", "other"] as const;

/** One thing that happens to the bytes of a pool file. */
export type Mutation =
  | { kind: "flip"; at: Place; bit: number }
  | { kind: "overwrite"; at: Place; bytes: Uint8Array }
  | { kind: "zero page"; at: Place; pageBytes: number }
  /** The file is cut short or grows, to so many 256ths of its size. */
  | { kind: "resize"; share: number }
  /** Bytes of this file, of this file earlier or of another one; undefined for the same place. */
  | {
    kind: "splice";
    source: typeof SOURCES[number];
    from: Place;
    to?: Place;
    lengthBytes: number;
  }
  /** A whole frame, in the place of another one. */
  | { kind: "splice frame"; source: typeof SOURCES[number]; from: number; to: number }
  /** Everything here looks like the header of a frame that reaches to the head. */
  | { kind: "decoys"; at: Place; lengthBytes: number }
  | Forgery;

const anyPlace: fc.Arbitrary<Place> = fc.record({
  area: fc.constantFrom(...AREAS),
  share: fc.nat(0xffff),
});
const anySource = fc.constantFrom(...SOURCES);

const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: kind("flip", { at: anyPlace, bit: fc.nat(7) }) },
  {
    weight: 3,
    arbitrary: kind("overwrite", {
      at: anyPlace,
      bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    }),
  },
  { weight: 2, arbitrary: kind("zero page", { at: anyPlace, pageBytes: anyOf(512, 4096) }) },
  { weight: 1, arbitrary: kind("resize", { share: fc.nat(600) }) },
  {
    weight: 2,
    arbitrary: kind("splice", {
      source: anySource,
      from: anyPlace,
      to: fc.option(anyPlace, { nil: undefined }),
      lengthBytes: fc.integer({ min: 1, max: 4096 }),
    }),
  },
  {
    weight: 2,
    arbitrary: kind("splice frame", { source: anySource, from: fc.nat(999), to: fc.nat(999) }),
  },
  { weight: 1, arbitrary: kind("decoys", { at: anyPlace, lengthBytes: fc.nat(8192) }) },
  { weight: 5, arbitrary: anyForgery },
);

/** A few mutations, done one after another. */
export const anyMutations: fc.Arbitrary<Mutation[]> = fc.array(anyMutation, {
  minLength: 1,
  maxLength: 5,
});

function kind<K extends string, T extends object>(
  name: K,
  fields: { [N in keyof T]: fc.Arbitrary<T[N]> },
): fc.Arbitrary<{ kind: K } & T> {
  return fc.record(fields).map((values) => ({ kind: name, ...values as T }));
}

function anyOf<T>(...values: T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...values);
}

/** The bytes of the pool file `image` of `victim` after all of `mutations`. */
export function mutate(
  victim: Victim,
  image: PoolImage,
  mutations: readonly Mutation[],
): Uint8Array<ArrayBuffer> {
  let bytes = image.bytes.slice();
  for (const mutation of mutations) bytes = mutateOnce({ ...victim, image }, bytes, mutation);
  return bytes;
}

function mutateOnce(
  victim: Victim,
  bytes: Uint8Array<ArrayBuffer>,
  mutation: Mutation,
): Uint8Array<ArrayBuffer> {
  const { image } = victim;
  switch (mutation.kind) {
    case "flip":
      put(bytes, offsetOf(image, mutation.at), (byte) => byte ^ (1 << mutation.bit));
      break;
    case "overwrite":
      mutation.bytes.forEach((byte, i) => put(bytes, offsetOf(image, mutation.at) + i, () => byte));
      break;
    case "zero page": {
      const page = Math.floor(offsetOf(image, mutation.at) / mutation.pageBytes);
      bytes.fill(0, page * mutation.pageBytes, (page + 1) * mutation.pageBytes);
      break;
    }
    case "resize":
      return resized(bytes, Math.floor(image.bytes.length * mutation.share / 256));
    case "splice": {
      const from = aligned(offsetOf(image, mutation.from));
      const to = mutation.to === undefined ? from : aligned(offsetOf(image, mutation.to));
      const piece = victim[mutation.source].bytes.subarray(from, from + mutation.lengthBytes);
      piece.forEach((byte, i) => put(bytes, to + i, () => byte));
      break;
    }
    case "splice frame":
      spliceFrame(bytes, image, victim[mutation.source], mutation);
      break;
    case "decoys":
      putDecoys(bytes, image, mutation);
      break;
    default:
      forge(bytes, image, mutation);
  }
  return bytes;
}

/** Changes one byte, if the file has it. */
function put(bytes: Uint8Array, offset: number, change: (byte: number) => number): void {
  if (offset < bytes.length) bytes[offset] = change(bytes[offset]);
}

function resized(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(length);
  result.set(bytes.subarray(0, length));
  return result;
}

function aligned(offset: number): number {
  return offset - offset % 8;
}

/** The offset in the file of `image` that `place` stands for. */
function offsetOf({ bytes, identity: { layout } }: PoolImage, { area, share }: Place): number {
  const within = (start: number, end: number) =>
    start + Math.floor((end - start) * share / 0x10000);
  switch (area) {
    case "identity":
      return within(0, IDENTITY_BYTES);
    case "states": {
      const at = within(0, 2 * STATE_BYTES);
      return STATE_OFFSETS[Math.floor(at / STATE_BYTES)] + at % STATE_BYTES;
    }
    case "index":
      return within(layout.indexOffset, layout.ringOffset);
    case "ring":
      return within(layout.ringOffset, bytes.length);
    case "file":
      return within(0, bytes.length);
  }
}

/** Where in the file the bytes of `frame` are, in order. */
export function frameOffsets({ identity }: PoolImage, frame: PlacedFrame): number[] {
  const runs = ringRuns(identity.layout, frame.position, frame.lengthBytes);
  return runs.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i));
}

function spliceFrame(
  bytes: Uint8Array,
  image: PoolImage,
  source: PoolImage,
  { from, to }: { from: number; to: number },
): void {
  const frame = source.frames.at(-1 - from % source.frames.length)!;
  const replaced = image.frames.at(-1 - to % image.frames.length)!;
  const piece = frameOffsets(source, frame).map((offset) => source.bytes[offset]);
  const targets = frameOffsets(image, { ...replaced, lengthBytes: piece.length });
  targets.forEach((offset, i) => put(bytes, offset, () => piece[i]));
}

const DECOY_BYTES = 16;

function putDecoys(
  bytes: Uint8Array,
  image: PoolImage,
  { at, lengthBytes }: { at: Place; lengthBytes: number },
): void {
  const start = aligned(offsetOf(image, at));
  const view = new DataView(bytes.buffer);
  const { ringBytes } = image.identity.layout;
  const newest = image.frames.at(-1)!;
  for (let offset = start; offset + DECOY_BYTES <= start + lengthBytes; offset += DECOY_BYTES) {
    if (offset + DECOY_BYTES > bytes.length) break;
    view.setUint32(offset + 4, Math.max(0, ringBytes - (offset - start) - 64), true);
    view.setBigUint64(offset + 8, BigInt(newest.seq), true);
  }
}
