/**
 * Looking into many pipes.
 *
 * @module
 */

import { CorruptError, PermissionError } from "../../pool/mod.ts";
import { formatPipePath } from "../contracts/mod.ts";
import { NOTHING, type PipeContent } from "../store/mod.ts";
import type { PipeRecord } from "../registry/mod.ts";
import type { Context } from "./context.ts";

/** Pipes that are looked at at the same time: a process may have some 1,000 files open. */
const AT_ONCE = 32;

/**
 * What is in each of some pipes. One that can't be read counts as empty, and `warn` is told of it: it
 * is not to keep anybody from the others.
 */
export async function contentsOf(
  { store, warn }: Pick<Context, "store" | "warn">,
  pipes: readonly PipeRecord[],
): Promise<Map<PipeRecord, PipeContent>> {
  const contents = new Map<PipeRecord, PipeContent>();
  let next = 0;
  const lookOn = async () => {
    while (next < pipes.length) {
      const pipe = pipes[next++];
      contents.set(pipe, await contentOrNothing(pipe));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lookOn));
  return contents;

  async function contentOrNothing(pipe: PipeRecord): Promise<PipeContent> {
    try {
      return await store.content(pipe);
    } catch (error) {
      const isOnlyThis = error instanceof CorruptError || error instanceof PermissionError;
      if (!isOnlyThis) throw error;
      const { manifold, handle, name } = pipe;
      const path = formatPipePath(manifold, handle, name);
      warn(`${path} can't be read: ${error.message} (${error.path ?? store.pools.nameOf(pipe)})`);
      return NOTHING;
    }
  }
}
