/**
 * Benchmarks of the library, in one process: appending, scanning, finding.
 *
 * @module
 */

import { Client, type MessageBatch, type Pool } from "@plasmite/pool";
import { type Benchmark, rate, rateOf } from "./harness.ts";

const KIB_MESSAGE = { id: 1, fill: "x".repeat(1000) };
const APPENDS = 20_000;
const BATCH = 256;
const BATCHES = 200;
const SCANNED = 200_000;
const GETS = 5_000;

/** The benchmarks, with pools in `dir`. */
export function poolBenchmarks(dir: string): Benchmark[] {
  const client = new Client({ dir });
  return [append(client), appendMany(client), ...scans(client), get(client)];
}

function append(client: Client): Benchmark {
  const pool = client.pool("append");
  const floor = new FloorFile(`${client.dir}/floor`);
  return {
    name: "append",
    unit: "msg/s",
    target: ">= 120,000/s; <= 1.6 x floor",
    round: () => rate(APPENDS, () => repeat(APPENDS, () => pool.append(KIB_MESSAGE))),
    floor: () => rate(APPENDS, () => repeat(APPENDS, () => floor.append())),
    close: () => floor.close(),
  };
}

/** The locks and system calls of an append, without a pool. */
class FloorFile {
  readonly #file: Deno.FsFile;
  readonly #state = new Uint8Array(576);
  readonly #frame = new Uint8Array(1048);
  readonly #slot = new Uint8Array(64);
  #offset = 8192;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { read: true, write: true, create: true });
    this.#file.truncateSync(1024 * 1024);
  }

  append(): void {
    const file = this.#file;
    file.tryLockSync(true);
    file.seekSync(512, Deno.SeekMode.Start);
    file.readSync(this.#state);
    file.seekSync(this.#offset, Deno.SeekMode.Start);
    file.writeSync(this.#frame);
    file.seekSync(512, Deno.SeekMode.Start);
    file.writeSync(this.#slot);
    file.unlockSync();
    this.#offset = this.#offset > 1_000_000 ? 8192 : this.#offset + this.#frame.length;
  }

  close(): void {
    this.#file.close();
  }
}

function appendMany(client: Client): Benchmark {
  const pool = client.pool("many");
  const batch = Array.from({ length: BATCH }, () => ({ data: KIB_MESSAGE }));
  return {
    name: "append-many",
    unit: "msg/s",
    target: ">= 800,000/s",
    round: () => rate(BATCH * BATCHES, () => repeat(BATCHES, () => pool.appendMany(batch))),
  };
}

function scans(client: Client): Benchmark[] {
  client.createPool("scan", { sizeBytes: 512 * 1024 * 1024 });
  const pool = client.openPool("scan");
  fill(pool, SCANNED);
  const text = JSON.stringify(KIB_MESSAGE);
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  return [
    {
      name: "scan",
      unit: "msg/s",
      target: ">= 4,000,000/s",
      round: () => rateOf(SCANNED, () => drain(pool, () => {})),
    },
    {
      name: "scan-lines",
      unit: "msg/s",
      target: "payload bytes copied, not parsed",
      round: () => rateOf(SCANNED, () => drain(pool, (batch) => batch.jsonLines())),
    },
    {
      name: "scan-parsed",
      unit: "msg/s",
      target: ">= 600,000/s; <= 1.4 x JSON.parse",
      round: () =>
        rateOf(SCANNED, async () => {
          for await (const message of pool.tail({ maxMessages: SCANNED })) void message.data;
        }),
      floor: () => rate(SCANNED, () => repeat(SCANNED, () => JSON.parse(decoder.decode(bytes)))),
    },
  ];
}

async function drain(
  pool: Pool,
  use: (batch: MessageBatch) => void,
): Promise<void> {
  for await (const batch of pool.tailBatches({ maxMessages: SCANNED })) use(batch);
}

function get(client: Client): Benchmark {
  client.createPool("gib", { sizeBytes: 1024 * 1024 * 1024 });
  const pool = client.openPool("gib");
  fill(pool, 1_100_000);
  const { oldest, newest } = pool.info().bounds!;
  return {
    name: "get-1gib",
    unit: "µs",
    target: "<= 30 µs",
    round: () => {
      const perSecond = rate(
        GETS,
        () => repeat(GETS, () => pool.get(oldest + Math.floor(Math.random() * (newest - oldest)))),
      );
      return 1e6 / perSecond;
    },
  };
}

/** Appends at least `count` messages of 1 KiB. */
export function fill(pool: Pool, count: number): void {
  const batch = Array.from({ length: BATCH }, () => ({ data: KIB_MESSAGE }));
  for (let done = 0; done < count; done += BATCH) pool.appendMany(batch);
}

function repeat(count: number, work: () => unknown): void {
  for (let i = 0; i < count; i++) work();
}
