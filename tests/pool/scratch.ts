/**
 * A directory for one test, with a client on it; both are gone when the test ends.
 *
 * @module
 */

import { Client, type ClientOptions, type Message, type Pool } from "@plasmite/pool";
import { DiskFile } from "../../pool/file.ts";
import { RingFile } from "../../pool/ring.ts";

/** A client of a new directory that is removed with it. */
export class ScratchClient extends Client {
  /** A client of a new directory below the system's one for temporary files. */
  constructor(options: ClientOptions = {}) {
    super({ dir: Deno.makeTempDirSync({ prefix: "pls-test-" }), ...options });
  }

  /** Closes the client and removes its directory. */
  override close(): void {
    super.close();
    Deno.removeSync(this.dir, { recursive: true });
  }
}

/** Everything an async iterable delivers. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  return await Array.fromAsync(items);
}

/** Makes the empty pool at `path` one that has been at `position` and next gives out `seq`. */
export function ageState(path: string, { position, seq }: { position: number; seq: number }): void {
  const ring = new RingFile(new DiskFile(path, { write: true }), path);
  const state = ring.readState();
  ring.writeState({
    ...state,
    generation: state.generation + 1,
    head: position,
    tail: position,
    nextSeq: seq,
    oldestSeq: seq,
  });
  ring.close();
}

/** How long a writer is given to find out that its pool is not there any more. */
const REFUSAL_PATIENCE_MS = 20_000;

/** Appends until that is refused, as a writer looks for its file only now and then. */
export async function refusalOf(pool: Pool): Promise<unknown> {
  const deadline = performance.now() + REFUSAL_PATIENCE_MS;
  while (performance.now() < deadline) {
    try {
      pool.append("astray");
    } catch (error) {
      return error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`appends to ${pool.path} are not refused`);
}

/** The sequence numbers of messages. */
export function seqs(messages: Message[]): number[] {
  return messages.map((message) => message.seq);
}

/** Appends `{ i }` for 1 to `count`, every third with tag `third`. */
export function fill(pool: Pool, count: number): void {
  pool.appendMany(Array.from({ length: count }, (_, k) => {
    const i = k + 1;
    return { data: { i, fill: "f".repeat(50) }, tags: i % 3 === 0 ? ["third", `n${i}`] : [] };
  }));
}

/** A pool of 8 KiB that has lost its oldest messages. */
export function overfilledPool(client: ScratchClient): Pool {
  client.createPool("over", { sizeBytes: 8192 });
  const pool = client.openPool("over");
  for (let i = 1; i <= 200; i++) pool.append({ i, fill: "o".repeat(60) });
  return pool;
}
