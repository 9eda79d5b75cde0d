/**
 * Looking into many pipes.
 *
 * @module
 */

import type { PipeRecord } from "../registry/mod.ts";
import type { PipeContent } from "../pipe_content.ts";
import type { MeshStore } from "../store.ts";

/** Pipes that are looked at at the same time: a process may have some 1,000 files open. */
const AT_ONCE = 32;

/** What is in each of some pipes. */
export async function contentsOf(
  store: MeshStore,
  pipes: readonly PipeRecord[],
): Promise<Map<PipeRecord, PipeContent>> {
  const contents = new Map<PipeRecord, PipeContent>();
  let next = 0;
  const lookOn = async () => {
    while (next < pipes.length) {
      const pipe = pipes[next++];
      contents.set(pipe, await store.content(pipe));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lookOn));
  return contents;
}
