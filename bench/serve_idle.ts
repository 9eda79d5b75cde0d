/**
 * What `pls serve` costs while nothing happens.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import type { Benchmark, Subject } from "./benchmark.ts";
import { cpuSeconds, residentMiB } from "./command_usage.ts";
import { pause } from "./programs/program.ts";
import { startServe } from "./serve_process.ts";

const TAILS = 100;
const WATCHED_MS = 30_000;
/** How long the server gets to become quiet, in milliseconds. */
const SETTLING_MS = 2000;

/**
 * CPU time of a server as a share of one core, without clients and with tails that wait for
 * messages of one pool, and the memory it has then.
 */
export const serveIdle: Benchmark = {
  name: "serve-idle",
  rounds: 1,
  rows: [
    { name: "no client", unit: "%", target: { atMost: 0.2 } },
    { name: `${TAILS} tails`, unit: "%", target: { atMost: 2 } },
    { name: `memory, ${TAILS} tails`, unit: "MiB" },
  ],
  async prepare({ dir, cleanup }): Promise<Subject[]> {
    using client = new Client({ dir });
    client.createPool("quiet");
    const { url, pid } = await startServe(dir, cleanup);
    const tailUrl = `${url}/v0/pools/quiet/tail`;
    return [{
      who: "pls",
      async measure() {
        const alone = await usedShare(pid);
        await using tails = new AsyncDisposableStack();
        for (let i = 0; i < TAILS; i++) tails.use(await openTail(tailUrl));
        return [alone, await usedShare(pid), residentMiB(pid)];
      },
    }];
  },
};

async function openTail(url: string): Promise<AsyncDisposable> {
  const { body, status } = await fetch(url);
  if (status !== 200 || body === null) throw new Error(`no tail: ${status}`);
  return { [Symbol.asyncDispose]: () => body.cancel() };
}

/** The share of a core in percent; undefined where nobody tells. */
async function usedShare(pid: number): Promise<number | undefined> {
  await pause(SETTLING_MS);
  const before = cpuSeconds(pid);
  const startMs = performance.now();
  await pause(WATCHED_MS);
  const after = cpuSeconds(pid);
  if (before === undefined || after === undefined) return undefined;
  return (after - before) / (performance.now() - startMs) * 100_000;
}
