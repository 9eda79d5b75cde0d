/**
 * Pools to corrupt, as images in memory: what was appended to them, and where it lies.
 *
 * @module
 */

import { Client, type Message, type Pool, type PoolOptions } from "@plasmite/pool";
import { DiskFile } from "../../pool/file.ts";
import { FRAME_HEADER_BYTES } from "../../pool/frame.ts";
import type { Identity } from "../../pool/layout.ts";
import { RingFile } from "../../pool/ring.ts";
import { makeMessage, makeTags } from "../process/workload.ts";
import type { Random } from "./random.ts";

/** A message that was appended, and the bytes that hold it. */
export interface PlacedFrame {
  seq: number;
  envelope: string;
  /** Position of its frame. */
  position: number;
  /** Bytes of its frame that count: all but the padding. */
  lengthBytes: number;
}

/** A pool file in memory. */
export interface PoolImage {
  bytes: Uint8Array<ArrayBuffer>;
  identity: Identity;
  /** Every message ever appended, oldest first; most were written over if it came round. */
  frames: PlacedFrame[];
}

/** A pool to corrupt, and what may be spliced into it. */
export interface Victim {
  /** What the pool is like, for people. */
  title: string;
  image: PoolImage;
  /** The same pool some time before. */
  elder: PoolImage;
  /** Another pool of the same layout. */
  other: PoolImage;
}

/** How a pool to corrupt is made. */
interface Recipe {
  title: string;
  options: PoolOptions;
  messages: number;
}

const DAY_MS = 86_400_000;

const RECIPES: readonly Recipe[] = [
  { title: "young", options: { sizeBytes: 8192 }, messages: 2 },
  { title: "half full", options: { sizeBytes: 32_768, maxAgeMs: DAY_MS }, messages: 60 },
  { title: "no index", options: { sizeBytes: 8192, indexCapacity: 0 }, messages: 120 },
  { title: "dense index", options: { sizeBytes: 10_001, indexCapacity: 64 }, messages: 150 },
  { title: "counted", options: { sizeBytes: 16_384, maxMessages: 20 }, messages: 160 },
  { title: "one entry", options: { sizeBytes: 40_000, indexCapacity: 1 }, messages: 300 },
  { title: "usual", options: { sizeBytes: 65_536 }, messages: 600 },
];

/** Makes the pools to corrupt. */
export function makeVictims(random: Random): Victim[] {
  const dir = Deno.makeTempDirSync({ prefix: "pls-victims-" });
  try {
    using client = new Client({ dir });
    return RECIPES.map((recipe, number) => {
      const own = makeImages(client, recipe, { name: `own-${number}`, random });
      const other = makeImages(client, recipe, { name: `other-${number}`, random });
      return { title: recipe.title, image: own.image, elder: own.elder, other: other.image };
    });
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

function makeImages(
  client: Client,
  { options, messages }: Recipe,
  { name, random }: { name: string; random: Random },
): { image: PoolImage; elder: PoolImage } {
  client.createPool(name, options);
  using pool = client.openPool(name);
  const writer = random.int(1, 1_000_000);
  const elderAt = random.int(1, messages - 1);
  const frames: PlacedFrame[] = [];
  let elder: PoolImage | undefined;
  for (let counter = 1; counter <= messages; counter++) {
    frames.push(appendPlaced(pool, writer, counter));
    if (counter === elderAt) elder = imageOf(pool.path, frames.slice());
  }
  return { image: imageOf(pool.path, frames), elder: elder! };
}

function imageOf(path: string, frames: PlacedFrame[]): PoolImage {
  const ring = new RingFile(new DiskFile(path, { write: false }), path);
  ring.close();
  return { bytes: Deno.readFileSync(path), identity: ring.identity, frames };
}

/** Appends a message of the workload, and says where it is. */
export function appendPlaced(pool: Pool, writer: number, counter: number): PlacedFrame {
  const message = pool.append(makeMessage(writer, counter), makeTags(writer, counter));
  const ring = new RingFile(new DiskFile(pool.path, { write: false }), pool.path);
  try {
    return placed(message, ring.readState().newest);
  } finally {
    ring.close();
  }
}

function placed({ seq, envelope, tags, json }: Message, position: number): PlacedFrame {
  const content = (tags.length === 0 ? "" : JSON.stringify(tags)) + json;
  const lengthBytes = FRAME_HEADER_BYTES + new TextEncoder().encode(content).length;
  return { seq, envelope, position, lengthBytes };
}
