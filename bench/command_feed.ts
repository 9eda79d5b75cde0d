/**
 * Feeding a pool from a pipe, from the start of the processes to their end.
 *
 * Nobody waits for storage: `pls` and upstream append with durability `fast`, `cat` writes
 * a file, and Redis syncs its append-only file once a second (appendfsync everysec).
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import type { Benchmark, Site, Subject } from "./benchmark.ts";
import { run, type RunOptions, runPipeline, shellText } from "./command_process.ts";
import { bundlePls, findPeer, plsEnvironment, upstreamPlasmite } from "./command_programs.ts";
import { REDIS } from "./peers/redis.ts";
import { start } from "./peers/subjects.ts";
import { fill, MESSAGE_JSON } from "./workload.ts";

const LINES = 200_000;
/** Those for upstream: it is slow, and it is a rate. */
const UPSTREAM_LINES = 20_000;
const POOL_BYTES = 256 * 2 ** 20;
/** Enough to fill the pool, and more. */
const POOL_MESSAGES = 260_000;

/** `pls feed` of JSON Lines of 1 KiB into a full pool. */
export const feedLines: Benchmark = {
  name: "feed-lines",
  rounds: 3,
  rows: [{ name: "", unit: "msg/s", target: { atLeast: 250_000 } }],
  async prepare(site): Promise<Subject[]> {
    const lines = `${site.dir}/lines.jsonl`;
    writeRepeated(lines, `${MESSAGE_JSON}\n`, LINES);
    return [
      ours(site, lines),
      subject("cat", LINES, `cat '${lines}' | cat > '${site.dir}/copy'`),
      ...await upstream(site),
      ...await redis(site),
    ];
  },
};

function writeRepeated(path: string, line: string, count: number): void {
  const some = new TextEncoder().encode(line.repeat(1000));
  using file = Deno.openSync(path, { write: true, create: true });
  for (let done = 0; done < count; done += 1000) writeAll(file, some);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

function subject(who: string, count: number, line: string, options?: RunOptions): Subject {
  return { who, measure: async () => [count / await runPipeline(line, options) * 1000] };
}

function ours({ dir }: Site, lines: string): Subject {
  using client = new Client({ dir });
  fill(client.pool("full", { sizeBytes: POOL_BYTES }), POOL_MESSAGES);
  const feed = shellText([...bundlePls(`${dir}/bundle`), "feed", "full"]);
  const line = `cat '${lines}' | ${feed} > /dev/null`;
  return subject("pls", LINES, line, { env: plsEnvironment(dir) });
}

async function upstream({ dir }: Site): Promise<Subject[]> {
  const executable = upstreamPlasmite();
  if (executable === undefined) return [];
  const program = [...executable, "--dir", `${dir}/upstream`];
  Deno.mkdirSync(`${dir}/upstream`);
  const lines = `${dir}/upstream/lines.jsonl`;
  writeRepeated(lines, `${MESSAGE_JSON}\n`, UPSTREAM_LINES);
  await run([...program, "pool", "create", "full", "--size", "16M"]);
  const feed = shellText([...program, "feed", "full"]);
  return [subject("plasmite", UPSTREAM_LINES, `cat '${lines}' | ${feed} > /dev/null`)];
}

/** A stream that keeps about as many entries as the pool, fed in Redis's own protocol. */
async function redis(site: Site): Promise<Subject[]> {
  const client = findPeer("redis-cli");
  const place = client && await start(REDIS, site, POOL_MESSAGES);
  if (client === undefined || place === undefined) return [];
  const words = ["XADD", "full", "MAXLEN", "~", `${POOL_MESSAGES}`, "*", "data", MESSAGE_JSON];
  const request = words.map((word) => `$${word.length}\r\n${word}\r\n`).join("");
  const requests = `${site.dir}/requests`;
  writeRepeated(requests, `*${words.length}\r\n${request}`, LINES);
  const pipe = shellText([...client, "-u", place.address, "--pipe"]);
  return [subject("redis", LINES, `cat '${requests}' | ${pipe} > /dev/null`)];
}
