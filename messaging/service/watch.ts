/**
 * Waiting until something comes to pipes, without asking over and over.
 *
 * @module
 */

import { type BatchIterator, type MessagePool, NotFoundError } from "../../pool/mod.ts";
import { MessagingError } from "../contracts/mod.ts";
import type { PipeRecord, RegistryState } from "../registry/mod.ts";
import type { MeshStore } from "../store/mod.ts";

/** Begins to wait, and returns when nothing is missed any more. */
export interface Watch {
  /** Settled once something came to a wanted pipe, or may have. Rejects when it can't be told. */
  readonly changed: Promise<void>;
}

/** Watches the pipes that `isWanted` takes, also those that are created later. */
export async function watchPipes(
  store: MeshStore,
  isWanted: (pipe: PipeRecord) => boolean,
  signal: AbortSignal,
): Promise<Watch> {
  const changes = store.changedPools(signal);
  return changes === undefined
    ? await watchEach(store, isWanted, signal)
    : await watchAll(store, isWanted, changes);
}

/** Has the engine tell which pools change. */
async function watchAll(
  store: MeshStore,
  isWanted: (pipe: PipeRecord) => boolean,
  changes: AsyncIterable<ReadonlySet<string>>,
): Promise<Watch> {
  const iterator = changes[Symbol.asyncIterator]();
  try {
    await iterator.next();
    const wanted = wantedNames(store, await store.refresh(), isWanted);
    const changed = untilChanged(store, isWanted, { iterator, wanted });
    return { changed: changed.finally(() => iterator.return?.()) };
  } catch (error) {
    await iterator.return?.();
    throw error;
  }
}

/** Waits until a wanted pool is among those that change, or the changes end. */
async function untilChanged(
  store: MeshStore,
  isWanted: (pipe: PipeRecord) => boolean,
  { iterator, wanted }: { iterator: AsyncIterator<ReadonlySet<string>>; wanted: Set<string> },
): Promise<void> {
  for (let known = wanted;;) {
    const { done, value: names } = await iterator.next();
    if (done || [...names].some((name) => known.has(name))) return;
    if (!names.has(store.registryName)) continue;
    const before = known;
    known = wantedNames(store, await store.refresh(), isWanted);
    // What was sent to a new pipe before it was known to be wanted.
    if ([...known].some((name) => !before.has(name))) return;
  }
}

function wantedNames(
  store: MeshStore,
  state: RegistryState,
  isWanted: (pipe: PipeRecord) => boolean,
): Set<string> {
  return new Set(wantedPipes(state, isWanted).map((pipe) => store.pools.nameOf(pipe)));
}

function wantedPipes(
  { sources, uncollared }: RegistryState,
  isWanted: (pipe: PipeRecord) => boolean,
): PipeRecord[] {
  const pipes = [...sources.flatMap(({ pipes }) => [...pipes.values()]), ...uncollared];
  return pipes.filter((pipe) => pipe.generation > 0 && isWanted(pipe));
}

/** Follows the pool of each pipe. */
async function watchEach(
  store: MeshStore,
  isWanted: (pipe: PipeRecord) => boolean,
  signal: AbortSignal,
): Promise<Watch> {
  const ending = new AbortController();
  const ends = AbortSignal.any([signal, ending.signal]);
  const { promise: changed, resolve, reject } = Promise.withResolvers<void>();
  // When the watch can't begin, nobody gets it.
  changed.catch(() => {});
  const followed = new Set<string>();

  async function follow(pipe: PipeRecord, from: { last: 0 } | { sinceSeq: 1 }): Promise<void> {
    followed.add(store.pools.nameOf(pipe));
    const pool = await openIfThere(store, pipe);
    if (pool === undefined) return;
    const batches = pool.tailBatches({ ...from, signal: ends });
    waitFor(batches).then((came) => came && resolve(), (error) => {
      // A pipe that is removed is none to wait for any more.
      if (!ends.aborted && !(error instanceof NotFoundError)) reject(error);
    }).finally(() => pool.close());
    await batches.started;
  }

  async function followNew(from: { last: 0 } | { sinceSeq: 1 }): Promise<void> {
    const pipes = wantedPipes(await store.refresh(), isWanted)
      .filter((pipe) => !followed.has(store.pools.nameOf(pipe)));
    await Promise.all(pipes.map((pipe) => follow(pipe, from)));
  }

  const fail = (error: unknown) => {
    if (!ends.aborted) reject(error);
  };
  // Begun first: what is created while the others are begun to be followed must not be missed.
  store.follow(() => followNew({ sinceSeq: 1 }).catch(fail), ends).catch(fail);
  await followNew({ last: 0 });
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true, signal: ending.signal });
  return { changed: changed.finally(() => ending.abort()) };
}

/** The pool of a pipe; undefined when that was removed meanwhile. */
async function openIfThere(store: MeshStore, pipe: PipeRecord): Promise<MessagePool | undefined> {
  try {
    return await store.openOrCreate(pipe);
  } catch (error) {
    if (error instanceof MessagingError && error.code === "E_PIPE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** Whether anything came; false when the tail ended. */
async function waitFor(batches: BatchIterator): Promise<boolean> {
  const { done } = await batches.next();
  await batches.return?.();
  return !done;
}
