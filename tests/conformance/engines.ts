/**
 * What manifests run on: pools of this machine, or of another engine.
 *
 * @module
 */

import { Client, type PlasmiteError } from "@plasmite/pool";
import type { MessagePool, PoolClient } from "../../pool/mod.ts";
import type { Step } from "./manifest.ts";

/** Pools that are files. */
export interface PoolFiles {
  /** Their directory. */
  readonly directory: string;
  /** The file of the pool `reference`. */
  path(reference: string): string;
}

/** Where a manifest runs: nobody else's pools are there. */
export interface Workplace extends AsyncDisposable {
  /** Opens the pools. */
  readonly client: PoolClient;
  /** Their files, if they are files. */
  readonly files?: PoolFiles;
  /** What another process needs to append to the pool `reference`. */
  poke(reference: string): PokeTarget;
}

/** What another process needs to append to a pool. */
export interface PokeTarget {
  /** What leads to the pool from there. */
  readonly reference: string;
  /** What it has to be allowed, as flags of Deno. */
  readonly permissions: readonly string[];
}

/** Something that keeps pools. */
export interface Engine {
  /** What it is called. */
  readonly name: string;
  /** Makes a place for the manifest whose pools are to be in the directory `workdir`, if in any. */
  open(workdir: string): Workplace | Promise<Workplace>;
  /** Why a step makes no sense on it, or can't be run here; undefined when it can. */
  reasonToSkip(step: Step): string | undefined;
}

/** Runs `work` with a pool that is open for it alone. */
export async function withPool<T>(
  client: PoolClient,
  reference: string,
  work: (pool: MessagePool) => Promise<T>,
): Promise<T> {
  const pool = await client.openPool(reference);
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}

/** The kind of error that a step expects. */
export function expectedKind({ expect }: Step): PlasmiteError["kind"] | undefined {
  return (expect.error as { kind?: PlasmiteError["kind"] } | undefined)?.kind;
}

/** Pools in files of this machine. */
export const FILES: Engine = {
  name: "files",
  open(directory) {
    Deno.mkdirSync(directory, { recursive: true });
    const client = new Client({ dir: directory });
    return {
      client,
      files: { directory, path: (reference) => client.path(reference) },
      poke: (reference) => ({
        reference: client.path(reference),
        permissions: [`--allow-read=${directory}`, `--allow-write=${directory}`],
      }),
      [Symbol.asyncDispose]() {
        client.close();
        return Promise.resolve();
      },
    };
  },
  reasonToSkip(step) {
    if (expectedKind(step) !== "Permission" || doFileModesBind()) return undefined;
    return "file modes do not bind this user, so nothing is refused";
  },
};

/** Whether a file mode can keep this process from anything: not when it is root's. */
export function doFileModesBind(): boolean {
  return Deno.build.os !== "windows" && Deno.uid() !== 0;
}
