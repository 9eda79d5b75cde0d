/**
 * From the names in a request to the sources and pipes there are.
 *
 * @module
 */

import {
  isHandle,
  isSegment,
  newError,
  newInvalidHandle,
  newPipeNotFound,
  newSourceNotFound,
  newUncollaredPipeNotFound,
} from "../contracts/mod.ts";
import type { PipeRecord, RegistryState, SourceRecord } from "../registry/mod.ts";

/**
 * The source with this handle, at `manifold` if that is given.
 *
 * @throws {MessagingError} `E_SOURCE_NOT_FOUND` when there is none.
 */
export function sourceAt(state: RegistryState, handle: string, manifold?: string): SourceRecord {
  const source = state.source(handle, manifold);
  if (source === undefined) throw newSourceNotFound(handle);
  return source;
}

/**
 * A pipe that has messages, or can have.
 *
 * @throws {MessagingError} `E_PIPE_NOT_FOUND` when its source has none of this name.
 */
export function pipeOf({ pipes, handle }: SourceRecord, name: string): PipeRecord {
  const pipe = pipes.get(name);
  if (pipe === undefined || pipe.generation === 0) throw newPipeNotFound(name, handle);
  return pipe;
}

/** What a request to read names. */
export interface ReadPlace {
  readonly handle: string;
  readonly channel: string;
  readonly bare_target?: string;
  readonly manifold?: string;
}

/**
 * The pipe that is to be read.
 *
 * @throws {MessagingError} when it can't be, or is not there.
 */
export function pipeToRead(
  state: RegistryState,
  { handle, channel, bare_target: bareTarget, manifold }: ReadPlace,
  namespace: string,
): PipeRecord {
  if (bareTarget) {
    checkAddress(bareTarget);
    const at = manifold ?? namespace;
    const pipe = state.uncollaredPipe(at, bareTarget);
    if (pipe === undefined) throw newUncollaredPipeNotFound(bareTarget, at);
    return pipe;
  }
  checkAddress(channel);
  if (!isHandle(handle)) throw newInvalidHandle(handle);
  return pipeOf(sourceAt(state, handle, manifold), channel);
}

/**
 * Refuses what can't be the name of a pipe in an address; reserved names can.
 *
 * @throws {MessagingError} `E_INVALID_PIPE`.
 */
export function checkAddress(name: string): void {
  if (!isSegment(name)) throw newError("E_INVALID_PIPE");
}
