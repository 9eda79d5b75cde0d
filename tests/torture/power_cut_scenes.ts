/**
 * Pools in which so little happens that every image a power cut may leave can be seen.
 *
 * @module
 */

import type { PoolOptions } from "@plasmite/pool";
import { MIN_POOL_BYTES } from "../../pool/layout.ts";

/** What happens to a new pool, one append after another. */
export interface Scene {
  /** The pool. */
  options: PoolOptions;
  /** What is appended, and whether it is flushed. */
  script: { data: unknown; flush: boolean }[];
}

const sizeBytes = MIN_POOL_BYTES;

function fast(data: unknown): { data: unknown; flush: boolean } {
  return { data, flush: false };
}

function flush(data: unknown): { data: unknown; flush: boolean } {
  return { data, flush: true };
}

/** A message of about so many bytes. */
function large(bytes: number): string {
  return "scene".repeat(bytes / 5);
}

/** All scenes, the smallest first. */
export const SCENES: readonly Scene[] = [
  { options: { sizeBytes, indexCapacity: 0 }, script: [fast(1), fast(2), fast(3)] },
  { options: { sizeBytes, indexCapacity: 0 }, script: [flush(1), fast(2), flush(3)] },
  { options: { sizeBytes }, script: [flush(1), fast(2), fast(3), fast(4)] },
  { options: { sizeBytes, indexCapacity: 0 }, script: [fast(1), flush(large(600)), fast(3)] },
  // The ring comes round: it has 4096 bytes without an index, 3072 with one.
  {
    options: { sizeBytes, indexCapacity: 0 },
    script: [flush(large(1500)), flush(large(1500)), fast(large(1500)), fast(4)],
  },
  {
    options: { sizeBytes, indexCapacity: 1 },
    script: [flush(1), flush(large(3900)), fast(3), fast(4)],
  },
  { options: { sizeBytes }, script: [flush(large(900)), flush(large(900)), fast(large(1800))] },
  {
    options: { sizeBytes, maxMessages: 2 },
    script: [flush(1), flush(2), fast(3), fast(4), flush(5)],
  },
];
